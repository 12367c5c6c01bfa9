use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Up to `N` bytes that are collected piece by piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Filled<N> {
    pub(super) fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// Takes bytes until `wanted` are there, at most `N`, and returns the others.
    pub(super) fn take<'b>(&mut self, bytes: &'b [u8], wanted: usize) -> &'b [u8] {
        let room = wanted.min(N).saturating_sub(self.len);
        let (more, rest) = bytes.split_at(bytes.len().min(room));
        self.bytes[self.len..][..more.len()].copy_from_slice(more);
        self.len += more.len();
        rest
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }
}

/// What was cleared leaves its bytes behind, which are not what is collected.
impl<const N: usize> PartialEq for Filled<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<const N: usize> Serialize for Filled<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(self.as_slice()).serialize(serializer)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Filled<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
        let mut filled = Self::new();
        match filled.take(&bytes, N) {
            [] => Ok(filled),
            _ => Err(serde::de::Error::invalid_length(bytes.len(), &"fewer bytes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cleared_makes_no_difference() {
        let mut filled = Filled::<4>::new();
        filled.take(b"abc", 3);
        filled.clear();
        filled.take(b"x", 4);
        let written = serde_json::to_string(&filled).unwrap();
        assert_eq!(serde_json::from_str::<Filled<4>>(&written).unwrap(), filled);
    }
}

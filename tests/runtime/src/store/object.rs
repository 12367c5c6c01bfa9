use bytes::Bytes;

use super::sums::Sums;

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, in hexadecimal digits.
    pub sha256: String,
    /// CRC64NVME of it, base64.
    pub crc64nvme: String,
    /// The headers that come back with it: its content type and metadata.
    pub description: Vec<(String, String)>,
    /// The object itself, unless it came in parts.
    pub content: Option<Bytes>,
    /// In how many requests it arrived; more than its parts if some of it was sent twice.
    pub requests: u32,
}

impl Stored {
    /// What came in one request.
    pub(super) fn whole(content: Bytes, description: Vec<(String, String)>) -> Self {
        Self::summed(&Sums::of(&content), 1, description, Some(content))
    }

    /// What came in parts.
    pub(super) fn of_parts(sums: &Sums, requests: u32, description: Vec<(String, String)>) -> Self {
        Self::summed(sums, requests, description, None)
    }

    fn summed(sums: &Sums, requests: u32, description: Vec<(String, String)>, content: Option<Bytes>) -> Self {
        let (sha256, crc64nvme) = (sums.sha256(), sums.crc64nvme());
        Self { bytes: sums.bytes, sha256, crc64nvme, description, content, requests }
    }

    /// Another content has another one.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", &self.sha256[..32])
    }
}

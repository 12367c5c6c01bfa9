use std::hash::{DefaultHasher, Hash, Hasher};

use recordings::recording::{CallId, Provider};

/// How often each call was met. A call is a number of eight bytes, so that a million calls take eight megabytes; that two
/// of a million are the same has a chance of one in thirty million.
#[derive(Debug, Default)]
pub(crate) struct Calls(Vec<u64>);

impl Calls {
    pub(crate) fn add(&mut self, provider: Provider, call: &CallId) {
        self.0.push(number(provider, call));
    }

    /// Counting begins once all were added.
    pub(crate) fn counted(mut self) -> Self {
        self.0.sort_unstable();
        self
    }

    /// How often a call was met.
    pub(crate) fn of(&self, provider: Provider, call: &CallId) -> usize {
        self.times(number(provider, call))
    }

    /// Whether any call was met more often here than there.
    pub(crate) fn exceed(&self, other: &Self) -> bool {
        self.0.chunk_by(|a, b| a == b).any(|same| same.len() > other.times(same[0]))
    }

    fn times(&self, number: u64) -> usize {
        let before = self.0.partition_point(|other| *other < number);
        self.0[before..].partition_point(|other| *other == number)
    }
}

fn number(provider: Provider, call: &CallId) -> u64 {
    let mut hasher = DefaultHasher::new();
    (provider, call).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(of: &[u8]) -> Calls {
        let mut calls = Calls::default();
        of.iter().for_each(|n| calls.add(Provider::Twilio, &call(*n)));
        calls.counted()
    }

    fn call(n: u8) -> CallId {
        CallId::parse(Provider::Twilio, &format!("CA{n:032x}")).unwrap()
    }

    #[test]
    fn each_call_is_counted() {
        let counted = calls(&[3, 1, 3, 2, 3]);
        assert_eq!([1, 2, 3, 4].map(|n| counted.of(Provider::Twilio, &call(n))), [1, 1, 3, 0]);
    }

    #[test]
    fn a_surplus_is_seen_whatever_the_sum() {
        for (one, other, exceeds) in [
            (&[][..], &[][..], false),
            (&[1, 2], &[2, 1], false),
            (&[1, 1], &[1, 2, 3], true),
            (&[1], &[1, 1], false),
            (&[4], &[1, 2, 3], true),
        ] {
            assert_eq!(calls(one).exceed(&calls(other)), exceeds, "{one:?} {other:?}");
        }
    }
}

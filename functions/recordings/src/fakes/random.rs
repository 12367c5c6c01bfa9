use super::World;
use crate::ports::Random;

/// SplitMix64: small, and the same on every machine and in every version of every library.
/// Source: <https://prng.di.unimi.it/splitmix64.c>
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll().checked_rem(bound).unwrap_or(0)
    }

    /// Whether a thing happens that happens so many times in a hundred.
    pub fn is_within_percent(&mut self, percent: u8) -> bool {
        self.below(100) < u64::from(percent)
    }
}

impl Random for World {
    fn number(&self) -> u64 {
        self.state().numbers.roll()
    }
}

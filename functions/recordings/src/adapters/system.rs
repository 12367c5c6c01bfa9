//! The process's own clock and chance. Nothing else asks the machine for either.

use std::time::Duration;

use jiff::Timestamp;

use crate::ports::{Clock, Random};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock port that everything else sleeps by")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The thread's generator, seeded by the operating system and safe for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn number(&self) -> u64 {
        rand::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_chance_differs() {
        let (clock, random) = (SystemClock, SystemRandom);
        assert!(clock.now() <= clock.now());
        assert_ne!(random.number(), random.number());
    }
}

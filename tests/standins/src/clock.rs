use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// The time by which the stand-ins live: it can run faster than the wall's and be moved forward at once.
///
/// It never goes back, so a penalty that ended has ended.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Reading>);

#[derive(Debug)]
struct Reading {
    virtual_then: Timestamp,
    real_then: Instant,
    speed: f64,
}

impl Clock {
    /// A clock that shows `start` now and runs `speed` times as fast as the wall's.
    pub(crate) fn starting_at(start: Timestamp, speed: f64) -> Self {
        Self(Mutex::new(Reading { virtual_then: start, real_then: Instant::now(), speed: sane(speed) }))
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.lock().settle()
    }

    /// Moves the clock forward; returns what it shows then.
    pub(crate) fn advance(&self, by: Duration) -> Timestamp {
        let mut reading = self.0.lock();
        let now = reading.settle();
        reading.virtual_then = later(now, by);
        reading.virtual_then
    }

    /// Lets the clock run `speed` times as fast as the wall's from now on; 0 stops it.
    pub(crate) fn set_speed(&self, speed: f64) {
        let mut reading = self.0.lock();
        reading.settle();
        reading.speed = sane(speed);
    }
}

impl Reading {
    fn settle(&mut self) -> Timestamp {
        let real_now = Instant::now();
        let passed = (real_now - self.real_then).mul_f64(self.speed);
        self.virtual_then = later(self.virtual_then, passed);
        self.real_then = real_now;
        self.virtual_then
    }
}

/// The instant `by` after `time`, or the end of time.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn sane(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.0, 1e6) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2024-03-15T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn stopped_clock_moves_only_when_told() {
        let clock = Clock::starting_at(noon(), 0.0);
        assert_eq!(clock.now(), noon());
        assert_eq!(clock.advance(Duration::from_secs(30)), clock.now());
        assert_eq!(clock.now(), "2024-03-15T12:00:30Z".parse::<Timestamp>().unwrap());
    }

    #[test]
    fn changing_the_speed_keeps_the_time_that_passed() {
        let clock = Clock::starting_at(noon(), 1e6);
        let before = clock.now();
        clock.set_speed(0.0);
        let stopped = clock.now();
        assert!(stopped >= before);
        assert_eq!(clock.now(), stopped);
    }

    #[test]
    fn nonsense_speeds_do_not_break_it() {
        for speed in [f64::NAN, f64::INFINITY, -3.0] {
            let clock = Clock::starting_at(noon(), speed);
            assert!(clock.now() >= noon());
        }
        let clock = Clock::starting_at(Timestamp::MAX, 1.0);
        assert_eq!(clock.advance(Duration::MAX), Timestamp::MAX);
    }
}

//! When a failed transfer is tried again.

use std::time::Duration;

/// The spacing of retries: a few quick ones, then the slow lane.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrySchedule {
    spacings: Vec<Duration>,
    max_retries: u32,
}

/// What comes after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextTry {
    /// Try again after this time.
    After(Duration),
    /// The quick retries are used up: say so, then go on in the slow lane.
    GiveUp,
}

/// A retry schedule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected minutes above zero, separated by commas, such as 5,10,20,40")]
pub struct InvalidSchedule;

/// The slow lane never waits longer than this.
const SLOW_LANE_CEILING: Duration = Duration::from_secs(12 * 60 * 60);

impl RetrySchedule {
    /// Reads minutes such as `5,10,20,40`; decimals are let in so that a demonstration can be quick.
    ///
    /// # Errors
    /// [`InvalidSchedule`] when the list is empty or a number is not above zero.
    pub fn parse(minutes: &str, max_retries: u32) -> Result<Self, InvalidSchedule> {
        let spacings = minutes.split(',').map(|part| spacing(part.trim())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { spacings, max_retries })
    }

    /// How many retries come before the slow lane.
    pub fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// What to do after attempt number `attempt` (the first is 0) failed.
    pub fn after(&self, attempt: u32) -> NextTry {
        if attempt >= self.max_retries { NextTry::GiveUp } else { NextTry::After(self.spacing(attempt)) }
    }

    /// The wait before slow-lane try number `tries` (the first is 0): the last spacing, doubling up to twelve hours.
    pub fn slow_lane(&self, tries: u32) -> Duration {
        let doubled = self.spacing(u32::MAX).as_secs_f64() * 2f64.powi(tries.min(32) as i32);
        Duration::from_secs_f64(doubled.min(SLOW_LANE_CEILING.as_secs_f64()))
    }

    fn spacing(&self, attempt: u32) -> Duration {
        let at = (attempt as usize).min(self.spacings.len() - 1);
        self.spacings[at]
    }
}

fn spacing(minutes: &str) -> Result<Duration, InvalidSchedule> {
    let minutes: f64 = minutes.parse().map_err(|_| InvalidSchedule)?;
    if minutes > 0.0 && minutes <= 14.0 * 24.0 * 60.0 {
        Ok(Duration::from_secs_f64(minutes * 60.0))
    } else {
        Err(InvalidSchedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(m: f64) -> Duration {
        Duration::from_secs_f64(m * 60.0)
    }

    #[test]
    fn the_default_retries_three_times_and_gives_up() {
        let schedule = RetrySchedule::parse("5,10,20,40", 3).unwrap();
        let steps: Vec<_> = (0..5).map(|attempt| schedule.after(attempt)).collect();
        assert_eq!(
            steps,
            [
                NextTry::After(minutes(5.0)),
                NextTry::After(minutes(10.0)),
                NextTry::After(minutes(20.0)),
                NextTry::GiveUp,
                NextTry::GiveUp
            ]
        );
    }

    #[test]
    fn more_retries_than_spacings_repeat_the_last_spacing() {
        let schedule = RetrySchedule::parse("1, 2", 4).unwrap();
        assert_eq!(schedule.after(3), NextTry::After(minutes(2.0)));
        assert_eq!(schedule.after(4), NextTry::GiveUp);
    }

    #[test]
    fn the_slow_lane_doubles_the_last_spacing_up_to_twelve_hours() {
        let schedule = RetrySchedule::parse("5,10,20,40", 3).unwrap();
        let lane: Vec<_> = [0, 1, 2, 5, 40].map(|tries| schedule.slow_lane(tries)).into();
        assert_eq!(lane, [minutes(40.0), minutes(80.0), minutes(160.0), minutes(720.0), minutes(720.0)]);
    }

    #[test]
    fn decimals_are_minutes_too() {
        let schedule = RetrySchedule::parse("0.05", 1).unwrap();
        assert_eq!(schedule.after(0), NextTry::After(Duration::from_secs(3)));
    }

    #[test]
    fn a_schedule_that_makes_no_sense_is_refused() {
        for bad in ["", ",", "5,", "0", "-1", "NaN", "inf", "five", "1e300"] {
            assert_eq!(RetrySchedule::parse(bad, 3), Err(InvalidSchedule), "{bad}");
        }
    }
}

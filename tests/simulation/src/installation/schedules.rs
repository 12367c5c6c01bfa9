use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use sweeper::Job;

/// The sweeper's jobs and when they run, as the template has them.
pub(crate) const SCHEDULES: &[Schedule] = &[
    Schedule { job: || Job::Retry, times: Times::Every(minutes(5)), only_goes_on: true },
    Schedule { job: || Job::Reconcile, times: Times::Every(minutes(60)), only_goes_on: false },
    Schedule { job: || Job::Orphans, times: Times::DailyAt(2), only_goes_on: false },
];

/// A job and its times.
pub(crate) struct Schedule {
    pub(crate) job: fn() -> Job,
    pub(crate) times: Times,
    /// Whether it only goes on with what waits, so that it has nothing to do while nothing does.
    pub(crate) only_goes_on: bool,
}

/// A run in which something waits for longer than this waits for a day or for an outage's end, through hundreds of sweeps
/// that are all alike. They come more rarely then, which a schedule may always do.
pub(crate) const UNTIL_RARE: Duration = minutes(3 * 60);
const RARE: u32 = 6;

/// When a job runs.
pub(crate) enum Times {
    /// Again and again, this long after the last time.
    Every(Duration),
    /// Each day at this hour, UTC.
    DailyAt(i8),
}

impl Times {
    /// The first time after another.
    pub(crate) fn after(&self, time: Timestamp) -> Timestamp {
        self.after_some(1, time)
    }

    /// The same while sweeps are rare.
    pub(crate) fn rarely_after(&self, time: Timestamp) -> Timestamp {
        self.after_some(RARE, time)
    }

    fn after_some(&self, times: u32, time: Timestamp) -> Timestamp {
        match self {
            Self::Every(spacing) => time + *spacing * times,
            Self::DailyAt(hour) => {
                let today = time.to_zoned(TimeZone::UTC).start_of_day().expect("a day of UTC begins").timestamp();
                let at = today + SignedDuration::from_hours((*hour).into());
                if at > time { at } else { at + 24.hours() }
            }
        }
    }
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use sweeper::Job;

/// The sweeper's jobs and when they run, as the template has them.
pub(crate) const SCHEDULES: &[Schedule] = &[
    Schedule { job: || Job::Retry, times: Times::Every(minutes(5)) },
    Schedule { job: || Job::Reconcile, times: Times::Every(minutes(60)) },
    Schedule { job: || Job::Orphans, times: Times::DailyAt(2) },
];

/// A job and its times.
pub(crate) struct Schedule {
    pub(crate) job: fn() -> Job,
    pub(crate) times: Times,
}

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
        match self {
            Self::Every(spacing) => time + *spacing,
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

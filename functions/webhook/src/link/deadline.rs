//! Until when a link has its answer.

use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::Clock;

use crate::access;

/// From the request to its answer. `template.yaml` gives the function 28 s, and what Lambda ends leaves neither a log
/// record nor a figure.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);

/// What all steps but the trace share. Each has a patience of its own; together they may not take longer than this.
const WORK: Duration = ANSWERED_WITHIN.saturating_sub(access::PATIENCE);

/// The end of one request's work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    begun: Timestamp,
}

impl Deadline {
    /// The deadline of a request that begins now.
    pub(crate) fn of_now(clock: &impl Clock) -> Self {
        Self { begun: clock.now() }
    }

    /// What is left for the next step.
    pub(crate) fn left(self, clock: &impl Clock) -> Duration {
        // A clock that was set back has let no time pass.
        let taken = Duration::try_from(clock.now().duration_since(self.begun)).unwrap_or_default();
        WORK.saturating_sub(taken)
    }
}

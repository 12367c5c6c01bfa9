use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::Clock;

/// The sweeper's part of a base's five requests a second.
const SPACING: Duration = Duration::from_secs(1);

/// Spaces one run's requests to Airtable.
#[derive(Default)]
pub(super) struct Pace {
    free_at: Option<Timestamp>,
}

impl Pace {
    /// Returns when the next request may be sent.
    pub(super) async fn take(&mut self, clock: &impl Clock) {
        let wait = self.free_at.map(|at| at.duration_since(clock.now()));
        if let Some(wait) = wait.and_then(|wait| Duration::try_from(wait).ok()) {
            clock.sleep(wait).await;
        }
    }

    /// A request was answered: Airtable counts what arrives, however long it was under way.
    pub(super) fn answered(&mut self, clock: &impl Clock) {
        self.free_at = clock.now().saturating_add(SPACING).ok();
    }
}

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::Clock;
use recordings::recording::AirtableBaseId;

/// The sweeper's part of a base's five requests a second.
const SPACING: Duration = Duration::from_secs(1);

/// Spaces one run's requests to Airtable, those to each base by themselves.
#[derive(Default)]
pub(super) struct Pace(BTreeMap<AirtableBaseId, When>);

/// When a base is asked next.
enum When {
    At(Timestamp),
    /// It wants to be left alone: not in this run.
    InAnotherRun,
}

impl Pace {
    /// Whether a base may be asked in this run.
    pub(super) fn may_ask(&self, base: &AirtableBaseId) -> bool {
        !matches!(self.0.get(base), Some(When::InAnotherRun))
    }

    /// Returns when the next request may be sent to a base.
    pub(super) async fn take(&self, base: &AirtableBaseId, clock: &impl Clock) {
        let Some(When::At(at)) = self.0.get(base) else { return };
        if let Ok(wait) = Duration::try_from(at.duration_since(clock.now())) {
            clock.sleep(wait).await;
        }
    }

    /// A base answered: Airtable counts what arrives, however long it was under way.
    pub(super) fn answered(&mut self, base: &AirtableBaseId, clock: &impl Clock) {
        if let Ok(at) = clock.now().saturating_add(SPACING) {
            self.0.insert(base.clone(), When::At(at));
        }
    }

    /// A base is left alone for the rest of the run.
    pub(super) fn leave(&mut self, base: &AirtableBaseId) {
        self.0.insert(base.clone(), When::InAnotherRun);
    }
}

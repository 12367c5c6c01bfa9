//! One page of a provider's list.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{Advice, Clock, LedgerRead, ListedRecording, PortError, Standing};
use recordings::telemetry::causes;

use super::judge::{Known, Terms, Verdict, judge};
use super::meter::{Acts, Inventory};
use super::open::{OpenSet, number};
use super::{Run, act, index};
use crate::Ports;

/// Entries that are read at the same time.
pub(super) const READS_AT_ONCE: usize = 16;

impl<P: Ports> Run<'_, P> {
    /// Judges each recording of a page that is ours, and asks for what follows.
    pub(super) async fn page(
        &mut self,
        recordings: &[ListedRecording],
        open: &OpenSet,
        acts: &mut Acts,
    ) -> Result<Inventory, PortError> {
        let ours: Vec<&ListedRecording> =
            recordings.iter().filter(|listed| self.scope.includes(listed.created_at)).collect();
        let indexed = index::known_of(self.ports, &ours).await?;
        let (ports, settings) = (self.ports, self.settings);
        let looking = ours.into_iter().map(|listed| {
            let (is_indexed, is_open) = (indexed.contains(&listed.recording), open.has(&listed.recording));
            let terms = Terms::of(settings, listed.recording.provider, ports.clock().now());
            let is_enough = is_indexed && !is_open && the_index_is_enough(listed, terms);
            async move { (listed, is_open, if is_enough { Ok(Known::Indexed) } else { look(ports, listed).await }) }
        });
        let seen: Vec<_> = stream::iter(looking).buffered(READS_AT_ONCE).collect().await;
        let mut inventory = Inventory::default();
        for (listed, is_open, known) in seen {
            let known = known?;
            let terms = Terms::of(settings, listed.recording.provider, ports.clock().now());
            let verdict = judge(listed, &known, is_open, terms);
            let asked_for = act::follow(ports, listed, &known, verdict).await?;
            inventory.see(listed, &known, verdict);
            asked_for.count(ports, listed, acts, &mut self.outcome.acts);
        }
        Ok(inventory)
    }
}

/// Of a recording that the index knows and no marker, nothing is left to do, unless its copy may have to go. That is most
/// of what was ever recorded. Still each is read once a day while the provider has it, so that no entry of the index
/// stands for what is not in the ledger.
fn the_index_is_enough(listed: &ListedRecording, terms: Terms) -> bool {
    match listed.standing {
        Standing::Completed => !terms.may_be_due(listed) && !is_its_hour(listed, terms.now),
        Standing::Absent { .. } | Standing::Deleted | Standing::Unfinished => true,
    }
}

/// Each recording has an hour of the day, so that each hour has as many.
fn is_its_hour(listed: &ListedRecording, now: Timestamp) -> bool {
    const HOURS: u64 = 24;
    let hour = now.as_second().div_euclid(3_600).rem_euclid(HOURS as i64).unsigned_abs();
    number(&listed.recording) % HOURS == hour
}

/// What the ledger says of a recording; nothing is asked of one that is not ready.
async fn look(ports: &impl Ports, listed: &ListedRecording) -> Result<Known, PortError> {
    if listed.standing == Standing::Unfinished {
        return Ok(Known::Nothing);
    }
    match ports.ledger().get(&listed.recording).await {
        Ok(Some(entry)) => Ok(Known::Entry(Box::new(entry.entry))),
        Ok(None) => Ok(Known::Nothing),
        Err(error) if error.advice() == Advice::GiveUp => {
            tracing::error!(
                log_type = "ledger_entry_unreadable",
                organisation = %listed.recording.organisation,
                call_id = %listed.recording.call_id,
                recording_id = %listed.recording.recording_id,
                error_code = error.kind.code(),
                error = %causes(&error),
                "a ledger entry cannot be read; nothing is done about its recording",
            );
            Ok(Known::Unreadable)
        }
        Err(error) => Err(error),
    }
}

impl Inventory {
    fn see(&mut self, listed: &ListedRecording, known: &Known, verdict: Verdict) {
        let one = u32::from;
        let was_audio = matches!(listed.standing, Standing::Completed | Standing::Deleted);
        // Where the index was enough, the recording is finished.
        let (is_stored, is_finished, is_kept) = match known {
            Known::Entry(entry) => (entry.state().has_audio(), entry.is_finished(), verdict == Verdict::Kept),
            Known::Indexed => {
                (was_audio, listed.standing != Standing::Unfinished, listed.standing == Standing::Completed)
            }
            Known::Nothing | Known::Unreadable => (false, false, false),
        };
        self.listed += 1;
        self.held += one(listed.standing == Standing::Completed);
        self.in_ledger += one(matches!(known, Known::Entry(_) | Known::Indexed));
        self.stored += one(is_stored);
        self.settled += one(is_finished);
        self.on_their_way += one(verdict == Verdict::OnItsWay);
        self.kept += one(is_kept);
        self.erased_at_provider += one(verdict == Verdict::ErasedStillThere);
        self.unreadable += one(matches!(known, Known::Unreadable));
    }
}

impl Known {
    /// The entry, where it was read.
    pub(super) fn entry(&self) -> Option<&LedgerEntry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Nothing | Self::Indexed | Self::Unreadable => None,
        }
    }
}

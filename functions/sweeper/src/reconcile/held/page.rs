//! One page of a provider's list.

use futures_util::{StreamExt, stream};
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{Advice, Clock, LedgerRead, ListedRecording, PortError, Standing};
use recordings::telemetry::causes;

use super::judge::{Known, Now, Verdict, judge};
use super::meter::{Acts, Inventory};
use super::open::OpenSet;
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
        let ports = self.ports;
        let looking = ours.into_iter().map(|listed| {
            let (is_indexed, is_open) = (indexed.contains(&listed.recording), open.has(&listed.recording));
            async move { (listed, is_open, look(ports, listed, is_indexed, is_open).await) }
        });
        let seen: Vec<_> = stream::iter(looking).buffered(READS_AT_ONCE).collect().await;
        let mut inventory = Inventory::default();
        for (listed, is_open, known) in seen {
            let known = known?;
            let now = Now { now: ports.clock().now(), patience: self.settings.untouched_for };
            let verdict = judge(listed, &known, is_open, now);
            let asked_for = act::follow(ports, listed, &known, verdict).await?;
            inventory.see(listed, &known, is_open, verdict);
            asked_for.count(ports, listed, acts, &mut self.outcome.acts);
        }
        Ok(inventory)
    }
}

/// Reads the entry of what the provider still has, and of what may need something. Of the rest, which is most of what
/// was ever recorded, the index alone is asked.
async fn look(
    ports: &impl Ports,
    listed: &ListedRecording,
    is_indexed: bool,
    is_open: bool,
) -> Result<Known, PortError> {
    let is_read = match listed.standing {
        Standing::Completed => true,
        Standing::Deleted => !is_indexed || is_open,
        Standing::Absent { .. } => !is_indexed,
        Standing::Unfinished => false,
    };
    if !is_read {
        return Ok(if is_indexed { Known::Indexed } else { Known::Nothing });
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
    fn see(&mut self, listed: &ListedRecording, known: &Known, is_open: bool, verdict: Verdict) {
        let one = u32::from;
        // What is in the index alone is not held any more, and without a marker it is finished.
        let is_stored = match known {
            Known::Entry(entry) => entry.state().has_audio(),
            Known::Indexed => listed.standing == Standing::Deleted,
            Known::Nothing | Known::Unreadable => false,
        };
        let is_finished = match known {
            Known::Entry(entry) => entry.is_finished(),
            Known::Indexed => listed.standing != Standing::Unfinished && !is_open,
            Known::Nothing | Known::Unreadable => false,
        };
        self.listed += 1;
        self.held += one(listed.standing == Standing::Completed);
        self.in_ledger += one(matches!(known, Known::Entry(_) | Known::Indexed));
        self.stored += one(is_stored);
        self.settled += one(is_finished);
        self.on_their_way += one(verdict == Verdict::OnItsWay);
        self.kept += one(verdict == Verdict::Kept);
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

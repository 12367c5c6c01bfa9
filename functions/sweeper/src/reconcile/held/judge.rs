//! What a recording in a provider's list means, next to what is known of it.

use std::time::Duration;

use jiff::Timestamp;
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::ports::{ListedRecording, Standing};
use recordings::recording::Provider;

use crate::config::Settings;

/// What is known of a recording.
#[derive(Debug)]
pub(super) enum Known {
    /// Nothing: the ledger has no entry.
    Nothing,
    /// It is in the index by day, which is all that was asked.
    Indexed,
    /// This.
    Entry(Box<LedgerEntry>),
    /// Its entry cannot be read.
    Unreadable,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Fine,
    /// It is new, or was heard of: it will be in the ledger by itself.
    OnItsWay,
    /// There is audio, and nobody told us.
    Missing,
    /// There is no audio, and nobody told us.
    Unexplained,
    /// The audio was deleted, and not by us.
    Lost,
    /// It is unfinished, and only a message could know it.
    Forgotten,
    /// The copy is to go by now.
    Due,
    /// The copy was deleted, and is there.
    StillThere,
    /// The copy stays.
    Kept,
    /// It was erased, and the copy is there.
    ErasedStillThere,
}

/// What is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) now: Timestamp,
    /// For so long what just happened is left alone.
    pub(super) patience: Duration,
    /// For so long copies are kept, where they are deleted at all.
    pub(super) delete_after: Option<Duration>,
}

impl Terms {
    /// The terms for a provider's recordings.
    pub(super) fn of(settings: &Settings, provider: Provider, now: Timestamp) -> Self {
        let delete_after = settings.delete_at.contains(&provider).then_some(settings.delete_after);
        Self { now, patience: settings.untouched_for, delete_after }
    }

    /// Whether a copy can be due by now, or should be gone.
    pub(super) fn may_be_due(self, listed: &ListedRecording) -> bool {
        let due = |after| listed.created_at.saturating_add::<Duration>(after).unwrap_or(Timestamp::MAX);
        self.delete_after.is_some_and(|after| due(after) <= self.now)
    }

    fn is_long_after(self, at: Timestamp) -> bool {
        at.saturating_add(self.patience).is_ok_and(|later| later <= self.now)
    }
}

/// Judges without asking anybody. `is_open` says whether there was an `open/` marker when the run began.
pub(super) fn judge(listed: &ListedRecording, known: &Known, is_open: bool, terms: Terms) -> Verdict {
    let is_recent = !terms.is_long_after(ended_at(listed));
    match (&listed.standing, known) {
        (Standing::Unfinished, _) | (_, Known::Unreadable) => Verdict::Fine,
        (_, Known::Nothing) if is_open || is_recent => Verdict::OnItsWay,
        (Standing::Completed, Known::Nothing) => Verdict::Missing,
        (Standing::Absent { .. }, Known::Nothing) => Verdict::Unexplained,
        (Standing::Deleted, Known::Nothing) => Verdict::Lost,
        (Standing::Deleted, Known::Entry(entry)) if entry.state().wants_transfer() && !is_recent => Verdict::Lost,
        (Standing::Completed, Known::Entry(entry)) => held(entry, is_open, terms),
        (Standing::Completed | Standing::Absent { .. } | Standing::Deleted, _) => Verdict::Fine,
    }
}

/// The provider has the audio, and the ledger knows the recording.
fn held(entry: &LedgerEntry, is_open: bool, terms: Terms) -> Verdict {
    match entry.state() {
        State::Erased => Verdict::ErasedStillThere,
        State::Expired => Verdict::Kept,
        State::Settled => settled(entry, terms),
        State::Absent if !entry.is_being_fetched_after_all() => match entry.states().last() {
            // It just turned out so, maybe after the list was read.
            Some(reached) if !terms.is_long_after(reached.at) => Verdict::Fine,
            _ => Verdict::Missing,
        },
        _ if !entry.is_finished() && !is_open => Verdict::Forgotten,
        State::Suspect => Verdict::Kept,
        State::Received | State::Fallback | State::Stored | State::Failed | State::Absent => Verdict::Fine,
    }
}

fn settled(entry: &LedgerEntry, terms: Terms) -> Verdict {
    match (entry.provider_deleted_at, entry.provider_delete_due_at) {
        _ if entry.hold || terms.delete_after.is_none() => Verdict::Kept,
        // The list may be older than the deletion.
        (Some(deleted_at), _) if !terms.is_long_after(deleted_at) => Verdict::Fine,
        (Some(_), _) => Verdict::StillThere,
        (None, Some(due)) if due <= terms.now => Verdict::Due,
        _ => Verdict::Kept,
    }
}

/// When the provider's webhook was, or will be, on its way.
fn ended_at(listed: &ListedRecording) -> Timestamp {
    if let Some(ended_at) = listed.ended_at {
        return ended_at;
    }
    let begun_at = listed.started_at.map_or(listed.created_at, |started_at| started_at.max(listed.created_at));
    let lasted = Duration::from_secs(listed.duration_seconds.unwrap_or_default().into());
    begun_at.saturating_add(lasted).unwrap_or(begun_at)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;

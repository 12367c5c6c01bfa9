//! A job that fetches what an organisation's bucket lacks: which recordings, and what became of each.
//!
//! Nobody has to live for it to go on. Each recording's request on TransferQueue names its place in the job, and whoever
//! has handled it asks for the one that is [`LANES`] places behind, so that as many are on their way at a time. What became
//! of them is told by the ledger, whenever somebody looks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger_entry::{LedgerEntry, State};
use crate::recording::{Organisation, RecordingRef, RetrievalId};

/// How many recordings of a job are fetched at a time.
pub const LANES: usize = 5;

/// The version of the job's JSON that this code writes.
const SCHEMA: u32 = 1;

/// A recording's place in a job, as its request carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrievalPlace {
    /// The job.
    pub id: RetrievalId,
    /// The number of the recording in it, from zero.
    pub number: usize,
}

/// The job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retrieval {
    schema: u32,
    /// Its id.
    pub id: RetrievalId,
    /// Whose recordings it fetches.
    pub organisation: Organisation,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When its recordings were last asked for, other than by those before them.
    pub asked_at: Timestamp,
    /// The recordings, in the order in which they are fetched.
    pub recordings: Vec<RetrievedRecording>,
}

/// One recording of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetrievedRecording {
    /// Which.
    #[serde(flatten)]
    pub recording: RecordingRef,
    /// When the last try before the job had failed, by which another failure is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_before: Option<Timestamp>,
    /// What became of it, once that is known. It is not looked at again then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RetrievalOutcome>,
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetrievalOutcome {
    /// It is in the bucket.
    Success,
    /// It could not be had; it is tried again later, as any other.
    Failed,
    /// There is nothing to be had.
    Unavailable,
}

/// How many recordings came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RetrievalCounts {
    /// All of them.
    pub total: usize,
    /// Those that are in the bucket.
    pub success: usize,
    /// Those that could not be had.
    pub failed: usize,
    /// Those of which there is nothing to be had.
    pub unavailable: usize,
}

impl Retrieval {
    /// A job for recordings whose entries are given.
    pub fn new(id: RetrievalId, organisation: Organisation, entries: &[LedgerEntry], at: Timestamp) -> Self {
        let recording = |entry: &LedgerEntry| RetrievedRecording {
            recording: entry.recording.clone(),
            failed_before: failed_at(entry),
            outcome: None,
        };
        let recordings = entries.iter().map(recording).collect();
        Self { schema: SCHEMA, id, organisation, begun_at: at, asked_at: at, recordings }
    }

    /// The recordings of which nothing is known yet, with their numbers, in their order.
    pub fn waiting(&self) -> impl Iterator<Item = (usize, &RetrievedRecording)> {
        self.recordings.iter().enumerate().filter(|(_, recording)| recording.outcome.is_none())
    }

    /// Whether something became of each recording.
    pub fn is_over(&self) -> bool {
        self.waiting().next().is_none()
    }

    /// How many recordings came to which end so far. No figure ever becomes smaller.
    pub fn counts(&self) -> RetrievalCounts {
        let of = |wanted| self.recordings.iter().filter(|recording| recording.outcome == Some(wanted)).count();
        RetrievalCounts {
            total: self.recordings.len(),
            success: of(RetrievalOutcome::Success),
            failed: of(RetrievalOutcome::Failed),
            unavailable: of(RetrievalOutcome::Unavailable),
        }
    }

    /// Takes over what became of each recording elsewhere. What is known here stays.
    pub fn learn(&mut self, known: impl IntoIterator<Item = (usize, RetrievalOutcome)>) {
        for (number, outcome) in known {
            if let Some(recording) = self.recordings.get_mut(number) {
                recording.outcome.get_or_insert(outcome);
            }
        }
    }
}

impl RetrievedRecording {
    /// What became of the recording, by its entry; nothing while it is on its way.
    pub fn outcome_by(&self, entry: Option<&LedgerEntry>) -> Option<RetrievalOutcome> {
        let Some(entry) = entry else { return Some(RetrievalOutcome::Unavailable) };
        match entry.state() {
            State::Stored | State::Suspect | State::Settled => Some(RetrievalOutcome::Success),
            State::Expired | State::Erased => Some(RetrievalOutcome::Unavailable),
            State::Absent if !entry.is_being_fetched_after_all() => Some(RetrievalOutcome::Unavailable),
            _ if failed_at(entry) != self.failed_before => Some(RetrievalOutcome::Failed),
            State::Received | State::Fallback | State::Failed | State::Absent => None,
        }
    }
}

fn failed_at(entry: &LedgerEntry) -> Option<Timestamp> {
    entry.last_error.as_ref().map(|error| error.at)
}

#[cfg(test)]
#[path = "retrieval/retrieval_tests.rs"]
mod tests;

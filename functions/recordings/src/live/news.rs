use jiff::Timestamp;
use serde::Serialize;

use crate::ledger_entry::{LedgerEntry, State, Status};
use crate::recording::{JobNumber, RecordingRef, RetrievalId};

/// One piece of news, as it is sent: JSON whose `type` says what it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum News {
    /// A recording can be heard.
    RecordingReady {
        /// Which one.
        #[serde(flatten)]
        recording: Named,
        /// Where it is heard, as the job's history says it.
        recording_url: String,
        /// When that URL ends; none for one that works as long as the recording is kept.
        expires_at: Option<Timestamp>,
    },
    /// A recording could not be had: for now, or for good.
    RecordingFailed {
        /// Which one.
        #[serde(flatten)]
        recording: Named,
        /// Why, in a word that is stable; a provider's own where it said why there is none.
        reason: Option<String>,
    },
    /// A job that fetches what is missing came further. How far, it tells to those who ask.
    JobProgress {
        /// Which one.
        id: RetrievalId,
    },
}

/// A recording, as its news names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The call at its provider.
    pub call_id: String,
    /// The recording at its provider.
    pub recording_id: String,
    /// Who made it.
    pub provider: &'static str,
    /// The job that the call belongs to, where it is known.
    pub job_number: Option<JobNumber>,
    /// What a reader is told of it.
    pub status: Status,
}

impl Named {
    /// What the news of an entry calls its recording.
    pub fn of(entry: &LedgerEntry) -> Self {
        let RecordingRef { provider, call_id, recording_id, .. } = &entry.recording;
        Self {
            call_id: call_id.to_string(),
            recording_id: recording_id.to_string(),
            provider: provider.as_str(),
            job_number: entry.job_number.clone(),
            status: entry.state().status(),
        }
    }
}

impl News {
    /// Whether a change of state is news, and which: `Some(true)` for a recording that can be heard now, `Some(false)` for one
    /// that cannot be had.
    pub fn is_good(before: State, after: State) -> Option<bool> {
        match after.status() {
            status if status == before.status() => None,
            Status::Available => Some(true),
            Status::Failed => Some(false),
            Status::Unavailable if after == State::Absent => Some(false),
            // What was deleted, by rule or on request, failed in no way.
            Status::Unavailable | Status::Pending => None,
        }
    }
}

#[cfg(test)]
#[path = "news_tests.rs"]
mod tests;

//! The versioned messages between the functions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod continuation;

pub use continuation::Continuation;

use crate::history_line::PinnedLine;
use crate::recording::{CallRef, JobNumber, RecordingRef, Report};

/// The version of the messages that this code writes and reads.
pub const MESSAGE_VERSION: u32 = 1;

/// "Bring this recording home": on TransferQueue, on RetryQueue, and in the `open/` marker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferRequest {
    /// The version of this message.
    pub version: u32,
    /// Which recording.
    #[serde(flatten)]
    pub recording: RecordingRef,
    /// The job that the call belongs to, where the webhook said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_number: Option<JobNumber>,
    /// What the provider said.
    pub report: Report,
    /// When we first heard of it.
    pub received_at: Timestamp,
    /// Who asks.
    pub origin: Origin,
    /// The number of attempts before this one.
    #[serde(default)]
    pub attempt: u32,
    /// Not to be tried before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// How far an earlier invocation came, where there is something to go on with. One that is not understood is left
    /// out: then the transfer begins anew.
    #[serde(default, deserialize_with = "continuation::if_understood", skip_serializing_if = "Option::is_none")]
    pub continuation: Option<Box<Continuation>>,
}

impl TransferRequest {
    /// What was asked for at first: the event alone, without anything that was done about it.
    #[must_use]
    pub fn event(&self) -> Self {
        Self { continuation: None, ..self.clone() }
    }
}

/// Who asked for a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The provider's webhook.
    Webhook,
    /// The sweeper found an `open/` marker that nobody touched.
    Sweep,
    /// The sweeper forwarded a retry that was due.
    Retry,
    /// The provider's own list had a recording that the ledger did not know.
    Reconcile,
}

/// "This recording's lines may not all be written": a pointer on HistoryQueue. What to write is in the ledger entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRequest {
    /// The version of this message.
    pub version: u32,
    /// Which recording.
    #[serde(flatten)]
    pub recording: RecordingRef,
    /// The job whose history it is, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_number: Option<JobNumber>,
    /// When we first heard of the recording, for the latency from webhook to history.
    pub received_at: Timestamp,
    /// Tells this state of the entry from others: the queue drops a second message with the same one.
    pub entry_version: String,
    /// The lines themselves, only when there is no ledger to point at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<PinnedLine>,
}

impl HistoryRequest {
    /// The group within which the queue keeps messages in order: one job of one Airtable base, so that no two of our
    /// writers touch one field; a job that is not known yet is looked up in its call's own group.
    pub fn group(&self, airtable_base: &str) -> String {
        match &self.job_number {
            Some(job) => format!("{airtable_base}.job.{job}"),
            None => format!("{airtable_base}.call.{}", self.recording.call_id),
        }
    }
}

/// "This call is over; its recording should follow": the `calls/` note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompletedCall {
    /// The version of this note.
    pub version: u32,
    /// Which call.
    #[serde(flatten)]
    pub call: CallRef,
    /// The job that the call belongs to, where the webhook said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_number: Option<JobNumber>,
    /// When we heard of it.
    pub completed_at: Timestamp,
}

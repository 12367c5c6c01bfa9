use std::time::Duration;

use jiff::Timestamp;

use super::QueueName;
use crate::call_control::CallControl;
use crate::ledger_entry::{LedgerEntry, RetentionTag, StoredObject};
use crate::object_key::AudioKey;
use crate::ports::{AuditRecord, ErasureReceipt, Method, Receipt, Trace, Version};
use crate::recording::{CallRef, JobRecordId, RecordingRef};

/// Something that took effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, by the world's own clock.
    pub at: Timestamp,
    /// Which process did it; `world` when none did.
    pub process: String,
    /// Whether it took effect by itself, after its process had given it up ([`Fault::LandsLate`](super::Fault)).
    pub late: bool,
    /// What.
    pub effect: Effect,
}

/// What took effect. A call that was refused leaves no trace here.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A ledger entry was created or replaced.
    LedgerWritten {
        /// The entry as it is from now on.
        entry: Box<LedgerEntry>,
        /// The version that was replaced, or `None` where it is the first.
        replaced: Option<Version>,
    },
    /// Something was decided about a call.
    ControlWritten(CallControl),
    /// A recording was listed under its day.
    DayAdded(RecordingRef),
    /// An `open/` marker was written.
    MarkerPut(RecordingRef),
    /// An `open/` marker was removed, if it was there.
    MarkerRemoved(RecordingRef),
    /// A completed call was noted.
    CallNoted(CallRef),
    /// The note of a completed call was removed, if it was there.
    CallForgotten(CallRef),
    /// A call's transcript was written.
    TranscriptKept(CallRef),
    /// A job of the sweeper kept how far it came.
    CursorWritten {
        /// The job.
        job: &'static str,
        /// Where it goes on.
        at: Option<String>,
    },
    /// An access to audio was recorded.
    AccessRecorded(AuditRecord),
    /// An audio object came to be.
    ObjectCreated {
        /// Where.
        key: AudioKey,
        /// What its metadata and bytes say.
        object: StoredObject,
    },
    /// An audio object was copied to `orphans/`.
    AudioCopiedAside {
        /// The key that it has had.
        key: AudioKey,
        /// What its metadata and bytes say.
        object: StoredObject,
    },
    /// An audio object was removed.
    AudioRemoved {
        /// Where it lay.
        key: AudioKey,
        /// What its metadata and bytes said.
        object: StoredObject,
    },
    /// For how long audio is kept was said.
    AudioTagged {
        /// Where it lies.
        key: AudioKey,
        /// What its tag says.
        tag: RetentionTag,
    },
    /// A version of something of an erased call was removed for good, if it was there.
    TraceRemoved(Trace),
    /// The deletion of audio was recorded.
    ReceiptWritten(Receipt),
    /// What an erasure found was recorded.
    ErasureReceiptWritten(ErasureReceipt),
    /// A multipart upload began.
    UploadBegun(String),
    /// A multipart upload was given up.
    UploadAborted(String),
    /// A message was put on a queue.
    MessageSent {
        /// The queue.
        queue: QueueName,
        /// The message's id.
        id: String,
        /// How long it is hidden at first.
        delay: Duration,
    },
    /// A message was dropped because the same one was sent a moment before.
    MessageDeduplicated {
        /// The queue.
        queue: QueueName,
        /// The id of the message that it repeats.
        id: String,
    },
    /// A message was delivered.
    MessageDelivered {
        /// The queue.
        queue: QueueName,
        /// The message's id.
        id: String,
        /// The number of this delivery, from 1.
        receive_count: u32,
    },
    /// A message was deleted by who received it.
    MessageDeleted {
        /// The queue.
        queue: QueueName,
        /// The message's id.
        id: String,
    },
    /// A message was reported as failed by who received it.
    MessageFailed {
        /// The queue.
        queue: QueueName,
        /// The message's id.
        id: String,
    },
    /// A message went to the dead-letter queue.
    MessageDied {
        /// The queue that it was on.
        queue: QueueName,
        /// The message's id.
        id: String,
    },
    /// A message was older than a queue keeps messages.
    MessageExpired {
        /// The queue.
        queue: QueueName,
        /// The message's id.
        id: String,
    },
    /// A provider's copy was deleted.
    ProviderCopyDeleted {
        /// Which recording.
        recording: RecordingRef,
        /// Its ledger entry at that moment.
        entry: Option<Box<LedgerEntry>>,
        /// What lay under the entry's key at that moment.
        stored: Option<StoredObject>,
        /// The text of each job's history that names the recording's call, or is the entry's own, at that moment.
        histories: Vec<String>,
    },
    /// A job's history was written.
    HistoryWritten {
        /// The record.
        job: JobRecordId,
        /// The text until then.
        before: String,
        /// The text from now on.
        after: String,
    },
    /// A URL was signed.
    UrlSigned {
        /// For which object.
        key: AudioKey,
        /// For which method.
        method: Method,
    },
    /// The process of this entry ended in the middle.
    ProcessDied,
}

impl Effect {
    /// The lines that a [`HistoryWritten`](Self::HistoryWritten) appended: nothing for other effects, and nothing for
    /// a write that changed older text.
    pub fn lines_appended(&self) -> Vec<String> {
        match self {
            Self::HistoryWritten { before, after, .. } => after
                .strip_prefix(before.as_str())
                .unwrap_or_default()
                .lines()
                .filter(|l| !l.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a [`HistoryWritten`](Self::HistoryWritten) lost text that was there before. Links that were erased are not
    /// lost.
    pub fn lost_text(&self) -> bool {
        let Self::HistoryWritten { before, after, .. } = self else { return false };
        let mut lines = after.lines();
        !after.starts_with(before.as_str())
            && !before.lines().all(|was| lines.next().is_some_and(|is| is_left(was, is)))
    }
}

/// Whether a line is what it was, but for links that were erased.
fn is_left(was: &str, is: &str) -> bool {
    let front = |line: &str| line.split("URL: ").next().map(str::to_owned);
    was == is || is.contains("URL: erased") && front(was) == front(is)
}

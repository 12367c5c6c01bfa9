//! The versioned messages between the functions.

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod continuation;

pub use continuation::Continuation;

use crate::audio::CANARY_SECONDS;
use crate::history_line::PinnedLine;
use crate::ledger_entry::{LedgerEntry, State};
use crate::recording::{AirtableBaseId, CallRef, JobNumber, Outcome, Parties, RecordingRef, Report};
use crate::retrieval::RetrievalPlace;

/// The version of the messages that this code writes and reads.
pub const MESSAGE_VERSION: u32 = 1;

/// Reads a message.
///
/// # Errors
/// When it makes no sense, or is of another version: what that says besides must not be lost by passing it on.
pub fn read<T: DeserializeOwned>(body: &str) -> serde_json::Result<T> {
    let value: Value = serde_json::from_str(body)?;
    match value.get("version").and_then(Value::as_u64) == Some(MESSAGE_VERSION.into()) {
        true => serde_json::from_value(value),
        false => Err(serde_json::Error::custom("a message of an unknown version")),
    }
}

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
    /// The recording's place in a job that fetches what is missing, where it was asked for by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrieval: Option<RetrievalPlace>,
}

impl TransferRequest {
    /// What was asked for at first, as far as a ledger entry holds it.
    pub fn of_entry(entry: &LedgerEntry, origin: Origin) -> Self {
        let absent = entry.states().last().filter(|reached| reached.state == State::Absent);
        let outcome = match absent {
            Some(absent) => Outcome::Absent { reason: absent.why.clone().unwrap_or_default() },
            None => Outcome::Completed,
        };
        let report = Report {
            duration_seconds: entry.duration_reported_seconds,
            started_at: Some(entry.started_at),
            direction: entry.direction,
            carrier_call_id: entry.carrier_call_id.clone(),
            ..Report::of(outcome)
        };
        Self {
            version: MESSAGE_VERSION,
            recording: entry.recording.clone(),
            job_number: entry.job_number.clone(),
            report,
            received_at: entry.received_at,
            origin,
            attempt: 0,
            not_before: None,
            continuation: None,
            retrieval: None,
        }
    }

    /// That somebody decided something about a call. It may be said again and again.
    pub fn of_decision(call: &CallRef, at: Timestamp, origin: Origin) -> Self {
        Self {
            version: MESSAGE_VERSION,
            recording: RecordingRef::all_of(call),
            job_number: None,
            report: Report::of(Outcome::Decided),
            received_at: at,
            origin,
            attempt: 0,
            not_before: None,
            continuation: None,
            retrieval: None,
        }
    }

    /// What is said of a canary as a provider would say it, once its recording is complete.
    pub fn of_canary(canary: &RecordingRef, job: JobNumber, at: Timestamp) -> Self {
        Self {
            version: MESSAGE_VERSION,
            recording: canary.clone(),
            job_number: Some(job),
            report: Report {
                duration_seconds: Some(CANARY_SECONDS),
                started_at: Some(at),
                ..Report::of(Outcome::Completed)
            },
            received_at: at,
            origin: Origin::Webhook,
            attempt: 0,
            not_before: None,
            continuation: None,
            retrieval: None,
        }
    }

    /// That a canary was looked for, and is to go. It may be said again and again.
    pub fn of_canary_over(canary: &RecordingRef, at: Timestamp) -> Self {
        let decision = Self::of_decision(&canary.call(), at, Origin::Sweep);
        Self { report: Report::of(Outcome::CanaryOver), ..decision }
    }

    /// What somebody asks for who waits for the audio of an entry, whatever was said of it before.
    pub fn on_demand(entry: &LedgerEntry) -> Self {
        let request = Self::of_entry(entry, Origin::Demand);
        Self { report: Report { outcome: Outcome::Completed, ..request.report }, ..request }
    }

    /// That somebody wants to know what is to be heard in the audio.
    pub fn to_listen(entry: &LedgerEntry, origin: Origin) -> Self {
        Self { report: Report::of(Outcome::ToBeHeard), ..Self::of_entry(entry, origin) }
    }

    /// What was asked for at first: the event alone, without anything that was done about it.
    #[must_use]
    pub fn event(&self) -> Self {
        Self { continuation: None, retrieval: None, ..self.clone() }
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
    /// The provider's own list has it: a recording that the ledger does not know, or that is running out of time, or a
    /// copy that should be gone. It was seen there when the request says that we heard of it.
    Reconcile,
    /// Somebody waits for the audio.
    Demand,
    /// The sweeper compared what the bucket holds with the ledger.
    Bucket,
    /// Somebody who may decide about recordings.
    Person,
    /// TransferQueue gave the request up. It asks for no transfer: only for the failure to be noted.
    DeadLetter,
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
    /// How often HistoryQueue gave it up and it was sent again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dead_letters: u32,
    /// Whether lines that were confirmed may be gone from the history: whoever finds it so asks for them once more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub repair: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl HistoryRequest {
    /// The group within which the queue keeps messages in order: one job of one Airtable base, so that no two of our
    /// writers touch one field; a job that is not known yet is looked up in its call's own group.
    pub fn group(&self, airtable_base: &AirtableBaseId) -> String {
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
    /// Who spoke, as far as the webhook said so.
    #[serde(flatten)]
    pub parties: Parties,
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTER: &str = r#"{"version":1,"organisation":"default","provider":"twilio",
        "call_id":"CA0123456789abcdef0123456789abcdef","recording_id":"RE0123456789abcdef0123456789abcdef",
        "received_at":"2024-03-15T12:00:00Z","entry_version":"1"}"#;

    #[test]
    fn a_pointer_says_how_often_it_was_given_up_only_once_it_was() {
        let pointer: HistoryRequest = read(POINTER).unwrap();
        assert_eq!(pointer.dead_letters, 0);
        assert!(!serde_json::to_string(&pointer).unwrap().contains("dead_letters"));
        let again = HistoryRequest { dead_letters: 2, ..pointer };
        assert_eq!(read::<HistoryRequest>(&serde_json::to_string(&again).unwrap()).unwrap(), again);
    }

    #[test]
    fn a_pointer_says_that_lines_may_be_gone_only_where_they_may() {
        let pointer: HistoryRequest = read(POINTER).unwrap();
        assert!(!pointer.repair && !serde_json::to_string(&pointer).unwrap().contains("repair"));
        let repair = HistoryRequest { repair: true, ..pointer };
        assert_eq!(read::<HistoryRequest>(&serde_json::to_string(&repair).unwrap()).unwrap(), repair);
    }

    #[test]
    fn a_note_says_who_spoke_where_it_is_known_and_shows_no_number() {
        let older = r#"{"version":1,"organisation":"acme","provider":"twilio",
            "call_id":"CA0123456789abcdef0123456789abcdef","completed_at":"2024-03-15T12:00:00Z"}"#;
        let note: CompletedCall = read(older).unwrap();
        assert!(note.parties.are_unknown() && !serde_json::to_string(&note).unwrap().contains("from"));
        let parties = Parties { from: "+14158675309".parse().ok(), ..Parties::default() };
        let told = CompletedCall { parties, ..note };
        assert_eq!(read::<CompletedCall>(&serde_json::to_string(&told).unwrap()).unwrap(), told);
        assert!(!format!("{told:?}").contains("4158675309"));
    }

    #[test]
    fn what_another_version_wrote_is_not_read() {
        let newer = POINTER.replace(r#""version":1"#, r#""version":2"#);
        for body in [newer.as_str(), &POINTER.replace(r#""version":1,"#, ""), "[]", "poison", ""] {
            assert!(read::<HistoryRequest>(body).is_err(), "{body}");
        }
    }
}

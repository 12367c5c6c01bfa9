//! The state of one recording, and the only ways in which it may change.

mod change;
mod deletion_gate;
mod erasure;
mod retention;
mod state;
mod transcript;

pub use change::{Change, IllegalTransition, SettledAs};
pub use deletion_gate::{DeletionPolicy, StillAtProvider, StoredObject, may_delete_provider_copy};
pub use retention::{Retention, RetentionTag};
pub use state::{State, Status};
pub use transcript::TranscriptState;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audio::{Container, Finding, durations_agree};
use crate::history_line::{History, PinnedLine};
use crate::object_key::AudioKey;
use crate::recording::{
    CarrierCallId, Direction, JobNumber, JobRecordId, LegacyUrl, LengthOf, Parties, PhoneNumber, RecordingRef, Report,
};

/// The version of the entry's JSON that this code writes.
const SCHEMA: u32 = 1;

/// Why a recording is stored whose audio was found in the bucket.
const ADOPTED: &str = "adopted";
/// Why a recording is settled that has no line in a history.
const NO_JOB: &str = "no_job";
const HISTORY_FULL: &str = "history_full";

/// Why a recording is stored whose audio came from its legacy URL.
const FROM_LEGACY: &str = "legacy";

/// Why a recording was heard of that somebody imported.
const IMPORTED: &str = "imported";

/// Everything that is known of one recording. Its state changes only by [`LedgerEntry::apply`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    #[serde(deserialize_with = "known_schema")]
    schema: u32,
    /// Which recording this is.
    #[serde(flatten)]
    pub recording: RecordingRef,
    /// The job that the call belongs to, once it is known.
    pub job_number: Option<JobNumber>,
    /// The jobs that it was taken for before, and whose histories hold its lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_jobs: Vec<JobNumber>,
    /// Since when the histories of an erased recording's jobs are free of its links, as far as anybody saw.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clean_since: BTreeMap<JobNumber, Timestamp>,
    /// That job's record in Airtable, once it was found.
    pub job_record_id: Option<JobRecordId>,
    /// Which way the call went.
    pub direction: Option<Direction>,
    /// Who called, where the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PhoneNumber>,
    /// Who was called, where the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PhoneNumber>,
    /// The call at Twilio that carried this one, where another provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_call_id: Option<CarrierCallId>,
    /// When the recording started, or when we first heard of it where the provider does not say.
    pub started_at: Timestamp,
    /// When we first heard of the recording.
    pub received_at: Timestamp,
    /// The length that the provider gave, in whole seconds: the recording's, or the call's.
    pub duration_reported_seconds: Option<u32>,
    status: Status,
    state: State,
    /// Each state in the order it was reached, with the time and the reason.
    states: Vec<Reached>,
    /// Where the audio is or will be; pinned before the first byte is sent.
    pub recording_storage_path: Option<AudioKey>,
    /// When the audio was verified in the bucket.
    pub recording_uploaded_at: Option<Timestamp>,
    /// What was verified.
    pub audio: Option<VerifiedAudio>,
    /// There is a transcript and no audio.
    pub transcript_only_fallback: bool,
    /// What became of the call's transcript, where its provider writes one.
    #[serde(default, skip_serializing_if = "TranscriptState::is_unfetched")]
    pub transcript: TranscriptState,
    /// How many transfers were tried and failed.
    pub attempts: u32,
    /// When the next transfer is due.
    pub next_attempt_at: Option<Timestamp>,
    /// How the last transfer failed.
    pub last_error: Option<LastError>,
    /// When the provider's audio was last fetched in whole.
    pub audio_fetched_at: Option<Timestamp>,
    /// Where the provider keeps its copy: an API URL without credentials.
    pub provider_url: Option<String>,
    /// When the provider's own retention ends.
    pub provider_expires_at: Option<Timestamp>,
    /// When the provider's copy is to be deleted.
    pub provider_delete_due_at: Option<Timestamp>,
    /// When the provider's copy was deleted, the receipt of that deletion.
    pub provider_deleted_at: Option<Timestamp>,
    /// Why the provider's copy was kept on purpose.
    pub provider_kept_because: Option<String>,
    /// Where an imported recording's audio lay before, to be fetched from there when its provider no longer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_url: Option<LegacyUrl>,
    /// How the last fetch from there failed; `last_error` says how the provider's did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_error: Option<LastError>,
    /// A legal hold: nothing of the recording may be deleted.
    pub hold: bool,
    /// For how long the audio is kept.
    pub retention: Retention,
    /// Raised by one each time the links are revoked.
    pub link_generation: u32,
    /// The history lines that the recording asks for, in order.
    pub lines: Vec<PinnedLine>,
}

/// An entry that a newer version wrote is not understood, and must not be written back with parts of it lost.
fn known_schema<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        schema @ 1..=SCHEMA => Ok(schema),
        _ => Err(serde::de::Error::custom("a ledger entry of a newer version")),
    }
}

/// A state that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The state.
    pub state: State,
    /// When it was reached.
    pub at: Timestamp,
    /// Why, where there is more to say than the state's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Audio that was verified in the bucket: received, announced and stored sizes and checksums agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedAudio {
    /// The size of the object.
    pub bytes: u64,
    /// SHA-256 of the whole object, lower-case hexadecimal.
    pub sha256: String,
    /// CRC64NVME of the whole object, as S3 writes it: base64 of eight bytes, big-endian.
    pub crc64nvme: String,
    /// What the bytes say the file is.
    pub container: Container,
    /// The `Content-Type` of the object.
    pub content_type: String,
    /// The length that the audio's frames sum to, where the container tells.
    pub duration_measured_ms: Option<u64>,
    /// The channels in the audio.
    pub channels: Option<u8>,
    /// What a person should know of it: what its headers tell, and, once it was listened to, its samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// How a transfer failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// A stable word that can be counted and searched.
    pub code: String,
    /// What happened, in words, without anything secret.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

impl LedgerEntry {
    /// Whether these parties are more than the entry says, and may say.
    pub fn lacks(&self, parties: &Parties) -> bool {
        let Parties { direction, from, to } = parties;
        let more = (self.direction.is_none() && direction.is_some())
            || (self.from.is_none() && from.is_some())
            || (self.to.is_none() && to.is_some());
        more && self.state != State::Erased
    }

    /// The entry of a recording that was just heard of.
    pub fn received(recording: RecordingRef, job: Option<JobNumber>, report: &Report, at: Timestamp) -> Self {
        let started_at = report.started_at.unwrap_or(at);
        let provider_expires_at = recording.provider.keeps_for().and_then(|kept| started_at.checked_add(kept).ok());
        Self {
            schema: SCHEMA,
            recording,
            job_number: job,
            former_jobs: Vec::new(),
            clean_since: BTreeMap::new(),
            job_record_id: None,
            direction: report.direction,
            from: report.from.clone(),
            to: report.to.clone(),
            carrier_call_id: report.carrier_call_id.clone(),
            started_at,
            received_at: at,
            duration_reported_seconds: report.duration_seconds,
            status: State::Received.status(),
            state: State::Received,
            states: vec![Reached { state: State::Received, at, why: None }],
            recording_storage_path: None,
            recording_uploaded_at: None,
            audio: None,
            transcript_only_fallback: false,
            transcript: TranscriptState::Unfetched,
            attempts: 0,
            next_attempt_at: None,
            last_error: None,
            audio_fetched_at: None,
            provider_url: None,
            provider_expires_at,
            provider_delete_due_at: None,
            provider_deleted_at: None,
            provider_kept_because: None,
            legacy_url: None,
            legacy_error: None,
            hold: false,
            retention: Retention::Standard,
            link_generation: 0,
            lines: Vec::new(),
        }
    }

    /// The entry of a recording that somebody imported. Nothing of it is fetched until somebody asks.
    pub fn imported(
        recording: RecordingRef,
        job: Option<JobNumber>,
        report: &Report,
        legacy_url: Option<LegacyUrl>,
        at: Timestamp,
    ) -> Self {
        let received = Self::received(recording, job, report, at);
        let states = vec![Reached { state: State::Received, at, why: Some(IMPORTED.to_owned()) }];
        Self { states, legacy_url, ..received }
    }

    /// What a reader is told: is there audio, will there be, why not.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The finer state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Each state in the order it was reached.
    pub fn states(&self) -> &[Reached] {
        &self.states
    }

    /// The lines that were not yet seen in the job's history.
    pub fn unconfirmed_lines(&self) -> impl Iterator<Item = &PinnedLine> {
        self.lines.iter().filter(|line| !line.is_confirmed())
    }

    /// Whether every line that the entry asks for was seen in the job's history.
    pub fn all_lines_confirmed(&self) -> bool {
        self.lines.iter().all(PinnedLine::is_confirmed)
    }

    /// The lines that were seen in the job's history and lack in what it says now. Nothing is missed of what is erased.
    pub fn lines_gone_from(&self, history: &History) -> impl Iterator<Item = &PinnedLine> {
        let expected = self.lines.iter().filter(|line| self.state != State::Erased && line.is_confirmed());
        expected.filter(|line| !history.has(line))
    }

    /// Whether the provider said that there is no audio, and later that there is, and it could not be had yet.
    pub fn is_being_fetched_after_all(&self) -> bool {
        self.state == State::Absent && self.next_attempt_at.is_some()
    }

    /// Whether the audio was found in the bucket, and never held against the provider's.
    pub fn was_adopted(&self) -> bool {
        self.states.iter().any(|reached| reached.state == State::Stored && reached.why.as_deref() == Some(ADOPTED))
    }

    /// Whether the audio is as long as the provider said. Where that is the recording's own length, verifying has shown it;
    /// audio that fits into a call need not be all of it.
    pub fn length_is_confirmed(&self) -> bool {
        match (self.recording.provider.gives_length_of(), self.duration_reported_seconds) {
            (LengthOf::Recording, _) => true,
            (LengthOf::Call, None) => false,
            (LengthOf::Call, Some(seconds)) => {
                let measured = self.audio.as_ref().and_then(|audio| audio.duration_measured_ms);
                let reported = Duration::from_secs(seconds.into());
                measured.is_some_and(|ms| durations_agree(reported, Duration::from_millis(ms)))
            }
        }
    }

    /// What a person should know of the audio; where none came, of what stood in its place.
    pub fn findings(&self) -> Vec<Finding> {
        match (&self.audio, &self.last_error) {
            (Some(audio), _) => audio.findings.clone(),
            (None, Some(error)) => Finding::of_code(&error.code).into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// What the audio's tag has to say, which the bucket's rules ask for.
    pub fn retention_tag(&self) -> RetentionTag {
        match (self.hold, self.retention) {
            (true, _) => RetentionTag::Hold,
            (false, retention) => RetentionTag::Of(retention),
        }
    }

    /// Whether it was settled without its lines, and they are in a history after all: then the provider's copy, which
    /// was kept for want of them, waits for what is to become of it.
    pub fn was_settled_too_soon(&self) -> bool {
        let lacked_a_line = matches!(self.provider_kept_because.as_deref(), Some(NO_JOB | HISTORY_FULL));
        self.state == State::Settled && lacked_a_line && !self.lines.is_empty() && self.all_lines_confirmed()
    }

    /// Whether the audio came from its legacy URL, and not from the provider.
    pub fn came_from_legacy(&self) -> bool {
        self.states.iter().any(|reached| reached.state == State::Stored && reached.why.as_deref() == Some(FROM_LEGACY))
    }

    /// Whether somebody imported the recording.
    pub fn was_imported(&self) -> bool {
        self.states.first().is_some_and(|reached| reached.why.as_deref() == Some(IMPORTED))
    }

    /// Whether nothing is left to do, so that the `open/` marker can go.
    pub fn is_finished(&self) -> bool {
        match self.state {
            State::Expired | State::Erased => true,
            _ if self.lacks_its_transcript() => false,
            State::Settled => !self.was_settled_too_soon(),
            State::Absent => self.all_lines_confirmed() && !self.is_being_fetched_after_all(),
            State::Suspect => self.all_lines_confirmed(),
            State::Received | State::Fallback | State::Stored | State::Failed => false,
        }
    }
}

#[cfg(test)]
#[path = "ledger_entry/ledger_entry_tests.rs"]
mod tests;

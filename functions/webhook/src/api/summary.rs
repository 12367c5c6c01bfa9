//! What is told of a recording wherever one is told of.

use jiff::Timestamp;
use recordings::ledger_entry::LedgerEntry;
use recordings::recording::Direction;
use serde::Serialize;
use utoipa::ToSchema;

use super::explanation::Explanation;
use super::waveform::AudioFinding;

/// What is known of one recording.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Summary {
    /// The call at its provider.
    call_id: String,
    /// The recording at its provider; `none` stands for one that the call should have had.
    recording_id: String,
    /// Who made the recording: `twilio`, `vapi` or `elevenlabs`.
    provider: &'static str,
    /// The job that the call belongs to, once it is known.
    job_number: Option<String>,
    /// Who called, where the provider said so.
    from: Option<String>,
    /// Who was called, where the provider said so.
    to: Option<String>,
    /// Who began the call, seen from us: `inbound` or `outbound`, where the provider said so.
    direction: Option<&'static str>,
    /// When the recording started.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Its length in seconds, measured where the audio is here, else as the provider gave it.
    duration_seconds: Option<f64>,
    #[serde(flatten)]
    explanation: Explanation,
    /// The audio's key in the bucket, where it is or will be.
    recording_storage_path: Option<String>,
    /// When the audio was verified in the bucket.
    #[schema(value_type = Option<String>, format = DateTime)]
    recording_uploaded_at: Option<Timestamp>,
    /// How many channels the audio has, once it was looked at.
    channels: Option<u8>,
    /// There is a transcript and no audio.
    transcript_only_fallback: bool,
    /// What a person should know of the audio.
    findings: Vec<AudioFinding>,
    /// A legal hold is on: nothing of it is deleted.
    hold: bool,
}

impl Summary {
    pub(super) fn of(entry: &LedgerEntry) -> Self {
        Self {
            call_id: entry.recording.call_id.to_string(),
            recording_id: entry.recording.recording_id.to_string(),
            provider: entry.recording.provider.as_str(),
            job_number: entry.job_number.as_ref().map(ToString::to_string),
            from: entry.from.as_ref().map(|number| number.as_str().to_owned()),
            to: entry.to.as_ref().map(|number| number.as_str().to_owned()),
            direction: entry.direction.map(Direction::as_str),
            started_at: entry.started_at,
            duration_seconds: duration(entry),
            explanation: Explanation::of(entry),
            recording_storage_path: entry.recording_storage_path.as_ref().map(ToString::to_string),
            recording_uploaded_at: entry.recording_uploaded_at,
            channels: entry.audio.as_ref().and_then(|audio| audio.channels),
            transcript_only_fallback: entry.transcript_only_fallback,
            findings: AudioFinding::all_of(entry),
            hold: entry.hold,
        }
    }
}

fn duration(entry: &LedgerEntry) -> Option<f64> {
    let measured = entry.audio.as_ref().and_then(|audio| audio.duration_measured_ms);
    measured.map(|ms| ms as f64 / 1_000.0).or(entry.duration_reported_seconds.map(f64::from))
}

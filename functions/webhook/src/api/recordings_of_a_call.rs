//! What is known of a call's recordings, and where they are heard.

use std::sync::Arc;

use axum::response::Response;
use futures_util::future::{try_join, try_join_all};
use jiff::{SignedDuration, Timestamp};
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::object_key::AudioKey;
use recordings::ports::{Clock, LinkSigner, Method, PortError, SignedUrl};
use recordings::recording::CallRef;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::entries;
use super::explanation::Explanation;
use super::input::CallInPath;
use super::problem::NOT_FOUND;
use super::{Answer, private};
use crate::access::{self, Visitor};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// A call's recordings. The one that is to be heard first is told at once; all of them are in `recordings`.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordingsOfACall {
    #[serde(flatten)]
    first: RecordingOfACall,
    /// Each recording of the call, those that can be heard first.
    recordings: Vec<RecordingOfACall>,
}

/// One recording of a call.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct RecordingOfACall {
    /// The call at its provider.
    call_id: String,
    /// The recording at its provider; `none` stands for one that the call should have had.
    recording_id: String,
    /// Who made the recording: `twilio`, `vapi` or `elevenlabs`.
    provider: &'static str,
    /// The job that the call belongs to, once it is known.
    job_number: Option<String>,
    /// When the recording started.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Its length in seconds, measured where the audio is here, else as the provider gave it.
    duration_seconds: Option<f64>,
    #[serde(flatten)]
    explanation: Explanation,
    /// The audio's key in the bucket, where it is or will be.
    recording_storage_path: Option<String>,
    /// A URL that plays the audio for a while, for whoever has it.
    recording_signed_url: Option<String>,
    /// When that URL ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    recording_signed_url_expires_at: Option<Timestamp>,
    /// When the audio was verified in the bucket.
    #[schema(value_type = Option<String>, format = DateTime)]
    recording_uploaded_at: Option<Timestamp>,
    /// There is a transcript and no audio.
    transcript_only_fallback: bool,
    /// When the signed URL ends.
    #[serde(rename = "expiresAt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// In how many seconds that is.
    #[serde(rename = "expiresIn")]
    expires_in: Option<i64>,
}

/// The recordings of a call, each with a signed URL where its audio is in the bucket.
#[utoipa::path(
    get,
    path = "/api/calls/{callId}/recording",
    tag = "reading",
    params(("callId" = String, Path, description = "the call at its provider")),
    responses((status = 200, description = "what is known of them", body = RecordingsOfACall)),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn recordings_of_a_call<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call: CallRef = caller.call(call);
    let entries = entries::of_call(&app, &call).await?;
    let told = entries.into_iter().map(|entry| tell(&app, entry, &caller.visitor));
    let recordings = try_join_all(told).await?;
    let first = recordings.first().cloned().ok_or(&NOT_FOUND)?;
    Ok(private(&RecordingsOfACall { first, recordings }))
}

async fn tell<P: ApiPorts>(app: &App<P>, entry: LedgerEntry, visitor: &Visitor) -> Result<RecordingOfACall, PortError> {
    let now = app.ports.clock().now();
    let signed = match key_in_bucket(&entry) {
        Some(key) => Some(sign(app, &entry, key, visitor).await?),
        None => None,
    };
    let expires_at = signed.as_ref().map(|signed| signed.expires_at);
    Ok(RecordingOfACall {
        call_id: entry.recording.call_id.to_string(),
        recording_id: entry.recording.recording_id.to_string(),
        provider: entry.recording.provider.as_str(),
        job_number: entry.job_number.as_ref().map(ToString::to_string),
        started_at: entry.started_at,
        duration_seconds: duration(&entry),
        explanation: Explanation::of(&entry),
        recording_storage_path: entry.recording_storage_path.as_ref().map(ToString::to_string),
        recording_signed_url: signed.map(|signed| signed.url),
        recording_signed_url_expires_at: expires_at,
        recording_uploaded_at: entry.recording_uploaded_at,
        transcript_only_fallback: entry.transcript_only_fallback,
        expires_at,
        expires_in: expires_at.map(|end| seconds_until(end, now)),
    })
}

/// Where the audio lies, where it lies in our bucket.
fn key_in_bucket(entry: &LedgerEntry) -> Option<&AudioKey> {
    match entry.state() {
        State::Stored | State::Suspect | State::Settled => entry.recording_storage_path.as_ref(),
        _ => None,
    }
}

/// A signed URL. Whoever has it can hear the recording, so that giving it out is an access, and leaves a trace: both at
/// once, because the trace is true as soon as the URL may go out.
async fn sign<P: ApiPorts>(
    app: &App<P>,
    entry: &LedgerEntry,
    key: &AudioKey,
    visitor: &Visitor,
) -> Result<SignedUrl, PortError> {
    let lifetime = app.settings.signed_url_lifetime;
    let signing = app.ports.signer().sign(key, key.file_name(), Method::Get, lifetime);
    let signing = in_time(&app.ports, entries::PATIENCE, "sign a URL", signing);
    let traced = async {
        access::record(app, &entry.recording, visitor, "bucket", "signed").await;
        Ok(())
    };
    let (signed, ()) = try_join(signing, traced).await?;
    Ok(signed)
}

fn duration(entry: &LedgerEntry) -> Option<f64> {
    let measured = entry.audio.as_ref().and_then(|audio| audio.duration_measured_ms);
    measured.map(|ms| ms as f64 / 1_000.0).or(entry.duration_reported_seconds.map(f64::from))
}

fn seconds_until(end: Timestamp, now: Timestamp) -> i64 {
    end.duration_since(now).max(SignedDuration::ZERO).as_secs()
}

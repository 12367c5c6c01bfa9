//! What is to be heard in a recording: what a player draws, and what was found.

use std::sync::Arc;

use axum::http::header::RETRY_AFTER;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use recordings::audio::{ChannelWaveform, Finding, Waveform};
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{TransferQueue, WaveformRead};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::conditional::{Keeping, tagged};
use super::input::{CallInPath, Parameters};
use super::problem::{NO_AUDIO, NOT_FOUND};
use super::signed::key_in_bucket;
use super::{Answer, entries, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

const PARAMETERS: [&str; 1] = ["recording"];

/// After how many seconds it is worth asking again.
const AGAIN_IN: u16 = 3;

/// What is to be heard in a recording.
#[derive(Serialize, ToSchema)]
pub(super) struct WaveformOfARecording {
    /// The version of this form, 1.
    version: u32,
    /// How long what was heard plays, in seconds.
    seconds: f64,
    /// Samples per second and channel; 0 where the audio's format is not decoded.
    sample_rate: u32,
    /// Each channel, in the file's order; none where the audio's format is not decoded.
    channels: Vec<Peaks>,
    /// What a person should know of the audio.
    findings: Vec<AudioFinding>,
}

/// What a player draws of one channel.
#[derive(Serialize, ToSchema)]
struct Peaks {
    /// The loudest sample of each of up to a thousand equal stretches of time, from 0, silence, to 100, full scale.
    peaks: Vec<u8>,
}

/// Something that a person should know of a recording's audio.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct AudioFinding {
    #[serde(flatten)]
    #[schema(value_type = FindingKind)]
    kind: Finding,
    /// The same, for a person.
    explanation: String,
}

/// What was found, in a word that is stable.
#[derive(ToSchema)]
#[schema(as = FindingKind)]
#[expect(dead_code, reason = "it is what the document says of a type that lives elsewhere")]
struct FindingKind {
    /// `empty`, `text`, `unknown_format`, `header_only`, `truncated`, `bad_header`, `other_format`, `sample_rate`, `silence`,
    /// `dead_channel` or `clipping`.
    kind: String,
    /// Which channel, from 1, where it is about one.
    channel: Option<u8>,
}

impl AudioFinding {
    /// What is known of a recording's audio.
    pub(super) fn all_of(entry: &LedgerEntry) -> Vec<Self> {
        entry.findings().into_iter().map(|kind| Self { kind, explanation: kind.explanation() }).collect()
    }
}

/// The word that somebody is about to listen.
#[derive(Serialize, ToSchema)]
struct BeingHeard {
    /// What happens.
    message: &'static str,
}

/// What is to be heard in a recording. Where nobody has listened to it yet, somebody is asked to.
#[utoipa::path(
    get,
    path = "/api/calls/{callId}/recording/waveform",
    tag = "reading",
    params(("recording" = Option<String>, Query, description = "which of the call's recordings; the one that is heard first where it is left out")),
    responses(
        (status = 200, description = "what is to be heard", body = WaveformOfARecording),
        (status = 202, description = "somebody is about to listen; Retry-After says when to ask again", body = BeingHeard),
        (status = 304, description = "it is what If-None-Match names"),
        (status = 409, description = "there is no audio, or none yet"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn waveform_of_a_recording<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    (call, uri): (CallInPath, Uri),
) -> Answer<Response> {
    let parameters = Parameters::read(uri.query().unwrap_or_default(), &PARAMETERS)?;
    let entries = entries::of_call(&app, &caller.call(call)).await?;
    let is_meant = |entry: &&LedgerEntry| {
        parameters.get("recording").is_none_or(|wanted| entry.recording.recording_id.to_string() == wanted)
    };
    let entry = entries.iter().find(is_meant).ok_or(&NOT_FOUND)?;
    if key_in_bucket(entry).is_none() {
        return Err((&NO_AUDIO).into());
    }
    let read = app.ports.waveforms().get(&entry.recording);
    match in_time(&app.ports, entries::PATIENCE, "read a waveform", read).await? {
        Some(waveform) => Ok(tagged(Keeping::OnlyByTheProgram, &of(waveform, entry))),
        None => {
            let request = TransferRequest::to_listen(entry, Origin::Demand);
            let send = app.ports.transfer_queue().send(&request);
            in_time(&app.ports, entries::PATIENCE, "send to TransferQueue", send).await?;
            let word = private(&BeingHeard { message: "Somebody is about to listen to the recording." });
            Ok((StatusCode::ACCEPTED, [(RETRY_AFTER, AGAIN_IN.to_string())], word).into_response())
        }
    }
}

fn of(waveform: Waveform, entry: &LedgerEntry) -> WaveformOfARecording {
    let Waveform { version, seconds, sample_rate, channels, .. } = waveform;
    let peaks = |ChannelWaveform { peaks }| Peaks { peaks };
    WaveformOfARecording {
        version,
        seconds,
        sample_rate,
        channels: channels.into_iter().map(peaks).collect(),
        findings: AudioFinding::all_of(entry),
    }
}

//! What is known of a call's recordings, and where they are heard.

use std::sync::Arc;

use axum::response::Response;
use futures_util::future::try_join_all;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{PortError, TranscriptRead};
use recordings::recording::CallRef;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::input::CallInPath;
use super::problem::NOT_FOUND;
use super::signed::Signed;
use super::summary::Summary;
use super::{Answer, entries, private};
use crate::access::Visitor;
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// A call's recordings. The one that is to be heard first is told at once; all of them are in `recordings`.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordingsOfACall {
    #[serde(flatten)]
    first: RecordingOfACall,
    /// What was said, as the provider wrote it down, where there is no audio.
    transcript: Option<String>,
    /// Each recording of the call, those that can be heard first.
    recordings: Vec<RecordingOfACall>,
}

/// One recording of a call.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct RecordingOfACall {
    #[serde(flatten)]
    summary: Summary,
    #[serde(flatten)]
    signed: Signed,
}

/// The recordings of a call, each with a signed URL where its audio is in the bucket.
#[utoipa::path(
    get,
    path = "/api/calls/{callId}/recording",
    tag = "reading",
    responses((status = 200, description = "what is known of them", body = RecordingsOfACall)),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn recordings_of_a_call<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call = caller.call(call);
    let entries = entries::of_call(&app, &call).await?;
    let transcript = transcript_in_place_of_audio(&app, &call, &entries).await?;
    let told = entries.into_iter().map(|entry| tell(&app, entry, &caller.visitor));
    let recordings = try_join_all(told).await?;
    let first = recordings.first().cloned().ok_or(&NOT_FOUND)?;
    Ok(private(&RecordingsOfACall { first, transcript, recordings }))
}

async fn tell<P: ApiPorts>(app: &App<P>, entry: LedgerEntry, visitor: &Visitor) -> Result<RecordingOfACall, PortError> {
    let lifetime = app.settings.signed_url_lifetime;
    let signed = Signed::for_audio_of(app, &entry, visitor, lifetime).await?;
    Ok(RecordingOfACall { summary: Summary::of(&entry), signed })
}

async fn transcript_in_place_of_audio<P: ApiPorts>(
    app: &App<P>,
    call: &CallRef,
    entries: &[LedgerEntry],
) -> Result<Option<String>, PortError> {
    let there_is_audio = entries.iter().any(|entry| entry.state().has_audio());
    if there_is_audio || !entries.iter().any(|entry| entry.transcript_only_fallback) {
        return Ok(None);
    }
    let read = app.ports.transcripts().get(call);
    let transcript = in_time(&app.ports, entries::PATIENCE, "read a transcript", read).await?;
    Ok(transcript.map(|transcript| transcript.text))
}

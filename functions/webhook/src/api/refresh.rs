//! A fresh signed URL, for who kept one that ended.

use std::sync::Arc;

use axum::response::Response;
use futures_util::future::try_join_all;
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::ports::PortError;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::explanation::Explanation;
use super::input::CallInPath;
use super::problem::{GONE, NO_AUDIO, NOT_FOUND, Problem};
use super::signed::{Signed, key_in_bucket};
use super::{Answer, entries, private};
use crate::access::Visitor;
use crate::{ApiPorts, App};

/// Fresh URLs of a call's recordings. That of the first is told at once.
#[derive(Serialize, ToSchema)]
pub(super) struct Refreshed {
    #[serde(flatten)]
    first: RefreshedRecording,
    /// The URL of each recording that can be heard.
    recordings: Vec<RefreshedRecording>,
}

/// A fresh URL of one recording.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct RefreshedRecording {
    /// The recording at its provider.
    recording_id: String,
    #[serde(flatten)]
    signed: Signed,
}

/// Signs URLs of a call's recordings anew, for `RECORDING_URL_EXPIRY_SECONDS` or until the signing credentials end.
#[utoipa::path(
    post,
    path = "/api/calls/{callId}/recording/refresh",
    tag = "reading",
    params(("callId" = String, Path, description = "the call at its provider")),
    responses(
        (status = 200, description = "the URLs", body = Refreshed),
        (status = 409, description = "there is no audio, or none yet", body = super::problem::ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "the audio was deleted", body = super::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn refresh_recording<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let entries = entries::of_call(&app, &caller.call(call)).await?;
    let problem = without_audio(&entries);
    let heard = entries.into_iter().filter(|entry| key_in_bucket(entry).is_some());
    let recordings = try_join_all(heard.map(|entry| sign(&app, entry, &caller.visitor))).await?;
    let first = recordings.first().cloned().ok_or(problem)?;
    Ok(private(&Refreshed { first, recordings }))
}

async fn sign<P: ApiPorts>(
    app: &App<P>,
    entry: LedgerEntry,
    visitor: &Visitor,
) -> Result<RefreshedRecording, PortError> {
    let lifetime = app.settings.api.refreshed_url_lifetime;
    let signed = Signed::for_audio_of(app, &entry, visitor, lifetime).await?;
    Ok(RefreshedRecording { recording_id: entry.recording.recording_id.to_string(), signed })
}

/// What is answered where nothing can be heard.
fn without_audio(entries: &[LedgerEntry]) -> Problem {
    let Some(first) = entries.first() else { return Problem::new(&NOT_FOUND) };
    let kind = if matches!(first.state(), State::Expired | State::Erased) { &GONE } else { &NO_AUDIO };
    Problem::new(kind).detail(Explanation::of(first).explanation)
}

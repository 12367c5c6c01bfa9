//! A fresh signed URL, for who kept one that ended.

use std::sync::Arc;

use axum::response::Response;
use futures_util::future::try_join_all;
use recordings::history_line::{LineEvent, PinnedLine, UrlKind};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::ports::{Clock, PortError};
use recordings::recording::{CallRef, RecordingRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::control::change;
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

/// Signs URLs of a call's recordings anew, for `RECORDING_URL_EXPIRY_SECONDS` or until the signing credentials end. Where
/// histories have signed URLs (`RECORDING_URL_KIND=signed`) the job's gets these in new lines.
#[utoipa::path(
    post,
    path = "/api/calls/{callId}/recording/refresh",
    tag = "reading",
    responses(
        (status = 200, description = "the URLs", body = Refreshed),
        (status = 409, description = "there is no audio, or none yet"),
        (status = 410, description = "the audio was deleted"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn refresh_recording<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call = caller.call(call);
    let entries = entries::of_call(&app, &call).await?;
    let problem = without_audio(&entries);
    let heard = entries.into_iter().filter(|entry| key_in_bucket(entry).is_some());
    let recordings = try_join_all(heard.map(|entry| sign(&app, entry, &caller.visitor))).await?;
    let first = recordings.first().map(|(_, refreshed)| refreshed.clone()).ok_or(problem)?;
    if app.settings.api.line_url == UrlKind::Signed {
        tell_the_history(&app, &call, &recordings).await?;
    }
    let recordings = recordings.into_iter().map(|(_, refreshed)| refreshed).collect();
    Ok(private(&Refreshed { first, recordings }))
}

async fn sign<P: ApiPorts>(
    app: &App<P>,
    entry: LedgerEntry,
    visitor: &Visitor,
) -> Result<(RecordingRef, RefreshedRecording), PortError> {
    let lifetime = app.settings.api.refreshed_url_lifetime;
    let signed = Signed::for_audio_of(app, &entry, visitor, lifetime).await?;
    let recording_id = entry.recording.recording_id.to_string();
    Ok((entry.recording, RefreshedRecording { recording_id, signed }))
}

/// Asks for a line with each URL, as a decision about the call is asked for: durable when this returns, and written by
/// transfer however often it is told. Who asks twice in a minute gets one line.
async fn tell_the_history<P: ApiPorts>(
    app: &App<P>,
    call: &CallRef,
    refreshed: &[(RecordingRef, RefreshedRecording)],
) -> Answer<()> {
    change::tell_beforehand(app, call).await?;
    let now = app.ports.clock().now();
    for (recording, RefreshedRecording { signed, .. }) in refreshed {
        if let Some((url, ends_at)) = signed.url() {
            let event = LineEvent::Signed { url, ends_at };
            let line = PinnedLine::new(&app.settings.api.line_style, now, recording, &event);
            change::entry(app, recording, &Change::UrlSignedAnew(line)).await?;
        }
    }
    change::tell(app, call).await
}

/// What is answered where nothing can be heard.
fn without_audio(entries: &[LedgerEntry]) -> Problem {
    let Some(first) = entries.first() else { return Problem::new(&NOT_FOUND) };
    let kind = if matches!(first.state(), State::Expired | State::Erased) { &GONE } else { &NO_AUDIO };
    Problem::new(kind).detail(Explanation::of(first).explanation)
}

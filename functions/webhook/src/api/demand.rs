//! Audio that is not in our bucket yet: transfer is asked for it, and the ledger is looked at until it tells.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use futures_util::future::join;
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::TransferRequest;
use recordings::ports::{Clock, LedgerRead, OpenMarkerWrite, PortError, TransferQueue};
use recordings::recording::RecordingRef;
use recordings::telemetry::causes;
use serde::Serialize;
use utoipa::ToSchema;

use super::entries::PATIENCE;
use super::private;
use crate::link::deadline::Deadline;
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// What is left of a request's time for its signature, once the waiting is over.
const FOR_THE_SIGNATURE: Duration = Duration::from_secs(5);

/// The ledger is looked at so often: at first soon, then every second.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LATER_LOOKS: Duration = Duration::from_secs(1);

/// After how many seconds it is worth asking again.
const AGAIN_IN: u16 = 5;

/// What came of it within the time that there is.
#[derive(Debug)]
pub(super) enum Fetched {
    /// It is in our bucket.
    Home(LedgerEntry),
    /// It could not be had.
    Nowhere(LedgerEntry),
    /// Nobody knows yet.
    OnItsWay,
}

/// The word that audio is being fetched.
#[derive(Serialize, ToSchema)]
pub(crate) struct OnItsWay {
    /// What happens.
    message: &'static str,
    /// Always `pending`.
    status: &'static str,
    /// Where the progress is told.
    availability: String,
}

/// Asks for the audio and waits for it, for as long as a request may.
///
/// # Errors
/// When nobody could be asked.
pub(super) async fn fetch<P: ApiPorts>(
    app: &App<P>,
    before: &LedgerEntry,
    deadline: Deadline,
) -> Result<Fetched, PortError> {
    ask(app, &TransferRequest::on_demand(before)).await?;
    let clock = app.ports.clock();
    let mut pause = FIRST_LOOK;
    while deadline.left(clock) > FOR_THE_SIGNATURE + pause {
        clock.sleep(pause).await;
        let patience = PATIENCE.min(deadline.left(clock));
        let look = app.ports.ledger().get(&before.recording);
        // A look that fails is made up for by the next.
        if let Ok(Some(now)) = in_time(&app.ports, patience, "read the ledger entry", look).await {
            if now.entry.state().has_audio() {
                return Ok(Fetched::Home(now.entry));
            }
            if is_told(before, &now.entry) {
                return Ok(Fetched::Nowhere(now.entry));
            }
        }
        pause = (pause * 2).min(LATER_LOOKS);
    }
    Ok(Fetched::OnItsWay)
}

/// Makes a request durable: on the queue, and as unfinished business. One of both is enough. A marker that is there knows
/// more than we do, and stays.
///
/// # Errors
/// When neither took it.
pub(super) async fn ask<P: ApiPorts>(app: &App<P>, request: &TransferRequest) -> Result<(), PortError> {
    let queued = in_time(&app.ports, PATIENCE, "send to TransferQueue", app.ports.transfer_queue().send(request));
    let event = request.event();
    let marked = in_time(&app.ports, PATIENCE, "write the open marker", app.ports.open_markers().renew(&event, None));
    let (queued, marked) = join(queued, marked).await;
    if let (Err(error), Ok(())) | (Ok(()), Err(error)) = (&queued, &marked) {
        tracing::warn!(
            log_type = "demand_half_durable",
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(error),
            "the queue or the bucket did not take a demand; the other one carries it",
        );
    }
    if marked.is_ok() { Ok(()) } else { queued }
}

/// Whether a try is over since then.
fn is_told(before: &LedgerEntry, now: &LedgerEntry) -> bool {
    let is_over = match now.state() {
        State::Expired | State::Erased => true,
        State::Absent => before.state() != State::Absent && !now.is_being_fetched_after_all(),
        _ => false,
    };
    is_over || now.last_error != before.last_error
}

/// Says that the audio is being fetched.
pub(super) fn on_its_way(recording: &RecordingRef) -> Response {
    let availability = format!("/api/calls/{}/recording/availability", recording.call_id);
    let word = OnItsWay { message: "The audio is being fetched.", status: "pending", availability };
    (StatusCode::ACCEPTED, [(RETRY_AFTER, AGAIN_IN.to_string())], private(&word)).into_response()
}

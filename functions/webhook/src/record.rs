//! Making an event durable before it is answered.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use futures_util::future::join;
use recordings::messages::TransferRequest;
use recordings::ports::{OpenMarkerWrite, PortError, TransferQueue};
use recordings::telemetry::causes;

use crate::patience::in_time;
use crate::{App, Ports, answer};

/// How long a provider is kept waiting for the queue and the bucket.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The event is neither in the queue nor in the bucket.
#[derive(Debug, thiserror::Error)]
#[error("neither the queue nor the bucket took the event")]
struct NotDurable;

/// Takes an event, and answers with `accepted` once it is durable.
pub(crate) async fn take<P: Ports>(app: &App<P>, request: &TransferRequest, accepted: StatusCode) -> Response {
    let marker = app.ports.open_markers().put(request);
    answered(app, request, accepted, durably(app, request, marker).await)
}

/// Takes an event that says less than another of the same recording, and so never takes that one's place.
pub(crate) async fn take_as_hint<P: Ports>(app: &App<P>, request: &TransferRequest, accepted: StatusCode) -> Response {
    let marker = app.ports.open_markers().renew(request, None);
    answered(app, request, accepted, durably(app, request, marker).await)
}

/// Puts the event on the queue and its marker into the bucket, at once. One of them is enough: the queue brings the
/// recording home now, the marker at the next sweep.
async fn durably<P: Ports>(
    app: &App<P>,
    request: &TransferRequest,
    marker: impl Future<Output = Result<(), PortError>> + Send,
) -> Result<(), NotDurable> {
    let queue = in_time(&app.ports, PATIENCE, "send to TransferQueue", app.ports.transfer_queue().send(request));
    let marker = in_time(&app.ports, PATIENCE, "write the open marker", marker);
    let (queued, marked) = join(queue, marker).await;
    for error in [&queued, &marked].into_iter().filter_map(|result| result.as_ref().err()) {
        tracing::error!(
            log_type = "webhook_half_durable",
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(error),
            "an event is not where it should be",
        );
        app.count(request.recording.provider, "webhook_half_durable");
    }
    if queued.is_ok() || marked.is_ok() { Ok(()) } else { Err(NotDurable) }
}

fn answered<P: Ports>(
    app: &App<P>,
    request: &TransferRequest,
    accepted: StatusCode,
    taken: Result<(), NotDurable>,
) -> Response {
    let recording = &request.recording;
    let (metric, status) = match taken {
        Ok(()) => {
            tracing::info!(
                log_type = "webhook_accepted",
                organisation = %recording.organisation,
                call_id = %recording.call_id,
                recording_id = %recording.recording_id,
                has_job = request.job_number.is_some(),
                "a recording was reported",
            );
            ("webhook_accepted", accepted)
        }
        Err(error) => {
            tracing::error!(
                log_type = "webhook_not_durable",
                organisation = %recording.organisation,
                call_id = %recording.call_id,
                recording_id = %recording.recording_id,
                error = %error,
                "the provider is asked to send the event again",
            );
            ("webhook_not_durable", StatusCode::SERVICE_UNAVAILABLE)
        }
    };
    app.count(recording.provider, metric);
    answer::empty(status)
}

//! Making an event durable before it is answered.

use std::time::Duration;

use futures_util::future::join;
use recordings::messages::TransferRequest;
use recordings::ports::{OpenMarkerWrite, TransferQueue};
use recordings::telemetry::causes;

use crate::patience::in_time;
use crate::{App, Ports};

/// How long a provider is kept waiting for the queue and the bucket.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The event is neither in the queue nor in the bucket.
#[derive(Debug, thiserror::Error)]
#[error("neither the queue nor the bucket took the event")]
pub(crate) struct NotDurable;

/// Puts the event on the queue and its marker into the bucket, at once. One of them is enough: the queue brings the
/// recording home now, the marker at the next sweep.
pub(crate) async fn durably<P: Ports>(app: &App<P>, request: &TransferRequest) -> Result<(), NotDurable> {
    let queue = in_time(&app.ports, PATIENCE, "send to TransferQueue", app.ports.transfer_queue().send(request));
    let marker = in_time(&app.ports, PATIENCE, "write the open marker", app.ports.open_markers().put(request));
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

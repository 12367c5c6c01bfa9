//! What follows a transfer that its invocation was too short for.

use futures_util::future::join;
use recordings::messages::{Continuation, TransferRequest};
use recordings::ports::{Clock, OpenMarkerWrite, PortError, TransferQueue};
use recordings::telemetry::{Metric, Metrics, causes};

use crate::{Ports, copy};

/// Whether more parts are in the bucket than when the request came. Otherwise going on would go on for ever.
pub(super) fn came_further(request: &TransferRequest, tried: &TransferRequest) -> bool {
    parts(tried) > parts(request)
}

fn parts(request: &TransferRequest) -> usize {
    request.continuation.as_ref().map_or(0, |so_far| so_far.parts.len())
}

/// Whether an earlier invocation was too short for the transfer.
pub(super) fn outlived(request: &TransferRequest) -> bool {
    request.continuation.as_ref().is_some_and(|so_far| so_far.outlived)
}

/// Hands over to another invocation, which goes on with the parts that are in the bucket.
pub(super) async fn elsewhere(ports: &impl Ports, tried: &TransferRequest) -> Result<(), PortError> {
    let recording = &tried.recording;
    let (sent, ()) = join(ports.transfer_queue().send(tried), touch(ports, tried)).await;
    if let Err(error) = sent {
        abandon(ports, tried).await;
        return Err(error);
    }
    tracing::info!(
        log_type = "transfer_goes_on_elsewhere",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        attempt = tried.attempt,
        parts = parts(tried),
        bytes = tried.continuation.as_ref().map(|so_far| so_far.stopped.offset),
        "the transfer outlives its invocation; another one goes on with it",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("continued")]);
    Ok(())
}

/// The sweep leaves alone what was touched lately, and would otherwise begin the transfer anew beside this one.
async fn touch(ports: &impl Ports, request: &TransferRequest) {
    if let Err(error) = ports.open_markers().put(&request.event()).await {
        tracing::warn!(
            log_type = "open_marker_not_written",
            recording_id = %request.recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(&error),
            "the sweep may begin a transfer that is under way",
        );
    }
}

/// Gives up the upload that a request would have gone on with, because nobody will.
pub(super) async fn abandon(ports: &impl Ports, request: &TransferRequest) {
    if let Some(so_far) = &request.continuation {
        copy::give_up(ports, &Continuation::upload(so_far, &request.recording)).await;
    }
}

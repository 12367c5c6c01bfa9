//! What follows a transfer that its invocation was too short for.

use std::time::Duration;

use futures_util::future::join;
use recordings::messages::{Continuation, TransferRequest};
use recordings::ports::{Clock, PortError, RetryQueue, TransferQueue};
use recordings::telemetry::{Metric, Metrics};

use crate::{Ports, copy, open_marker};

/// Whether the bucket holds more than when the request came. Otherwise going on would go on for ever.
pub(super) fn came_further(request: &TransferRequest, tried: &TransferRequest) -> bool {
    match (&request.continuation, &tried.continuation) {
        (_, None) => false,
        (Some(before), Some(now)) if before.upload_id == now.upload_id => now.parts.len() > before.parts.len(),
        (_, Some(_)) => true,
    }
}

fn parts(request: &TransferRequest) -> usize {
    request.continuation.as_ref().map_or(0, |so_far| so_far.parts.len())
}

/// Whether an earlier invocation was too short for the transfer.
pub(super) fn outlived(request: &TransferRequest) -> bool {
    request.continuation.as_ref().is_some_and(|so_far| so_far.outlived)
}

/// Hands over to another invocation, which goes on with the parts that are in the bucket: through TransferQueue, or, where
/// that takes nothing, with the sweeper's next run.
pub(super) async fn elsewhere(
    ports: &impl Ports,
    request: &TransferRequest,
    tried: &TransferRequest,
) -> Result<(), PortError> {
    let recording = &tried.recording;
    // The sweep leaves alone what was touched lately, and would otherwise begin the transfer anew beside this one.
    let (sent, ()) = join(send(ports, tried), open_marker::remember(ports, tried)).await;
    if let Err(error) = sent {
        abandon_unless_known(ports, request, tried).await;
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

async fn send(ports: &impl Ports, tried: &TransferRequest) -> Result<(), PortError> {
    match ports.transfer_queue().send(tried).await {
        Ok(()) => Ok(()),
        Err(_) => ports.retry_queue().send(tried, Duration::ZERO).await,
    }
}

/// Gives up an upload of which the request, which comes again, knows nothing.
pub(super) async fn abandon_unless_known(ports: &impl Ports, request: &TransferRequest, tried: &TransferRequest) {
    let upload = |request: &TransferRequest| request.continuation.as_ref().map(|so_far| so_far.upload_id.clone());
    if upload(request) != upload(tried) {
        abandon(ports, tried).await;
    }
}

/// Gives up the upload that a request would have gone on with, because nobody will.
pub(super) async fn abandon(ports: &impl Ports, request: &TransferRequest) {
    if let Some(so_far) = &request.continuation {
        copy::give_up(ports, &Continuation::upload(so_far, &request.recording)).await;
    }
}

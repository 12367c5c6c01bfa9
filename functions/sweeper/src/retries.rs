//! RetryQueue: what is due goes on its way, the rest waits on. A message is deleted only after what it led to is durable.

use std::time::Duration;

use jiff::Timestamp;
use recordings::messages::TransferRequest;
use recordings::ports::{Clock, PortError, RetryQueue, RetryQueueConsume, TransferQueue, WaitingRetry};
use recordings::telemetry::{Metric, Metrics};

use crate::{Deadline, Outcome, Ports, count};

/// Goes through the messages that are visible now.
pub(crate) async fn forward(ports: &impl Ports, deadline: Deadline, outcome: &mut Outcome) -> Result<(), PortError> {
    while !deadline.is_near(ports.clock()) {
        let messages = ports.retry_queue().receive().await?;
        if messages.is_empty() {
            break;
        }
        for message in &messages {
            one(ports, message, outcome).await?;
        }
    }
    Ok(())
}

async fn one(ports: &impl Ports, message: &WaitingRetry, outcome: &mut Outcome) -> Result<(), PortError> {
    let Some(request) = &message.request else {
        outcome.unreadable += 1;
        tracing::error!(
            log_type = "message_unreadable",
            message_id = message.id,
            "a retry cannot be read; it stays in the queue",
        );
        count(ports, "message_unreadable");
        return Ok(());
    };
    match remaining(request, ports.clock().now()) {
        None => {
            ports.transfer_queue().send(request).await?;
            outcome.forwarded += 1;
            ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("retries")]);
        }
        Some(wait) => {
            ports.retry_queue().send(request, wait).await?;
            outcome.waiting += 1;
        }
    }
    ports.retry_queue().delete(message).await
}

/// The time until a request is due, or none when it is.
fn remaining(request: &TransferRequest, now: Timestamp) -> Option<Duration> {
    let wait = request.not_before?.duration_since(now);
    Duration::try_from(wait).ok().filter(|wait| !wait.is_zero())
}

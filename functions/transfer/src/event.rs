//! Lambda's view of a batch.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};

use crate::batch::{Batch, Incoming, handle};
use crate::config::Settings;
use crate::{Deadline, Ports};

/// Handles an event of either queue; the answer names the messages that have to come again.
/// Source: AWS Lambda developer guide, *Handling errors for an SQS event source in Lambda*.
pub async fn answer(ports: &impl Ports, settings: &Settings, event: SqsEvent, deadline: Deadline) -> SqsBatchResponse {
    let again = handle(ports, settings, &batch(event), deadline).await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = again
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

/// All messages of an event are from one queue. HistoryQueue is the FIFO one, which its ARN has to end with.
fn batch(event: SqsEvent) -> Batch {
    let fifo = |message: &SqsMessage| message.event_source_arn.as_deref().is_some_and(|arn| arn.ends_with(".fifo"));
    let is_history = event.records.first().is_some_and(fifo);
    let messages = event
        .records
        .into_iter()
        .map(|message| Incoming {
            receives: receives(&message),
            group: message.attributes.get("MessageGroupId").cloned(),
            id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
        })
        .collect();
    if is_history { Batch::Histories(messages) } else { Batch::Transfers(messages) }
}

/// A message that does not say how often it came has come before, so that nothing waits for it.
fn receives(message: &SqsMessage) -> u32 {
    message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(u32::MAX)
}

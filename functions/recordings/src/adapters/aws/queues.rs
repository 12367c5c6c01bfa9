use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::clients::Clients;
use super::errors::port_error;
use crate::messages::{HistoryRequest, TransferRequest};
use crate::ports::{ErrorKind, HistoryQueue, PortError, TransferQueue};

/// TransferQueue. IAM: `sqs:SendMessage` on it.
#[derive(Debug, Clone)]
pub struct SqsTransferQueue {
    queue: Queue,
}

impl SqsTransferQueue {
    /// The queue at a URL.
    pub fn new(clients: &Clients, url: &str) -> Self {
        Self { queue: Queue::new(clients, url) }
    }
}

impl TransferQueue for SqsTransferQueue {
    /// The group makes a standard queue fair: one organisation's backlog delays no other's.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
    async fn send(&self, request: &TransferRequest) -> Result<(), PortError> {
        const OPERATION: &str = "sqs SendMessage TransferQueue";
        let organisation = request.recording.organisation.as_str();
        self.queue.send(OPERATION, request, |message| message.message_group_id(organisation)).await
    }
}

/// HistoryQueue, which is FIFO. IAM: `sqs:SendMessage` on it.
#[derive(Debug, Clone)]
pub struct SqsHistoryQueue {
    queue: Queue,
    airtable_base: String,
}

impl SqsHistoryQueue {
    /// The queue at a URL, for the jobs of one Airtable base.
    pub fn new(clients: &Clients, url: &str, airtable_base: &str) -> Self {
        Self { queue: Queue::new(clients, url), airtable_base: airtable_base.to_owned() }
    }
}

impl HistoryQueue for SqsHistoryQueue {
    async fn send(&self, request: &HistoryRequest) -> Result<(), PortError> {
        const OPERATION: &str = "sqs SendMessage HistoryQueue";
        let group = request.group(&self.airtable_base);
        let deduplication = deduplication_id(request, &group);
        self.queue
            .send(OPERATION, request, |message| message.message_group_id(group).message_deduplication_id(deduplication))
            .await
    }
}

#[derive(Debug, Clone)]
pub(super) struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    pub(super) fn new(clients: &Clients, url: &str) -> Self {
        Self { client: clients.sqs(), url: url.to_owned() }
    }

    pub(super) async fn send(
        &self,
        operation: &'static str,
        message: &impl Serialize,
        addressed: impl FnOnce(SendMessageFluentBuilder) -> SendMessageFluentBuilder,
    ) -> Result<(), PortError> {
        let body = serde_json::to_string(message)
            .map_err(|error| PortError::new(ErrorKind::Invalid, operation, "the message").because(error))?;
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        addressed(request).send().await.map_err(|error| port_error(operation, error))?;
        Ok(())
    }
}

/// SQS takes at most 128 characters, so the ids are hashed. The group is among them because a queue whose duplicates are
/// not told by group would drop a message that is sent again under its job's group.
fn deduplication_id(request: &HistoryRequest, group: &str) -> String {
    hex::encode(Sha256::digest(format!("{}\n{}\n{group}", request.recording, request.entry_version)))
}

#[cfg(test)]
#[path = "queues_tests.rs"]
mod tests;

use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::clients::Clients;
use super::errors::port_error;
use crate::messages::{HistoryRequest, TransferRequest};
use crate::ports::{ErrorKind, HistoryQueue, PortError, SecretSource, TransferQueue};
use crate::recording::AirtableBaseId;

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
    async fn send(&self, request: &TransferRequest) -> Result<(), PortError> {
        const OPERATION: &str = "sqs SendMessage TransferQueue";
        self.queue.send(OPERATION, request, |message| fairly(message, request)).await
    }
}

/// The group of a message in a standard queue keeps no order. It makes the queue fair: the backlog of one organisation
/// delays no other's messages.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
pub(super) fn fairly(message: SendMessageFluentBuilder, request: &TransferRequest) -> SendMessageFluentBuilder {
    message.message_group_id(request.recording.organisation.as_str())
}

/// HistoryQueue, which is FIFO. IAM: `sqs:SendMessage` on it.
#[derive(Debug, Clone)]
pub struct SqsHistoryQueue<S> {
    queue: Queue,
    secrets: Arc<S>,
    installations_base: AirtableBaseId,
}

impl<S> SqsHistoryQueue<S> {
    /// The queue at a URL, for the jobs of each organisation's own Airtable base or else the installation's.
    pub fn new(clients: &Clients, url: &str, secrets: Arc<S>, installations_base: AirtableBaseId) -> Self {
        Self { queue: Queue::new(clients, url), secrets, installations_base }
    }
}

impl<S: SecretSource + Send> HistoryQueue for SqsHistoryQueue<S> {
    /// What an organisation without Airtable is sent has a group all the same: whoever handles it says what is wrong.
    async fn send(&self, request: &HistoryRequest) -> Result<(), PortError> {
        const OPERATION: &str = "sqs SendMessage HistoryQueue";
        let secrets = self.secrets.current().await?;
        let own = secrets.airtable_base(&request.recording.organisation, &self.installations_base);
        let group = request.group(own.unwrap_or(&self.installations_base));
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

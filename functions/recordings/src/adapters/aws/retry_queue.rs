use std::time::Duration;

use aws_sdk_sqs::Client;

use super::clients::Clients;
use super::errors::port_error;
use super::queues::{Queue, fairly};
use crate::messages::{self, TransferRequest};
use crate::ports::{PortError, RetryQueue, RetryQueueConsume, WaitingRetry};

/// The longest that SQS hides a new message.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const LONGEST_DELAY_SECONDS: i32 = 900;
/// The most that SQS gives at once.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const MESSAGES_AT_ONCE: i32 = 10;
/// Long enough to handle ten messages, short enough that those of a sweep that died are seen by the next.
const HIDDEN_SECONDS: i32 = 60;

/// RetryQueue. IAM: `sqs:SendMessage` on it, and `sqs:ReceiveMessage` and `sqs:DeleteMessage` for the sweeper.
#[derive(Debug, Clone)]
pub struct SqsRetryQueue {
    queue: Queue,
    client: Client,
    url: String,
}

impl SqsRetryQueue {
    /// The queue at a URL.
    pub fn new(clients: &Clients, url: &str) -> Self {
        Self { queue: Queue::new(clients, url), client: clients.sqs(), url: url.to_owned() }
    }
}

impl RetryQueue for SqsRetryQueue {
    async fn send(&self, request: &TransferRequest, delay: Duration) -> Result<(), PortError> {
        const OPERATION: &str = "sqs SendMessage RetryQueue";
        let delayed = |message| fairly(message, request).delay_seconds(delay_seconds(delay));
        self.queue.send(OPERATION, request, delayed).await
    }
}

impl RetryQueueConsume for SqsRetryQueue {
    async fn receive(&self) -> Result<Vec<WaitingRetry>, PortError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(MESSAGES_AT_ONCE)
            .visibility_timeout(HIDDEN_SECONDS)
            // Without waiting SQS asks only some of its servers, and may say that nothing is there.
            .wait_time_seconds(1)
            .send()
            .await
            .map_err(|error| port_error("sqs ReceiveMessage RetryQueue", error))?;
        let messages = received.messages.unwrap_or_default().into_iter();
        Ok(messages
            .map(|message| WaitingRetry {
                request: message.body.as_deref().and_then(|body| messages::read(body).ok()),
                id: message.message_id.unwrap_or_default(),
                receipt: message.receipt_handle.unwrap_or_default(),
            })
            .collect())
    }

    async fn delete(&self, message: &WaitingRetry) -> Result<(), PortError> {
        let request = self.client.delete_message().queue_url(&self.url).receipt_handle(&message.receipt);
        request.send().await.map_err(|error| port_error("sqs DeleteMessage RetryQueue", error))?;
        Ok(())
    }
}

/// Whole seconds, never sooner than asked for unless SQS cannot wait that long.
pub(super) fn delay_seconds(delay: Duration) -> i32 {
    let up = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    i32::try_from(up).map_or(LONGEST_DELAY_SECONDS, |seconds| seconds.min(LONGEST_DELAY_SECONDS))
}

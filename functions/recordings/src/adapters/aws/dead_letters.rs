use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

use super::clients::Clients;
use super::errors::port_error;
use crate::ports::{DeadLetter, DeadLetters, ErrorKind, PortError, Redrive};

/// The most that SQS gives at once.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const MESSAGES_AT_ONCE: i32 = 10;
/// As long as the sweeper lives, so that two of its runs never hold the same message; what stays is released before.
const HIDDEN_SECONDS: i32 = 240;

/// A queue together with its dead-letter queue. IAM: `sqs:SendMessage` on the one, and `sqs:ReceiveMessage`,
/// `sqs:DeleteMessage` and `sqs:ChangeMessageVisibility` on the other.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    url: String,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The dead-letter queue at a URL, and the queue at another that gives messages up to it.
    pub fn new(clients: &Clients, url: &str, queue_url: &str) -> Self {
        Self { client: clients.sqs(), url: url.to_owned(), queue_url: queue_url.to_owned() }
    }

    /// Only a FIFO queue takes a deduplication id. Its name has to end so.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
    fn is_fifo(&self) -> bool {
        self.queue_url.ends_with(".fifo")
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn receive(&self) -> Result<Vec<DeadLetter>, PortError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(MESSAGES_AT_ONCE)
            .visibility_timeout(HIDDEN_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            // Without waiting SQS asks only some of its servers, and may say that nothing is there.
            .wait_time_seconds(1)
            .send()
            .await
            .map_err(|error| port_error("sqs ReceiveMessage DeadLetterQueue", error))?;
        Ok(received.messages.unwrap_or_default().into_iter().map(letter).collect())
    }

    async fn release(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let request = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(&letter.receipt);
        let released = request.visibility_timeout(0).send().await;
        released.map_err(|error| port_error("sqs ChangeMessageVisibility DeadLetterQueue", error))?;
        Ok(())
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let request = self.client.delete_message().queue_url(&self.url).receipt_handle(&letter.receipt);
        request.send().await.map_err(|error| port_error("sqs DeleteMessage DeadLetterQueue", error))?;
        Ok(())
    }
}

impl Redrive for SqsDeadLetters {
    /// A copy of the letter is all that has the letter's id for its deduplication id, so nothing else is ever taken for
    /// it, nor it for anything else.
    async fn send_again(&self, letter: &DeadLetter, body: &str) -> Result<(), PortError> {
        const OPERATION: &str = "sqs SendMessage of a dead letter";
        if self.is_fifo() && letter.group.is_none() {
            return Err(PortError::new(ErrorKind::Invalid, OPERATION, "the message is of no group"));
        }
        let request = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        let request = request.set_message_group_id(letter.group.clone());
        let request = request.set_message_deduplication_id(self.is_fifo().then(|| letter.id.clone()));
        request.send().await.map_err(|error| port_error(OPERATION, error))?;
        Ok(())
    }
}

fn letter(message: Message) -> DeadLetter {
    let attributes = message.attributes.unwrap_or_default();
    DeadLetter {
        body: message.body.unwrap_or_default(),
        group: attributes.get(&MessageSystemAttributeName::MessageGroupId).cloned(),
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}

#[cfg(test)]
#[path = "dead_letters_tests.rs"]
mod tests;

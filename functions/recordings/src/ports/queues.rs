use std::future::Future;
use std::time::Duration;

use super::PortError;
use crate::messages::{HistoryRequest, TransferRequest};

/// Accepts transfer requests. IAM: `sqs:SendMessage` on TransferQueue.
pub trait TransferQueue: Sync {
    /// Puts one request on the queue; when this returns, it is durable.
    fn send(&self, request: &TransferRequest) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Accepts pointers to histories that may lack lines. IAM: `sqs:SendMessage` on HistoryQueue.
pub trait HistoryQueue: Sync {
    /// Puts one pointer on the queue, behind the others of its job; when this returns, it is durable.
    fn send(&self, request: &HistoryRequest) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Accepts what is to be tried again later. IAM: `sqs:SendMessage` on RetryQueue.
pub trait RetryQueue: Sync {
    /// Puts one request on the queue, hidden for `delay`, or for 15 minutes where that is longer; when this returns, it is durable.
    fn send(&self, request: &TransferRequest, delay: Duration) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Takes what waits for another try. IAM: `sqs:ReceiveMessage` and `sqs:DeleteMessage` on RetryQueue.
pub trait RetryQueueConsume: Sync {
    /// Up to ten messages that are visible now; they stay hidden from others for a while. None when there are none.
    fn receive(&self) -> impl Future<Output = Result<Vec<WaitingRetry>, PortError>> + Send;

    /// Deletes a message, once what it led to is durable.
    fn delete(&self, message: &WaitingRetry) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Takes what a queue gave up. IAM: `sqs:ReceiveMessage`, `sqs:DeleteMessage` and `sqs:ChangeMessageVisibility` on its
/// dead-letter queue.
pub trait DeadLetters: Sync {
    /// Up to ten messages that are visible now; they stay hidden from others for as long as a sweep takes. None when
    /// there are none.
    fn receive(&self) -> impl Future<Output = Result<Vec<DeadLetter>, PortError>> + Send;

    /// Shows a message that stays where it is, to whoever looks next.
    fn release(&self, letter: &DeadLetter) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Deletes a message, once what it led to is durable.
    fn delete(&self, letter: &DeadLetter) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Sends again what a queue gave up. IAM: `sqs:SendMessage` on that queue.
pub trait Redrive: Sync {
    /// Puts `body` on the queue in the letter's place, in the letter's group; when this returns, it is durable.
    ///
    /// A FIFO queue takes each letter once within five minutes, whatever the body, and drops it for no other message.
    fn send_again(&self, letter: &DeadLetter, body: &str) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// A message of a dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it says, which nobody may have understood.
    pub body: String,
    /// The group that it was sent in.
    pub group: Option<String>,
    /// The queue's id of the message; it dies with this id once.
    pub id: String,
    /// What deletes or releases it.
    pub receipt: String,
}

/// A message of RetryQueue.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingRetry {
    /// What it asks for; `None` when it cannot be read.
    pub request: Option<TransferRequest>,
    /// The queue's id of the message.
    pub id: String,
    /// What deletes it.
    pub receipt: String,
}

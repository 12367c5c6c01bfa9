use std::time::Duration;

use serde::Serialize;

use super::call::writes;
use super::journal::Effect;
use super::message::Delivery;
use super::queue::{Fate, Mood, Order, Queue};
use super::world::State;
use super::{Settings, World};
use crate::messages::{self, HistoryRequest, TransferRequest};
use crate::ports::{ErrorKind, HistoryQueue, PortError, RetryQueue, RetryQueueConsume, TransferQueue, WaitingRetry};

/// The limits of a message, and of what one request gives. Source: botocore `data/sqs/2012-11-05/service-2.json`.
const MAX_DELAY: Duration = Duration::from_secs(900);
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
pub(super) const MAX_RECEIVED: usize = 10;

/// One of the installation's queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueName {
    /// What is to be brought home.
    Transfer,
    /// Whose histories may lack lines; FIFO.
    History,
    /// What is to be tried again later.
    Retry,
    /// What TransferQueue gave up.
    TransferDeadLetters,
    /// What HistoryQueue gave up.
    HistoryDeadLetters,
}

impl QueueName {
    const ALL: [Self; 5] =
        [Self::Transfer, Self::History, Self::Retry, Self::TransferDeadLetters, Self::HistoryDeadLetters];

    /// The name in message ids.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::History => "history",
            Self::Retry => "retry",
            Self::TransferDeadLetters => "transfer-dead",
            Self::HistoryDeadLetters => "history-dead",
        }
    }

    fn dead_letters(self) -> Option<Self> {
        match self {
            Self::Transfer => Some(Self::TransferDeadLetters),
            Self::History => Some(Self::HistoryDeadLetters),
            Self::Retry | Self::TransferDeadLetters | Self::HistoryDeadLetters => None,
        }
    }
}

/// Every queue.
pub(super) struct Queues([Queue; 5]);

impl Queues {
    pub(super) fn new(settings: &Settings) -> Self {
        Self(QueueName::ALL.map(|name| {
            let settings = match name {
                QueueName::Transfer => settings.transfer_queue,
                QueueName::History => settings.history_queue,
                QueueName::Retry => settings.retry_queue,
                QueueName::TransferDeadLetters | QueueName::HistoryDeadLetters => settings.dead_letter_queues,
            };
            Queue::new(name, settings)
        }))
    }

    pub(super) fn queue(&self, name: QueueName) -> &Queue {
        &self.0[name as usize]
    }

    pub(super) fn queue_mut(&mut self, name: QueueName) -> &mut Queue {
        &mut self.0[name as usize]
    }
}

impl TransferQueue for World {
    async fn send(&self, request: &TransferRequest) -> Result<(), PortError> {
        let message = Outgoing::new(QueueName::Transfer, request)?;
        self.call(writes("TransferQueue", "send"), &request.recording, move |state| state.send(message)).await
    }
}

impl HistoryQueue for World {
    async fn send(&self, request: &HistoryRequest) -> Result<(), PortError> {
        let mut message = Outgoing::new(QueueName::History, request)?;
        message.order = Some(Order {
            group: request.group(&self.airtable_base(&request.recording.organisation)),
            deduplication: format!("{} {}", request.recording, request.entry_version),
        });
        self.call(writes("HistoryQueue", "send"), &request.recording, move |state| state.send(message)).await
    }
}

impl RetryQueue for World {
    async fn send(&self, request: &TransferRequest, delay: Duration) -> Result<(), PortError> {
        let mut message = Outgoing::new(QueueName::Retry, request)?;
        message.delay = delay.min(MAX_DELAY);
        self.call(writes("RetryQueue", "send"), &request.recording, move |state| state.send(message)).await
    }
}

impl RetryQueueConsume for World {
    async fn receive(&self) -> Result<Vec<WaitingRetry>, PortError> {
        self.call(writes("RetryQueueConsume", "receive"), "", |state| {
            let deliveries = state.receive(QueueName::Retry, MAX_RECEIVED);
            let waiting = |d: Delivery| WaitingRetry {
                request: messages::read(&d.body).ok(),
                id: d.message_id,
                receipt: d.receipt,
            };
            Ok(deliveries.into_iter().map(waiting).collect())
        })
        .await
    }

    async fn delete(&self, message: &WaitingRetry) -> Result<(), PortError> {
        let message = message.clone();
        self.call(writes("RetryQueueConsume", "delete"), message.id.clone(), move |state| {
            // SQS does not say whether a receipt still meant anything.
            state.delete(QueueName::Retry, message.id, &message.receipt);
            Ok(())
        })
        .await
    }
}

/// A message that is about to be sent.
pub(super) struct Outgoing {
    pub(super) queue: QueueName,
    pub(super) body: String,
    pub(super) order: Option<Order>,
    pub(super) delay: Duration,
}

impl Outgoing {
    fn new(queue: QueueName, request: &impl Serialize) -> Result<Self, PortError> {
        let body = serde_json::to_string(request)
            .map_err(|error| PortError::new(ErrorKind::Invalid, "send a message", "").because(error))?;
        Ok(Self { queue, body, order: None, delay: Duration::ZERO })
    }
}

impl State {
    pub(super) fn send(&mut self, message: Outgoing) -> Result<(), PortError> {
        let Outgoing { queue, body, order, delay } = message;
        if body.len() > MAX_MESSAGE_BYTES {
            return Err(PortError::new(ErrorKind::Invalid, "send a message", "the body is too long"));
        }
        let effect = match self.queues.queue_mut(queue).send(self.now, body, order, delay) {
            Ok(id) => Effect::MessageSent { queue, id, delay },
            Err(id) => Effect::MessageDeduplicated { queue, id },
        };
        self.note(effect);
        Ok(())
    }

    /// Says whether it took effect.
    pub(super) fn delete(&mut self, queue: QueueName, id: String, receipt: &str) -> bool {
        let deleted = self.queues.queue_mut(queue).delete(self.now, receipt);
        if deleted {
            self.note(Effect::MessageDeleted { queue, id });
        }
        deleted
    }

    pub(super) fn receive(&mut self, queue: QueueName, max: usize) -> Vec<Delivery> {
        let mood = Mood { reorder: self.settings.reorder, duplicate_percent: self.settings.duplicate_percent };
        let fates = self.queues.queue_mut(queue).receive(self.now, max, mood, &mut self.chance);
        fates.into_iter().filter_map(|fate| self.meet(queue, fate)).collect()
    }

    fn meet(&mut self, queue: QueueName, fate: Fate) -> Option<Delivery> {
        match fate {
            Fate::Delivered(delivery) => {
                let (id, receive_count) = (delivery.message_id.clone(), delivery.receive_count);
                self.note(Effect::MessageDelivered { queue, id, receive_count });
                return Some(delivery);
            }
            Fate::Expired(id) => self.note(Effect::MessageExpired { queue, id }),
            Fate::Died(message) => {
                self.note(Effect::MessageDied { queue, id: message.id.clone() });
                if let Some(dead) = queue.dead_letters() {
                    self.queues.queue_mut(dead).bury(self.now, message);
                }
            }
        }
        None
    }
}

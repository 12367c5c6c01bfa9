use std::time::Duration;

use super::call::writes;
use super::message::Delivery;
use super::queue::Order;
use super::queue_ports::{MAX_RECEIVED, Outgoing};
use super::world::State;
use super::{QueueName, World};
use crate::ports::{DeadLetter, DeadLetters, PortError, Redrive};

/// A queue together with its dead-letter queue, as one process sees them.
#[derive(Debug, Clone)]
pub struct DeadLetterBox {
    world: World,
    /// The name of both ports in the journal of calls.
    port: &'static str,
    dead: QueueName,
    queue: QueueName,
}

impl World {
    /// What TransferQueue gave up.
    pub fn transfer_dead_letters(&self) -> DeadLetterBox {
        let (port, dead, queue) = ("TransferDeadLetters", QueueName::TransferDeadLetters, QueueName::Transfer);
        DeadLetterBox { world: self.clone(), port, dead, queue }
    }

    /// What HistoryQueue gave up.
    pub fn history_dead_letters(&self) -> DeadLetterBox {
        let (port, dead, queue) = ("HistoryDeadLetters", QueueName::HistoryDeadLetters, QueueName::History);
        DeadLetterBox { world: self.clone(), port, dead, queue }
    }
}

impl DeadLetters for DeadLetterBox {
    async fn receive(&self) -> Result<Vec<DeadLetter>, PortError> {
        let dead = self.dead;
        let receive = move |state: &mut State| Ok(state.receive(dead, MAX_RECEIVED).into_iter().map(letter).collect());
        self.world.call(writes(self.port, "receive"), "", receive).await
    }

    async fn release(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let (dead, receipt) = (self.dead, letter.receipt.clone());
        let release = move |state: &mut State| {
            state.queues.queue_mut(dead).hide(state.now, &receipt, Duration::ZERO);
            Ok(())
        };
        self.world.call(writes(self.port, "release"), &letter.id, release).await
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let (dead, gone) = (self.dead, letter.clone());
        let delete = move |state: &mut State| {
            state.delete(dead, gone.id, &gone.receipt);
            Ok(())
        };
        self.world.call(writes(self.port, "delete"), &letter.id, delete).await
    }
}

impl Redrive for DeadLetterBox {
    async fn send_again(&self, letter: &DeadLetter, body: &str) -> Result<(), PortError> {
        let fifo = |group| Order { group, deduplication: letter.id.clone() };
        let order = letter.group.clone().filter(|_| self.queue == QueueName::History).map(fifo);
        let message = Outgoing { queue: self.queue, body: body.to_owned(), order, delay: Duration::ZERO };
        self.world.call(writes(self.port, "send_again"), &letter.id, move |state| state.send(message)).await
    }
}

fn letter(delivery: Delivery) -> DeadLetter {
    let Delivery { message_id, receipt, group, body, .. } = delivery;
    DeadLetter { body, group, id: message_id, receipt }
}

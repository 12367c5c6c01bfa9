use std::time::Duration;

use jiff::Timestamp;

use super::journal::Effect;
use super::message::Delivery;
use super::queue::Order;
use super::queue_ports::Outgoing;
use super::{QueueName, World};

/// The other end of the queues, where Lambda's poller or the sweeper stands.
impl World {
    /// Delivers up to `max` transfer requests.
    pub fn receive_transfer(&self, max: usize) -> Vec<Delivery> {
        self.receive(QueueName::Transfer, max)
    }

    /// Delivers up to `max` history requests: those of one group in order, and none while others of it are in flight.
    pub fn receive_history(&self, max: usize) -> Vec<Delivery> {
        self.receive(QueueName::History, max)
    }

    /// Delivers up to `max` retries.
    pub fn receive_retry(&self, max: usize) -> Vec<Delivery> {
        self.receive(QueueName::Retry, max)
    }

    /// Delivers up to `max` messages of any queue; each stays hidden for the queue's visibility time-out.
    pub fn receive(&self, queue: QueueName, max: usize) -> Vec<Delivery> {
        self.act(|state| state.receive(queue, max))
    }

    /// Deletes what was delivered. Says whether it took effect: not after a newer delivery, nor, in a FIFO queue, after
    /// the visibility time-out.
    pub fn ack(&self, delivery: &Delivery) -> bool {
        self.act(|state| state.delete(delivery.queue, delivery.message_id.clone(), &delivery.receipt))
    }

    /// Reports what was delivered as failed: it stays hidden until its visibility time-out ends, as with Lambda's poller.
    pub fn nack(&self, delivery: &Delivery) {
        self.act(|state| {
            state.note(Effect::MessageFailed { queue: delivery.queue, id: delivery.message_id.clone() });
        });
    }

    /// Hides what was delivered for `duration` from now. Says whether it took effect, by the rules of [`ack`](Self::ack).
    pub fn change_visibility(&self, delivery: &Delivery, duration: Duration) -> bool {
        self.act(|state| state.queues.queue_mut(delivery.queue).hide(state.now, &delivery.receipt, duration))
    }

    /// Puts any text on a queue from outside, in a group of its own where the queue is FIFO.
    pub fn send_raw(&self, queue: QueueName, body: &str) {
        let order = Order { group: format!("raw {body}"), deduplication: body.to_owned() };
        let order = (queue == QueueName::History).then_some(order);
        let message = Outgoing { queue, body: body.to_owned(), order, delay: Duration::ZERO };
        // A text that is too long is the only thing refused, and a test that sends one sees that nothing is queued.
        self.act(|state| state.send(message)).ok();
    }

    /// Puts any text on a dead-letter queue, as if its queue had given it up in this group.
    pub fn bury(&self, queue: QueueName, group: Option<&str>, body: &str) {
        let order = group.map(|group| Order { group: group.to_owned(), deduplication: body.to_owned() });
        let message = Outgoing { queue, body: body.to_owned(), order, delay: Duration::ZERO };
        self.act(|state| state.send(message)).ok();
    }

    /// How many messages are in a queue, hidden ones included.
    pub fn queued(&self, queue: QueueName) -> usize {
        self.state().queues.queue(queue).len()
    }

    /// The bodies in a queue, hidden ones included, in the order in which they were sent.
    pub fn bodies(&self, queue: QueueName) -> Vec<String> {
        self.state().queues.queue(queue).bodies()
    }

    /// When something in a queue can be delivered next, or now; `None` when it is empty.
    pub fn next_delivery(&self, queue: QueueName) -> Option<Timestamp> {
        let state = self.state();
        state.queues.queue(queue).next_delivery(state.now)
    }
}

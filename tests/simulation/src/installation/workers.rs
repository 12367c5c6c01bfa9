use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::fakes::{Delivery, Dice, QueueName, World};
use transfer::{Batch, Incoming, Pacer};

/// The batches that the template asks for.
const TRANSFER_BATCH: usize = 2;
const HISTORY_BATCH: usize = 10;
/// What the functions' wiring tells the pacer.
const REQUESTS_A_SECOND: f64 = 1.5;
const USED_UP_FOR: Duration = Duration::from_secs(900);
/// A queue that promised something and gave nothing is left alone for a moment.
const PAUSE: Duration = Duration::from_secs(1);

/// Lambda's poller of one queue, with as many workers at once as there may be.
pub(crate) struct Workers {
    queue: QueueName,
    workers: Vec<Worker>,
    not_before: Timestamp,
}

struct Worker {
    clock: SignedDuration,
    name: String,
    is_busy: bool,
    pacer: Arc<Pacer>,
}

/// What one worker was given to do.
pub(crate) struct Taken {
    pub(crate) worker: usize,
    pub(crate) world: World,
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) batch: Batch,
}

impl Workers {
    pub(crate) fn new(queue: QueueName, clocks: &[SignedDuration]) -> Self {
        let name = if queue == QueueName::History { "history" } else { "transfer" };
        let worker = |(n, clock): (usize, &SignedDuration)| Worker {
            clock: *clock,
            name: format!("{name} {}", n + 1),
            is_busy: false,
            pacer: pacer(),
        };
        Self { queue, workers: clocks.iter().enumerate().map(worker).collect(), not_before: Timestamp::MIN }
    }

    /// When a worker is free and the queue has something; none while either waits for somebody else.
    pub(crate) fn next_poll(&self, world: &World) -> Option<Timestamp> {
        if self.workers.iter().all(|worker| worker.is_busy) {
            return None;
        }
        world.next_delivery(self.queue).map(|next| next.max(self.not_before))
    }

    /// What the queue delivers now, to any worker that is free.
    pub(crate) fn take(&mut self, world: &World, chance: &mut Dice) -> Option<Taken> {
        let free: Vec<usize> = (0..self.workers.len()).filter(|at| !self.workers[*at].is_busy).collect();
        let free = *free.get(chance.below(free.len() as u64) as usize)?;
        let is_history = self.queue == QueueName::History;
        let deliveries = world.receive(self.queue, if is_history { HISTORY_BATCH } else { TRANSFER_BATCH });
        if deliveries.is_empty() {
            self.not_before = world.time() + PAUSE;
            return None;
        }
        let worker = &mut self.workers[free];
        worker.is_busy = true;
        let incoming = |delivery: &Delivery| Incoming {
            id: delivery.message_id.clone(),
            body: delivery.body.clone(),
            receives: delivery.receive_count,
            group: delivery.group.clone(),
        };
        let incoming = deliveries.iter().map(incoming).collect();
        Some(Taken {
            worker: free,
            world: world.worker_with_skew(&worker.name, worker.clock),
            pacer: worker.pacer.clone(),
            batch: if is_history { Batch::Histories(incoming) } else { Batch::Transfers(incoming) },
            deliveries,
        })
    }

    /// What becomes of the messages of an invocation that is over: without an answer, all of them come again, and the
    /// worker begins as a new one.
    pub(crate) fn conclude(&mut self, world: &World, at: usize, deliveries: &[Delivery], again: Option<Vec<String>>) {
        let worker = &mut self.workers[at];
        worker.is_busy = false;
        if again.is_none() {
            worker.pacer = pacer();
        }
        for delivery in deliveries {
            match &again {
                Some(again) if !again.contains(&delivery.message_id) => drop(world.ack(delivery)),
                _ => world.nack(delivery),
            }
        }
    }
}

pub(crate) fn pacer() -> Arc<Pacer> {
    Arc::new(Pacer::new(REQUESTS_A_SECOND, USED_UP_FOR))
}

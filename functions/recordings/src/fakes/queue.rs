use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::QueueName;
use super::clock::after;
use super::message::{Delivery, Message};
use super::random::Dice;
use super::settings::QueueSettings;

/// How long a FIFO queue remembers a message against its repetition, and how long a queue keeps messages, as the
/// template has it. Source: botocore `data/sqs/2012-11-05/service-2.json`.
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);
const RETENTION: SignedDuration = SignedDuration::from_hours(14 * 24);

/// One queue of SQS.
pub(super) struct Queue {
    name: QueueName,
    settings: QueueSettings,
    messages: Vec<Message>,
    /// By group and deduplication id, as the template's `DeduplicationScope: messageGroup` has it.
    recent: BTreeMap<(String, String), (Timestamp, String)>,
    sent: u64,
    delivered: u64,
}

/// What becomes of a message when a queue is asked for some.
pub(super) enum Fate {
    Delivered(Delivery),
    Died(Message),
    Expired(String),
}

impl Queue {
    pub(super) fn new(name: QueueName, settings: QueueSettings) -> Self {
        Self { name, settings, messages: Vec::new(), recent: BTreeMap::new(), sent: 0, delivered: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn bodies(&self) -> Vec<String> {
        self.messages.iter().map(|message| message.body.clone()).collect()
    }

    /// Adds a message.
    ///
    /// # Errors
    /// The id of the message that it repeats; nothing is added then.
    pub(super) fn send(
        &mut self,
        now: Timestamp,
        body: String,
        order: Option<Order>,
        delay: Duration,
    ) -> Result<String, String> {
        let id = format!("{}-{}", self.name.as_str(), self.sent + 1);
        if let Some(order) = &order {
            self.recent.retain(|_, (first_sent, _)| now.duration_since(*first_sent) < DEDUPLICATION);
            let key = (order.group.clone(), order.deduplication.clone());
            if let Some((_, first)) = self.recent.get(&key) {
                return Err(first.clone());
            }
            self.recent.insert(key, (now, id.clone()));
        }
        self.sent += 1;
        self.messages.push(Message {
            id: id.clone(),
            body,
            group: order.map(|order| order.group),
            sent_at: now,
            visible_at: after(now, delay),
            receive_count: 0,
            receipt: String::new(),
            is_twin: false,
        });
        Ok(id)
    }

    /// Takes what another queue gave up, with its id and group. A standard queue goes on counting the message's age.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
    pub(super) fn bury(&mut self, now: Timestamp, dead: Message) {
        let sent_at = if self.name == QueueName::HistoryDeadLetters { now } else { dead.sent_at };
        self.messages.push(Message { sent_at, visible_at: now, receive_count: 0, receipt: String::new(), ..dead });
    }

    /// Delivers up to `max` messages, and takes away those whose time or number of deliveries is over.
    pub(super) fn receive(&mut self, now: Timestamp, max: usize, mood: Mood, chance: &mut Dice) -> Vec<Fate> {
        let mut fates = self.expire(now);
        let mut delivered = 0;
        let mut twins = Vec::new();
        let mut gone = BTreeSet::new();
        for at in self.deliverable(now, mood, chance) {
            if delivered == max {
                break;
            }
            let message = &mut self.messages[at];
            if self.settings.max_receive_count.is_some_and(|most| message.receive_count >= most) {
                fates.push(Fate::Died(message.clone()));
                gone.insert(at);
                continue;
            }
            self.delivered += 1;
            delivered += 1;
            if message.group.is_none() && !message.is_twin && chance.is_within_percent(mood.duplicate_percent) {
                let wait = Duration::from_millis(chance.below(2 * self.settings.visibility.as_millis() as u64));
                twins.push(Message { is_twin: true, visible_at: after(now, wait), ..message.clone() });
            }
            message.receive_count += 1;
            message.visible_at = after(now, self.settings.visibility);
            message.receipt = format!("{}-receipt-{}", self.name.as_str(), self.delivered);
            fates.push(Fate::Delivered(message.delivery(self.name)));
        }
        let mut at = 0;
        self.messages.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        self.messages.append(&mut twins);
        fates
    }

    fn expire(&mut self, now: Timestamp) -> Vec<Fate> {
        let (old, young) = std::mem::take(&mut self.messages)
            .into_iter()
            .partition::<Vec<_>, _>(|message| now.duration_since(message.sent_at) >= RETENTION);
        self.messages = young;
        old.into_iter().map(|message| Fate::Expired(message.id)).collect()
    }

    /// The places of what can be delivered now, in the order of delivery.
    fn deliverable(&self, now: Timestamp, mood: Mood, chance: &mut Dice) -> Vec<usize> {
        let blocked: BTreeSet<&str> =
            self.messages.iter().filter(|m| m.is_in_flight(now)).filter_map(|m| m.group.as_deref()).collect();
        let mut free: Vec<usize> = (0..self.messages.len())
            .filter(|&at| self.messages[at].visible_at <= now)
            .filter(|&at| self.messages[at].group.as_deref().is_none_or(|group| !blocked.contains(group)))
            .collect();
        if mood.reorder {
            let mut ranks = BTreeMap::new();
            // Within a group nothing changes its place.
            let rank = |at: &usize| {
                let group = self.messages[*at].group.clone().unwrap_or_else(|| at.to_string());
                *ranks.entry(group).or_insert_with(|| chance.roll())
            };
            free.sort_by_cached_key(rank);
        }
        free
    }

    /// Deletes what was delivered. Says whether it took effect: only the newest receipt of a message does, and in a
    /// FIFO queue only while the message is hidden.
    pub(super) fn delete(&mut self, now: Timestamp, receipt: &str) -> bool {
        let Some(at) = self.held(now, receipt) else { return false };
        self.messages.remove(at);
        true
    }

    /// Hides what was delivered for `duration` from now, or shows it at once where that is zero.
    pub(super) fn hide(&mut self, now: Timestamp, receipt: &str, duration: Duration) -> bool {
        let Some(at) = self.held(now, receipt) else { return false };
        self.messages[at].visible_at = after(now, duration);
        true
    }

    fn held(&self, now: Timestamp, receipt: &str) -> Option<usize> {
        let holds = |m: &Message| m.receipt == receipt && (m.group.is_none() || m.is_in_flight(now));
        self.messages.iter().position(holds)
    }

    /// When the next delivery is possible, as far as time alone decides.
    pub(super) fn next_delivery(&self, now: Timestamp) -> Option<Timestamp> {
        let mut groups: BTreeMap<&str, Timestamp> = BTreeMap::new();
        let mut first: Option<Timestamp> = None;
        for message in &self.messages {
            match &message.group {
                None => first = Some(first.map_or(message.visible_at, |at| at.min(message.visible_at))),
                Some(group) => {
                    let free_at = groups.entry(group).or_insert(message.visible_at);
                    if message.is_in_flight(now) {
                        *free_at = (*free_at).max(message.visible_at);
                    }
                }
            }
        }
        first.into_iter().chain(groups.into_values()).min().map(|at| at.max(now))
    }
}

/// What a FIFO queue is told of a message.
pub(super) struct Order {
    pub(super) group: String,
    pub(super) deduplication: String,
}

/// How a queue delivers.
#[derive(Clone, Copy)]
pub(super) struct Mood {
    pub(super) reorder: bool,
    pub(super) duplicate_percent: u8,
}

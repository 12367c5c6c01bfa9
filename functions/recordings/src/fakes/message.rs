use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::QueueName;

/// A message as it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The queue that it comes from.
    pub queue: QueueName,
    /// The message's id, the same in each delivery.
    pub message_id: String,
    /// Names this delivery.
    pub receipt: String,
    /// The number of this delivery, from 1.
    pub receive_count: u32,
    /// The group within which order is kept.
    pub group: Option<String>,
    /// The JSON.
    pub body: String,
}

impl Delivery {
    /// What the message says.
    ///
    /// # Errors
    /// When the body is not what is asked for.
    pub fn request<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.body)
    }
}

/// A message on its queue.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) group: Option<String>,
    pub(super) sent_at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) receive_count: u32,
    pub(super) receipt: String,
    pub(super) is_twin: bool,
}

impl Message {
    pub(super) fn is_in_flight(&self, now: Timestamp) -> bool {
        self.receive_count > 0 && self.visible_at > now
    }

    pub(super) fn delivery(&self, queue: QueueName) -> Delivery {
        Delivery {
            queue,
            message_id: self.id.clone(),
            receipt: self.receipt.clone(),
            receive_count: self.receive_count,
            group: self.group.clone(),
            body: self.body.clone(),
        }
    }
}

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::{Aws, text};

/// Queues: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>.
impl Aws {
    /// Makes a queue, as the template has HistoryQueue if its name says that it is a FIFO one; its URL.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn create_queue(&self, name: &str) -> String {
        let fifo = json!({
            "FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"
        });
        let attributes = if name.ends_with(".fifo") { fifo } else { json!({}) };
        let input = json!({ "QueueName": name, "Attributes": attributes });
        text(&self.call("AmazonSQS.CreateQueue", &input).await, "QueueUrl")
    }

    /// Puts a message on a queue that is not a FIFO one.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn send_message(&self, queue_url: &str, body: &Value) {
        self.send_text(queue_url, None, &body.to_string()).await;
    }

    /// Puts any text on a queue, in a group if it is a FIFO one.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn send_text(&self, queue_url: &str, group: Option<&str>, body: &str) {
        /// No message is taken for the repetition of another.
        static SENT: AtomicU64 = AtomicU64::new(0);
        let mut input = json!({ "QueueUrl": queue_url, "MessageBody": body });
        if let Some(group) = group {
            input["MessageGroupId"] = group.into();
            input["MessageDeduplicationId"] = SENT.fetch_add(1, Ordering::Relaxed).to_string().into();
        }
        self.call("AmazonSQS.SendMessage", &input).await;
    }

    /// Takes the messages that are visible on a queue, ten at the most; their bodies.
    ///
    /// # Panics
    /// When the emulator fails, or a body is not JSON.
    pub async fn take_messages(&self, queue_url: &str) -> Vec<Value> {
        let parse = |(_, body): (_, String)| {
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{body:?} is not JSON: {error}"))
        };
        self.take_texts(queue_url).await.into_iter().map(parse).collect()
    }

    /// The same, of any text; each with its group.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn take_texts(&self, queue_url: &str) -> Vec<(Option<String>, String)> {
        let input = json!({
            "QueueUrl": queue_url,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["MessageGroupId"],
        });
        let answer = self.call("AmazonSQS.ReceiveMessage", &input).await;
        let mut texts = Vec::new();
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let receipt = json!({ "QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"] });
            self.call("AmazonSQS.DeleteMessage", &receipt).await;
            let group = message["Attributes"]["MessageGroupId"].as_str().map(str::to_owned);
            texts.push((group, text(message, "Body")));
        }
        texts
    }
}

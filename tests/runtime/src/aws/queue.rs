use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::{Aws, text};

/// How often and when what was received comes again, if nobody deletes it.
#[derive(Clone, Copy, Debug)]
pub struct Redelivery {
    /// For how long it is hidden.
    pub hidden_seconds: u32,
    /// How often it is received before it is given up.
    pub receives: u32,
}

/// Queues: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>.
impl Aws {
    /// Makes a queue, as the template has HistoryQueue if its name says that it is a FIFO one; its URL.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn create_queue(&self, name: &str) -> String {
        self.create_queue_with(name, json!({})).await
    }

    /// The same, of a queue that gives up, into a dead-letter queue that is there, what was received so often; and what was
    /// received is hidden for so long.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn create_queue_before(&self, name: &str, dead_letters: &str, redelivery: Redelivery) -> String {
        let dead = json!({ "QueueUrl": dead_letters, "AttributeNames": ["QueueArn"] });
        let dead = self.call("AmazonSQS.GetQueueAttributes", &dead).await;
        let policy = json!({
            "deadLetterTargetArn": dead["Attributes"]["QueueArn"], "maxReceiveCount": redelivery.receives
        });
        let attributes = json!({
            "VisibilityTimeout": redelivery.hidden_seconds.to_string(), "RedrivePolicy": policy.to_string()
        });
        self.create_queue_with(name, attributes).await
    }

    async fn create_queue_with(&self, name: &str, mut attributes: Value) -> String {
        if name.ends_with(".fifo") {
            attributes["FifoQueue"] = "true".into();
            attributes["DeduplicationScope"] = "messageGroup".into();
            attributes["FifoThroughputLimit"] = "perMessageGroupId".into();
        }
        let input = json!({ "QueueName": name, "Attributes": attributes });
        text(&self.call("AmazonSQS.CreateQueue", &input).await, "QueueUrl")
    }

    /// Receives what is visible on a queue, so many messages at the most, as SQS shows them; waits a second for the first.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn receive(&self, queue_url: &str, most: usize) -> Result<Vec<Value>, String> {
        let input = json!({
            "QueueUrl": queue_url,
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": 1,
            "MessageSystemAttributeNames": ["All"],
        });
        let answer = self.try_call("AmazonSQS.ReceiveMessage", &input).await?;
        Ok(answer["Messages"].as_array().cloned().unwrap_or_default())
    }

    /// Deletes messages that were received, ten at the most.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn delete(&self, queue_url: &str, messages: &[&Value]) -> Result<(), String> {
        self.batch("AmazonSQS.DeleteMessageBatch", queue_url, messages, &json!({})).await
    }

    /// Lets messages that were received, ten at the most, be seen again after so many seconds.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn hide(&self, queue_url: &str, messages: &[&Value], seconds: u64) -> Result<(), String> {
        let hidden = json!({ "VisibilityTimeout": seconds });
        self.batch("AmazonSQS.ChangeMessageVisibilityBatch", queue_url, messages, &hidden).await
    }

    async fn batch(&self, operation: &str, queue_url: &str, messages: &[&Value], more: &Value) -> Result<(), String> {
        if messages.is_empty() {
            return Ok(());
        }
        let entry = |(place, message): (usize, &&Value)| {
            let mut entry = json!({ "Id": place.to_string(), "ReceiptHandle": message["ReceiptHandle"] });
            for (name, value) in more.as_object().into_iter().flatten() {
                entry[name] = value.clone();
            }
            entry
        };
        let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
        self.try_call(operation, &json!({ "QueueUrl": queue_url, "Entries": entries })).await.map(drop)
    }

    /// How many messages are on a queue, those included that are hidden or not due yet.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn queued(&self, queue_url: &str) -> u64 {
        let input = json!({ "QueueUrl": queue_url, "AttributeNames": ["All"] });
        let answer = self.call("AmazonSQS.GetQueueAttributes", &input).await;
        let count = |name: &str| answer["Attributes"][name].as_str().and_then(|count| count.parse::<u64>().ok());
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
            .into_iter()
            .filter_map(count)
            .sum()
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

use serde_json::{Value, json};

use super::{Aws, text};

/// Queues: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>.
impl Aws {
    /// Makes a queue, a FIFO one if its name says so; its URL.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn create_queue(&self, name: &str) -> String {
        let attributes = if name.ends_with(".fifo") { json!({ "FifoQueue": "true" }) } else { json!({}) };
        let input = json!({ "QueueName": name, "Attributes": attributes });
        text(&self.call("AmazonSQS.CreateQueue", &input).await, "QueueUrl")
    }

    /// Puts a message on a queue that is not a FIFO one.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn send_message(&self, queue_url: &str, body: &Value) {
        let input = json!({ "QueueUrl": queue_url, "MessageBody": body.to_string() });
        self.call("AmazonSQS.SendMessage", &input).await;
    }

    /// Takes the messages that are visible on a queue, ten at the most; their bodies.
    ///
    /// # Panics
    /// When the emulator fails, or a body is not JSON.
    pub async fn take_messages(&self, queue_url: &str) -> Vec<Value> {
        let input = json!({ "QueueUrl": queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0 });
        let answer = self.call("AmazonSQS.ReceiveMessage", &input).await;
        let mut bodies = Vec::new();
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let receipt = json!({ "QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"] });
            self.call("AmazonSQS.DeleteMessage", &receipt).await;
            let body = text(message, "Body");
            bodies.push(serde_json::from_str(&body).unwrap_or_else(|error| panic!("{body:?} is not JSON: {error}")));
        }
        bodies
    }
}

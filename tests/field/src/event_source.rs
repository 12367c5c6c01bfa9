use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runtime::Surroundings;
use serde_json::{Value, json};

use crate::function::Function;

/// What Lambda puts between a queue and a function: receives, invokes, deletes what was done, and lets the rest come again.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
#[derive(Debug)]
pub struct EventSource {
    surroundings: Arc<Surroundings>,
    function: Arc<Function>,
    queue_url: String,
    batch: usize,
    again_after: Duration,
    received: AtomicU64,
    comes_again: AtomicU64,
}

impl EventSource {
    pub(crate) fn new(
        surroundings: &Arc<Surroundings>,
        function: &Arc<Function>,
        queue_url: &str,
        batch: usize,
        again_after: Duration,
    ) -> Self {
        Self {
            surroundings: Arc::clone(surroundings),
            function: Arc::clone(function),
            queue_url: queue_url.to_owned(),
            batch,
            again_after,
            received: AtomicU64::new(0),
            comes_again: AtomicU64::new(0),
        }
    }

    /// The messages that were received, each as often as it was.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The messages that an invocation left to come again, each as often as it was.
    #[must_use]
    pub fn comes_again(&self) -> u64 {
        self.comes_again.load(Ordering::Relaxed)
    }

    /// Takes one batch after the other.
    pub(crate) async fn run(&self) {
        loop {
            // The emulator may break a connection off; what was received meanwhile comes again.
            if let Ok(messages) = self.surroundings.aws.receive(&self.queue_url, self.batch).await
                && !messages.is_empty()
            {
                self.one(&messages).await;
            }
        }
    }

    async fn one(&self, messages: &[Value]) {
        self.received.fetch_add(messages.len() as u64, Ordering::Relaxed);
        let failed = match self.function.invoke(&event(&self.queue_url, messages)).await {
            Ok(answer) => failures(&answer),
            Err(_) => messages.iter().filter_map(|message| message["MessageId"].as_str().map(str::to_owned)).collect(),
        };
        let is_failed = |message: &&Value| failed.iter().any(|id| message["MessageId"] == **id);
        let (again, done): (Vec<&Value>, Vec<&Value>) = messages.iter().partition(is_failed);
        self.comes_again.fetch_add(again.len() as u64, Ordering::Relaxed);
        let aws = &self.surroundings.aws;
        let deleted = aws.delete(&self.queue_url, &done).await;
        let hidden = aws.hide(&self.queue_url, &again, self.again_after.as_secs()).await;
        if let Err(error) = deleted.and(hidden) {
            // What was not deleted comes again when its time is up, as it would on AWS.
            assert!(error.contains("did not answer"), "{error}");
        }
    }
}

fn failures(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    failures.filter_map(|failure| failure["itemIdentifier"].as_str().map(str::to_owned)).collect()
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
fn event(queue_url: &str, messages: &[Value]) -> Value {
    let queue = queue_url.rsplit('/').next().unwrap_or_default();
    let record = |message: &Value| {
        json!({
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
            "awsRegion": "us-east-1",
        })
    };
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_form_of_the_fixtures() {
        let fixture = runtime::event("transfer-history-one");
        let record = &fixture["Records"][0];
        let message = json!({
            "MessageId": record["messageId"], "ReceiptHandle": record["receiptHandle"], "Body": record["body"],
            "Attributes": record["attributes"], "MD5OfBody": record["md5OfBody"],
        });
        let mut event = event("http://localhost:4566/000000000000/history.fifo", &[message]);
        assert!(event["Records"][0]["eventSourceARN"].as_str().unwrap().ends_with(":history.fifo"));
        for ours in ["eventSourceARN", "awsRegion"] {
            event["Records"][0][ours] = record[ours].clone();
        }
        assert_eq!(event, fixture);
    }

    #[test]
    fn an_answer_without_failures_has_none() {
        assert_eq!(failures(&json!({ "batchItemFailures": [] })), Vec::<String>::new());
        assert_eq!(failures(&json!({ "batchItemFailures": [{ "itemIdentifier": "a" }] })), ["a"]);
    }
}

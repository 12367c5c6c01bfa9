mod bucket;
mod queue;

pub use queue::Redelivery;

use std::process::Command;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::http::Http;
use crate::process::Process;
use crate::workspace;

/// The AWS emulator with nothing in it, for one test. It checks no policies, and dropping it forgets everything.
#[derive(Debug)]
pub struct Aws {
    endpoint: String,
    http: Http,
    _process: Process,
}

/// The region of everything in it.
pub(crate) const REGION: &str = "us-east-1";
/// The id and the password of the emulator's root user.
pub(crate) const ROOT_USER: &str = "test";

impl Aws {
    /// Starts an emulator.
    ///
    /// # Panics
    /// When the pinned tools are missing, or it does not start.
    pub async fn start() -> Self {
        let python = workspace::python();
        let (process, [port]) = Process::listening(|folder, [port]: [u16; 1]| {
            let mut command = Command::new(&python);
            command.arg(workspace::aws_emulator()).env_clear();
            command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", folder).env("TMPDIR", folder);
            command.env("STATE_DIR", folder.join("state")).env("S3_DATA_DIR", folder.join("s3"));
            command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
            command.env("MINISTACK_HOST", "localhost").env("IOT_MTLS_ENABLED", "0");
            command
        })
        .await;
        Self { endpoint: format!("http://localhost:{port}"), http: Http::new(), _process: process }
    }

    /// The address of every service; buckets are part of the path.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Keeps a secret; its ARN.
    ///
    /// # Panics
    /// When the emulator refuses it, as it does a second secret of one name.
    pub async fn create_secret(&self, name: &str, value: &Value) -> String {
        let input = json!({ "Name": name, "SecretString": value.to_string() });
        text(&self.call("secretsmanager.CreateSecret", &input).await, "ARN")
    }

    /// An operation of a service with a JSON protocol.
    async fn call(&self, operation: &str, input: &Value) -> Value {
        self.try_call(operation, input).await.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn try_call(&self, operation: &str, input: &Value) -> Result<Value, String> {
        let service = if operation.starts_with("AmazonSQS") { "sqs" } else { "secretsmanager" };
        let headers = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", operation)];
        let (status, body) = self.try_send(service, Method::POST, "/", &headers, input.to_string().into()).await?;
        match status.is_success() {
            true => Ok(serde_json::from_slice(&body).unwrap_or_default()),
            false => {
                let why = String::from_utf8_lossy(&body);
                Err(format!("the AWS emulator refused {operation}: {status} {why}"))
            }
        }
    }

    async fn send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> (StatusCode, Bytes) {
        let answer = self.try_send(service, method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn try_send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.endpoint));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("Authorization", authorization(service)).body(Full::new(body));
        let request = request.unwrap_or_else(|error| panic!("cannot make a request of {path}: {error}"));
        let answer = self.http.send(request).await;
        answer.map_err(|error| format!("the AWS emulator did not answer {path}: {error}"))
    }
}

/// Names the service, the region and the root user, whose signature the emulator does not check.
fn authorization(service: &str) -> String {
    let credential = format!("{ROOT_USER}/20240101/{REGION}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0")
}

fn text(answer: &Value, member: &str) -> String {
    let text = answer[member].as_str();
    text.unwrap_or_else(|| panic!("the AWS emulator's answer lacks {member}: {answer}")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_put_in_is_there_and_nothing_else() {
        let aws = Aws::start().await;
        aws.create_bucket("bucket").await;
        aws.put_object("bucket", "b/2", "two").await;
        aws.put_object("bucket", "b/1", "one").await;
        assert_eq!(aws.keys("bucket", "b/").await, ["b/1", "b/2"]);
        assert_eq!(aws.object("bucket", "b/2").await.as_deref(), Some(b"two".as_slice()));
        assert_eq!(aws.object("bucket", "b/3").await, None);

        let queue = aws.create_queue("queue").await;
        aws.send_message(&queue, &json!({ "n": 1 })).await;
        assert_eq!(aws.take_messages(&queue).await, [json!({ "n": 1 })]);
        assert_eq!(aws.take_messages(&queue).await, Vec::<Value>::new());
    }

    #[tokio::test]
    async fn what_is_received_too_often_is_given_up() {
        let aws = Aws::start().await;
        let dead = aws.create_queue("dead").await;
        let redelivery = Redelivery { hidden_seconds: 100, receives: 2 };
        let queue = aws.create_queue_before("queue", &dead, redelivery).await;
        aws.send_message(&queue, &json!({ "n": 1 })).await;
        for _ in 0..2 {
            let received = aws.receive(&queue, 10).await.unwrap();
            assert_eq!(received.len(), 1);
            aws.hide(&queue, &[&received[0]], 0).await.unwrap();
        }
        assert_eq!((aws.receive(&queue, 10).await.unwrap().len(), aws.queued(&queue).await), (0, 0));

        let received = aws.receive(&dead, 10).await.unwrap();
        assert_eq!(aws.queued(&dead).await, 1, "it is there, though it is hidden");
        aws.delete(&dead, &[&received[0]]).await.unwrap();
        assert_eq!(aws.queued(&dead).await, 0);
    }

    #[tokio::test]
    async fn a_fifo_queue_keeps_groups() {
        let aws = Aws::start().await;
        let queue = aws.create_queue("queue.fifo").await;
        aws.send_text(&queue, Some("a"), "one").await;
        aws.send_text(&queue, Some("b"), "one").await;
        let taken = aws.take_texts(&queue).await;
        assert_eq!(taken, ["a", "b"].map(|group| (Some(group.to_owned()), "one".to_owned())));
    }

    #[tokio::test]
    #[should_panic(expected = "CreateSecret")]
    async fn what_it_refuses_ends_the_test() {
        let aws = Aws::start().await;
        aws.create_secret("secret", &json!({})).await;
        aws.create_secret("secret", &json!({})).await;
    }
}

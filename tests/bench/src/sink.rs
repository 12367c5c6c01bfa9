//! AWS as far as the functions and their peers ask for it, in memory, so that it is in nobody's way: S3 with parts,
//! conditions and the checksum that the functions look at, a queue that takes everything, the secret, and a role.

mod blob;
mod shelf;

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use runtime::Surroundings;
use serde_json::json;

use crate::Fallible;
use crate::http::{self, Answers, Body, answer};
use blob::Blob;
use shelf::Shelf;

/// The bucket's name.
pub(crate) const BUCKET: &str = "bench";

/// A sink that listens.
pub(crate) struct Sink {
    pub(crate) endpoint: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    shelf: Mutex<Shelf>,
}

impl Sink {
    pub(crate) async fn start() -> Fallible<Self> {
        let state = Arc::<State>::default();
        let address = http::listen(Arc::clone(&state)).await?;
        Ok(Self { endpoint: format!("http://127.0.0.1:{}", address.port()), state })
    }

    /// SHA-256 of what is under the one key that ends so.
    pub(crate) fn sha256(&self, end: &str) -> Fallible<String> {
        self.state.shelf.lock().sha256(end)
    }

    /// Puts a small object there, which is old.
    pub(crate) fn put(&self, key: &str, content: Bytes) {
        self.state.shelf.lock().put_old(key, Blob::of(content));
    }

    /// Forgets all objects.
    pub(crate) fn clear(&self) {
        *self.state.shelf.lock() = Shelf::default();
    }
}

impl Answers for State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
        let (head, body) = request.into_parts();
        let blob = Blob::receive(&head.headers, body).await?;
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let in_bucket = head.uri.path().strip_prefix(&format!("/{BUCKET}")).map(|key| key.trim_start_matches('/'));
        let answered = match (in_bucket, header("x-amz-target")) {
            (Some(key), _) => self.shelf.lock().answer(key, &head, blob),
            (None, target) if target.ends_with(".GetSecretValue") => secret(),
            (None, "AmazonSQS.ReceiveMessage") => {
                answer(StatusCode::OK, &[("content-type", "application/x-amz-json-1.0")], "{}")
            }
            (None, target) if target.starts_with("AmazonSQS.Send") => sent(target, &blob),
            (None, _) if head.method == Method::POST => role(),
            _ => answer(StatusCode::NOT_IMPLEMENTED, &[], ""),
        };
        Ok(answered)
    }
}

fn secret() -> Response<Body> {
    let secret = json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench", "Name": "bench", "VersionId": "1",
        "SecretString": Surroundings::secret().to_string(), "VersionStages": ["AWSCURRENT"], "CreatedDate": 1,
    });
    answer(StatusCode::OK, &[("content-type", "application/x-amz-json-1.1")], secret.to_string())
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn sent(target: &str, blob: &Blob) -> Response<Body> {
    let message = json!({ "MessageId": "1", "MD5OfMessageBody": "0" });
    let body = match target.ends_with("Batch") {
        false => message,
        true => {
            let asked: serde_json::Value = serde_json::from_slice(&blob.bytes()).unwrap_or_default();
            let ids = asked["Entries"].as_array().into_iter().flatten().map(|entry| entry["Id"].clone());
            let sent = ids.map(|id| json!({ "Id": id, "MessageId": "1", "MD5OfMessageBody": "0" }));
            json!({ "Successful": sent.collect::<Vec<_>>(), "Failed": [] })
        }
    };
    answer(StatusCode::OK, &[("content-type", "application/x-amz-json-1.0")], body.to_string())
}

/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn role() -> Response<Body> {
    let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
                <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
                </AssumeRoleResult></AssumeRoleResponse>";
    answer(StatusCode::OK, &[("content-type", "text/xml")], body)
}

//! AWS as far as the functions and their peers ask for it, in memory, so that it is in nobody's way: S3 with parts,
//! conditions and the checksum that the functions look at, a queue that takes everything, the secret, and a role.

mod blob;
mod shelf;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use runtime::Surroundings;
use serde_json::json;
use tokio_rustls::TlsAcceptor;

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
    counts: Mutex<Counts>,
    /// The bodies of what was sent last, as each queue got them.
    sent: Mutex<VecDeque<(String, String)>>,
}

/// Requests by what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// PUT, POST and LIST.
    pub(crate) s3_writes: u32,
    /// GET and HEAD.
    pub(crate) s3_reads: u32,
    /// Which cost nothing.
    pub(crate) s3_deletions: u32,
    pub(crate) sqs: u32,
    pub(crate) others: u32,
}

/// What is in the bucket at a time.
pub(crate) struct Kept(Shelf);

const MOST_SENT: usize = 16;

impl Sink {
    pub(crate) async fn start() -> Fallible<Self> {
        let state = Arc::<State>::default();
        let address = http::listen(Arc::clone(&state)).await?;
        Ok(Self { endpoint: format!("http://127.0.0.1:{}", address.port()), state })
    }

    /// The address at which the same sink listens behind TLS from now on.
    pub(crate) async fn over_tls(&self, acceptor: TlsAcceptor) -> Fallible<String> {
        let address = http::listen_over_tls(Arc::clone(&self.state), acceptor).await?;
        Ok(format!("https://localhost:{}", address.port()))
    }

    /// SHA-256 of what is under the one key that ends so.
    pub(crate) fn sha256(&self, end: &str) -> Fallible<String> {
        self.state.shelf.lock().sha256(end)
    }

    /// Puts a small object there, which is old.
    pub(crate) fn put(&self, key: &str, content: Bytes) {
        self.state.shelf.lock().put_old(key, Blob::of(content));
    }

    /// The same, with headers that describe it.
    pub(crate) fn put_described(&self, key: &str, content: Bytes, described: Vec<(String, String)>) {
        self.state.shelf.lock().put_old_described(key, Blob::of(content), described);
    }

    /// Forgets all objects.
    pub(crate) fn clear(&self) {
        *self.state.shelf.lock() = Shelf::default();
    }

    pub(crate) fn keep(&self) -> Kept {
        Kept(self.state.shelf.lock().clone())
    }

    /// Has the bucket hold what it held then.
    pub(crate) fn restore(&self, kept: &Kept) {
        *self.state.shelf.lock() = kept.0.clone();
    }

    /// What was asked since the last time.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.state.counts.lock())
    }

    /// The body of what was sent last to the queue of that name.
    pub(crate) fn last_sent(&self, queue: &str) -> Fallible<String> {
        let sent = self.state.sent.lock();
        let last = sent.iter().rev().find(|(name, _)| name == queue).map(|(_, body)| body.clone());
        last.ok_or_else(|| format!("nothing was sent to {queue}").into())
    }
}

impl Answers for State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
        let (head, body) = request.into_parts();
        let blob = Blob::receive(&head.headers, body).await?;
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.counts.lock().count(&head.method, head.uri.path(), head.uri.query(), header("x-amz-target"));
        let in_bucket = head.uri.path().strip_prefix(&format!("/{BUCKET}")).map(|key| key.trim_start_matches('/'));
        let answered = match (in_bucket, header("x-amz-target")) {
            (Some(key), _) => self.shelf.lock().answer(key, &head, blob),
            (None, target) if target.ends_with(".GetSecretValue") || target.ends_with(".DescribeSecret") => secret(),
            (None, "AmazonSQS.ReceiveMessage") => {
                answer(StatusCode::OK, &[("content-type", "application/x-amz-json-1.0")], "{}")
            }
            (None, target) if target.starts_with("AmazonSQS.Send") => {
                self.note(&blob);
                sent(target, &blob)
            }
            (None, _) if head.method == Method::POST => role(),
            _ => answer(StatusCode::NOT_IMPLEMENTED, &[], ""),
        };
        Ok(answered)
    }
}

impl State {
    fn note(&self, blob: &Blob) {
        let asked: serde_json::Value = serde_json::from_slice(&blob.bytes()).unwrap_or_default();
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let mut sent = self.sent.lock();
        sent.push_back((text("QueueUrl").rsplit('/').next().unwrap_or_default().to_owned(), text("MessageBody")));
        if sent.len() > MOST_SENT {
            sent.pop_front();
        }
    }
}

impl Counts {
    fn count(&mut self, method: &Method, path: &str, query: Option<&str>, target: &str) {
        let is_s3 = path.strip_prefix('/').and_then(|path| path.strip_prefix(BUCKET)).is_some();
        let is_list = query.is_some_and(|query| query.contains("list-type=") || query.starts_with("uploads"));
        let kind = match *method {
            Method::PUT | Method::POST if is_s3 => &mut self.s3_writes,
            Method::GET if is_s3 && is_list => &mut self.s3_writes,
            Method::GET | Method::HEAD if is_s3 => &mut self.s3_reads,
            Method::DELETE if is_s3 => &mut self.s3_deletions,
            _ if target.starts_with("AmazonSQS.") => &mut self.sqs,
            _ => &mut self.others,
        };
        *kind += 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_by_what_it_costs() {
        let mut counts = Counts::default();
        let asked = [
            (Method::PUT, "/bench/open/a", None, ""),
            (Method::POST, "/bench/recordings/a", Some("uploads="), ""),
            (Method::GET, "/bench/", Some("list-type=2&prefix=open%2F"), ""),
            (Method::GET, "/bench", Some("uploads&prefix=recordings%2F"), ""),
            (Method::GET, "/bench/ledger/a", Some("x-id=GetObject"), ""),
            (Method::HEAD, "/bench/recordings/a", None, ""),
            (Method::DELETE, "/bench/open/a", None, ""),
            (Method::POST, "/", None, "AmazonSQS.SendMessage"),
            (Method::POST, "/", None, "secretsmanager.GetSecretValue"),
        ];
        for (method, path, query, target) in asked {
            counts.count(&method, path, query, target);
        }
        assert_eq!(counts, Counts { s3_writes: 4, s3_reads: 2, s3_deletions: 1, sqs: 1, others: 1 });
    }
}

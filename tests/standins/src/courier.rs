//! Sends webhooks over plain HTTP, and tells what came of each attempt.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use crate::twilio::{Overrides, RetryOn, SignedRequest};
use crate::world::WorldError;

/// Twilio's default for the connect time-out (protocols.md 1.2).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What came of a webhook: the last attempt's answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The HTTP status; absent when nobody answered in time.
    pub status: Option<u16>,
    /// The answer's headers.
    pub headers: BTreeMap<String, String>,
    /// The answer's body.
    pub body: String,
    /// Each attempt.
    pub attempts: Vec<Attempt>,
    /// Milliseconds of all attempts together.
    pub elapsed_ms: f64,
}

/// One attempt to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The HTTP status.
    pub status: Option<u16>,
    /// Why there is none.
    pub failure: Option<Failure>,
    /// Milliseconds until the answer was complete.
    pub elapsed_ms: f64,
}

/// Why an attempt brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// No connection could be made.
    Connect,
    /// The time was up.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
}

#[derive(Clone, Debug)]
pub(crate) struct Courier(Client<HttpConnector, Full<Bytes>>);

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Default for Courier {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }
}

impl Courier {
    /// Posts until an answer needs no other attempt, the attempts are used up, or the time is.
    pub(crate) async fn deliver(&self, request: &SignedRequest, overrides: &Overrides) -> Result<Delivery, WorldError> {
        let uri = destination(&request.url)?;
        let begun = Instant::now();
        let mut delivery = Delivery::default();
        for _ in 0..=overrides.retries {
            let left = overrides.total_timeout.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            let outcome = self.attempt(&uri, request, left.min(overrides.read_timeout)).await?;
            let again = retry_reason(&outcome).is_some_and(|reason| overrides.retry_on.contains(&reason));
            delivery.take(outcome, begun);
            if !again {
                break;
            }
        }
        delivery.elapsed_ms = milliseconds(begun);
        Ok(delivery)
    }

    async fn attempt(
        &self,
        uri: &Uri,
        request: &SignedRequest,
        timeout: Duration,
    ) -> Result<Result<Answer, Failure>, WorldError> {
        let mut post = Request::builder().method(Method::POST).uri(uri);
        for (name, value) in &request.headers {
            post = post.header(name, value);
        }
        let post = post
            .body(Full::new(Bytes::from(request.body.clone())))
            .map_err(|error| WorldError::Refused(format!("a header: {error}")))?;
        let answered = tokio::time::timeout(timeout, self.send(post)).await;
        Ok(answered.unwrap_or(Err(Failure::Timeout)))
    }

    pub(crate) async fn send_json(&self, uri: Uri, body: Vec<u8>) -> Result<(u16, Bytes), Failure> {
        let post = Request::post(uri)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Failure::Connect)?;
        let response = self.0.request(post).await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|_| Failure::Broken)?;
        Ok((status, body.to_bytes()))
    }

    async fn send(&self, post: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let response = self.0.request(post).await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let body = response.into_body().collect().await.map_err(|_| Failure::Broken)?.to_bytes();
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

impl Delivery {
    fn take(&mut self, outcome: Result<Answer, Failure>, begun: Instant) {
        let earlier: f64 = self.attempts.iter().map(|attempt| attempt.elapsed_ms).sum();
        let elapsed_ms = milliseconds(begun) - earlier;
        let failure = outcome.as_ref().err().copied();
        if let Ok(answer) = outcome {
            (self.headers, self.body) = (answer.headers, answer.body);
            self.status = Some(answer.status);
        } else {
            self.status = None;
        }
        self.attempts.push(Attempt { status: self.status, failure, elapsed_ms });
    }
}

/// Which of the override's reasons an outcome is; a broken answer is never worth another attempt (protocols.md 1.2).
fn retry_reason(outcome: &Result<Answer, Failure>) -> Option<RetryOn> {
    match outcome {
        Err(Failure::Connect) => Some(RetryOn::Connect),
        Err(Failure::Timeout) => Some(RetryOn::Read),
        Ok(Answer { status: 400..=499, .. }) => Some(RetryOn::ClientError),
        Ok(Answer { status: 500..=599, .. }) => Some(RetryOn::ServerError),
        Err(Failure::Broken) | Ok(_) => None,
    }
}

fn failure(error: &hyper_util::client::legacy::Error) -> Failure {
    if error.is_connect() { Failure::Connect } else { Failure::Broken }
}

fn destination(url: &str) -> Result<Uri, WorldError> {
    let bad = |reason| WorldError::BadDestination { url: url.to_owned(), reason };
    let uri: Uri = url.parse().map_err(|_| bad("it is no URL"))?;
    match uri.scheme_str() {
        Some("http") => Ok(uri),
        Some("https") => Err(bad("only plain HTTP is spoken here; say in send_to where it is served")),
        _ => Err(bad("it has no scheme")),
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

//! A stand-in for AWS behind the SDK: it keeps every request and answers as it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;

use super::clients::{Clients, Settings};
use crate::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use crate::ports::Clock;
use crate::recording::{Outcome, Provider, RecordingRef, Report};

pub(super) const CALL: &str = "CA0123456789abcdef0123456789abcdef";
pub(super) const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";

/// The requests that were sent, and the answers that are left.
#[derive(Clone, Default)]
pub(super) struct Wire {
    requests: Arc<Mutex<Vec<http::Request<SdkBody>>>>,
    answers: Arc<Mutex<VecDeque<http::Response<SdkBody>>>>,
}

impl Wire {
    /// A wire with these answers, in order, and clients on it. One request more is answered with a 500.
    pub(super) fn with(answers: impl IntoIterator<Item = http::Response<SdkBody>>) -> (Self, Clients) {
        let wire = Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() };
        let end = wire.clone();
        let http = infallible_client_fn(move |request| {
            end.requests.lock().unwrap().push(request);
            end.answers.lock().unwrap().pop_front().unwrap_or_else(|| answer(500, &[], ""))
        });
        (wire, Clients::over(settings(), http))
    }

    /// The requests so far.
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.requests.lock().unwrap().iter().map(Sent::from).collect()
    }

    /// The one request that was sent.
    pub(super) fn only(&self) -> Sent {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }
}

/// A request as the other side sees it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) line: String,
    pub(super) body: String,
    headers: http::HeaderMap,
}

impl Sent {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl From<&http::Request<SdkBody>> for Sent {
    fn from(request: &http::Request<SdkBody>) -> Self {
        Self {
            line: format!("{} {}", request.method(), request.uri()),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
            headers: request.headers().clone(),
        }
    }
}

pub(super) fn settings() -> Settings {
    let credentials = Credentials::new("AKID", "secret", Some("session-token".to_owned()), None, "test");
    let mut settings = Settings::of_function("eu-central-1", Some("http://aws.test"));
    settings.credentials = SharedCredentialsProvider::new(credentials);
    settings
}

pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<SdkBody> {
    let mut answer = http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(SdkBody::from(body)).unwrap()
}

/// An error as S3 writes it.
pub(super) fn s3_error(status: u16, code: &str) -> http::Response<SdkBody> {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>m</Message></Error>");
    answer(status, &[("content-type", "application/xml")], &body)
}

/// An error as SQS and Secrets Manager write it.
pub(super) fn json_error(status: u16, code: &str) -> http::Response<SdkBody> {
    answer(status, &[("x-amzn-errortype", code)], &format!("{{\"__type\":\"com.amazonaws#{code}\"}}"))
}

pub(super) fn recording() -> RecordingRef {
    RecordingRef::parse("acme", Provider::Twilio, CALL, RECORDING).unwrap()
}

pub(super) fn transfer() -> TransferRequest {
    TransferRequest {
        version: MESSAGE_VERSION,
        recording: recording(),
        job_number: Some("JOB456".parse().unwrap()),
        report: report(),
        received_at: noon(),
        origin: Origin::Webhook,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    }
}

pub(super) fn report() -> Report {
    Report { duration_seconds: Some(5), channels: Some(1), started_at: Some(noon()), ..Report::of(Outcome::Completed) }
}

pub(super) fn noon() -> Timestamp {
    "2024-03-15T12:00:00.25Z".parse().unwrap()
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(super) struct Hand(Arc<Mutex<Timestamp>>);

impl Hand {
    pub(super) fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub(super) fn advance(&self, minutes: i64) {
        *self.0.lock().unwrap() += jiff::SignedDuration::from_mins(minutes);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, _: std::time::Duration) {}
}

//! Lambda's Runtime API for one process at a time, which tells when it was asked and answered.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use crate::Fallible;
use crate::http::{self, Answers, Body, answer};

/// An API that listens.
pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    events: mpsc::Sender<Bytes>,
    polls: mpsc::Receiver<Instant>,
    answers: mpsc::Receiver<Answer>,
}

struct Answer {
    at: Instant,
    is_error: bool,
    body: Bytes,
}

struct State {
    events: Mutex<mpsc::Receiver<Bytes>>,
    polls: mpsc::Sender<Instant>,
    answers: mpsc::Sender<Answer>,
}

/// A function that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(150);

impl RuntimeApi {
    pub(crate) async fn start() -> Fallible<Self> {
        let (events, events_of_state) = mpsc::channel(1);
        let (polls_of_state, polls) = mpsc::channel(64);
        let (answers_of_state, answers) = mpsc::channel(64);
        let state = State { events: Mutex::new(events_of_state), polls: polls_of_state, answers: answers_of_state };
        let address = http::listen(Arc::new(state)).await?.to_string();
        Ok(Self { address, events, polls, answers })
    }

    /// Waits until the process asks for an event; when it did.
    pub(crate) async fn polled(&mut self) -> Fallible<Instant> {
        let polled = timeout(PATIENCE, self.polls.recv()).await;
        polled.ok().flatten().ok_or_else(|| "the function never asks for events".into())
    }

    /// Has the process handle an event; its answer, and when that came.
    pub(crate) async fn handle(&mut self, event: &Value) -> Fallible<(Instant, Value)> {
        self.events.send(event.to_string().into()).await?;
        let answer =
            timeout(PATIENCE, self.answers.recv()).await.ok().flatten().ok_or("the function does not answer")?;
        match answer.is_error {
            true => Err(format!("the function failed: {}", String::from_utf8_lossy(&answer.body)).into()),
            false => Ok((answer.at, serde_json::from_slice(&answer.body)?)),
        }
    }
}

impl Answers for State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
        let at = Instant::now();
        if request.method() == Method::GET {
            let _nobody_counts = self.polls.try_send(at);
            let event = self.events.lock().await.recv().await.unwrap_or_default();
            // Of any year in which this is run.
            let headers = [
                ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("lambda-runtime-deadline-ms", "4102444800000"),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
                ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
                ("content-type", "application/json"),
            ];
            return Ok(answer(StatusCode::OK, &headers, event));
        }
        let is_error = request.uri().path().ends_with("/error");
        let body = request.into_body().collect().await?.to_bytes();
        let _nobody_asks = self.answers.try_send(Answer { at, is_error, body });
        Ok(answer(StatusCode::ACCEPTED, &[], ""))
    }
}

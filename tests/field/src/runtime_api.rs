//! Lambda's Runtime API, for one process.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The listener of one process, and of no process after it, so that nothing which an ended process left behind can take
/// an event of the next. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    events: mpsc::Sender<Event>,
    state: Arc<Api>,
    listener: JoinHandle<()>,
}

/// What a process is to handle.
#[derive(Debug)]
struct Event {
    body: String,
    number: u64,
    timeout: Duration,
    answer: oneshot::Sender<Answer>,
}

/// A process's answer: what it returned, or the error that it reported.
pub(crate) type Answer = Result<Value, String>;

#[derive(Debug)]
struct Api {
    events: AsyncMutex<mpsc::Receiver<Event>>,
    /// Who waits for the answer to the event that the process has.
    waiting: Mutex<Option<(u64, oneshot::Sender<Answer>)>>,
    /// The number of the event that the process has.
    has: watch::Sender<Option<u64>>,
    /// Whether the process has ever asked for an event.
    asked: watch::Sender<bool>,
}

impl RuntimeApi {
    /// Listens for one process. `has` tells which event the process has.
    pub(crate) async fn open(has: watch::Sender<Option<u64>>) -> Self {
        let (events, received) = mpsc::channel(1);
        let (events_of_api, waiting, asked) = (AsyncMutex::new(received), Mutex::default(), watch::Sender::new(false));
        let state = Arc::new(Api { events: events_of_api, waiting, has, asked });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.unwrap_or_else(|error| panic!("there is no free port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("a listener has no address: {error}"));
        let routes = routes(Arc::clone(&state));
        let listener = tokio::spawn(async move {
            let _until_it_is_closed = axum::serve(listener, routes).await;
        });
        Self { address, events, state, listener }
    }

    /// Has the process handle an event, as soon as it asks for one; none if the API is closed before.
    pub(crate) async fn handle(&self, body: String, number: u64, timeout: Duration) -> Option<Answer> {
        let (answer, answered) = oneshot::channel();
        self.events.send(Event { body, number, timeout, answer }).await.ok()?;
        answered.await.ok()
    }

    /// Whether the process has got as far as asking for events.
    pub(crate) fn was_asked(&self) -> bool {
        *self.state.asked.borrow()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.listener.abort();
        self.state.waiting.lock().take();
        self.state.has.send_replace(None);
    }
}

fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(api)
}

async fn next(State(api): State<Arc<Api>>) -> Result<(HeaderMap, String), StatusCode> {
    api.asked.send_replace(true);
    let event = api.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let end = Timestamp::now().saturating_add(event.timeout).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    *api.waiting.lock() = Some((event.number, event.answer));
    api.has.send_replace(Some(event.number));
    let headers = [
        ("lambda-runtime-aws-request-id", format!("00000000-0000-4000-8000-{:012x}", event.number)),
        ("lambda-runtime-deadline-ms", end.as_millisecond().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:field".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    let headers = headers
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?)));
    Ok((headers.collect(), event.body))
}

async fn response(State(api): State<Arc<Api>>, Path(_id): Path<String>, body: Bytes) -> StatusCode {
    api.answer(serde_json::from_slice(&body).map_err(|error| format!("the answer is not JSON: {error}")))
}

async fn error(State(api): State<Arc<Api>>, Path(_id): Path<String>, body: Bytes) -> StatusCode {
    api.answer(Err(String::from_utf8_lossy(&body).into_owned()))
}

/// The process ends by itself then.
async fn init_error() -> StatusCode {
    StatusCode::ACCEPTED
}

impl Api {
    fn answer(&self, answer: Answer) -> StatusCode {
        let Some((_, waiting)) = self.waiting.lock().take() else { return StatusCode::BAD_REQUEST };
        self.has.send_replace(None);
        let _nobody_waits_any_more = waiting.send(answer);
        StatusCode::ACCEPTED
    }
}

//! Vapi's webhooks: the credential first, over the bytes as they came; then what they say.
//!
//! Of the messages that a Vapi server may be sent, the report at a call's end tells of a recording. The others need nothing
//! from us, but for those that ask a server what the agent is to do: this is not that server, and says so.
//! Source: <https://docs.vapi.ai/server-url/events>

mod authenticate;
mod credential;
mod report;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use recordings::ports::Clock;
use recordings::recording::Provider;
use serde::Deserialize;

use crate::authenticity::note_strange;
use crate::{App, Ports, answer, record};

use authenticate::{Authentic, authenticate};
use report::Report;

/// The messages whose answer a call waits for. Their names are those of Vapi's own list.
const QUESTIONS: [&str; 7] = [
    "assistant-request",
    "tool-calls",
    "transfer-destination-request",
    "handoff-destination-request",
    "knowledge-base-request",
    "voice-request",
    "call.endpointing.request",
];

/// What every message has.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    message: Kind<'a>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: std::borrow::Cow<'a, str>,
}

/// Takes a report of a call's end. Once it is signed, the answer is 200 unless nothing could be made durable, or somebody
/// asks what we do not know.
pub(crate) async fn webhook<P: Ports>(State(app): State<Arc<App<P>>>, request: Request<Body>) -> Response {
    let webhook = match authenticate(&app, request).await {
        Ok(webhook) => webhook,
        Err(refused) => return refused,
    };
    match serde_json::from_slice::<Message<'_>>(&webhook.body) {
        Ok(Message { message: Kind { kind } }) if kind == "end-of-call-report" => take(&app, &webhook).await,
        Ok(Message { message: Kind { kind } }) => pass_by(&app, &webhook, &kind),
        Err(_) => strange(&app, &webhook, "the body is no message of Vapi's"),
    }
}

async fn take<P: Ports>(app: &App<P>, webhook: &Authentic) -> Response {
    let now = app.ports.clock().now();
    match Report::read(&webhook.body).and_then(|report| report.request(webhook, app.settings.channels, now)) {
        Ok(request) => record::take(app, &request, StatusCode::OK).await,
        Err(what) => strange(app, webhook, what),
    }
}

fn pass_by<P: Ports>(app: &App<P>, webhook: &Authentic, kind: &str) -> Response {
    let question = QUESTIONS.iter().find(|question| **question == kind);
    let Some(question) = question else {
        app.count(Provider::Vapi, "webhook_ignored");
        return answer::empty(StatusCode::OK);
    };
    tracing::warn!(
        log_type = "webhook_unanswerable",
        organisation = %webhook.organisation,
        message_type = question,
        "Vapi asks what an agent is to do, which only the agent's own server knows",
    );
    app.count(Provider::Vapi, "webhook_unanswerable");
    answer::empty(StatusCode::NOT_IMPLEMENTED)
}

fn strange<P: Ports>(app: &App<P>, webhook: &Authentic, what: &'static str) -> Response {
    note_strange(app, Provider::Vapi, &webhook.organisation, &what);
    answer::empty(StatusCode::OK)
}

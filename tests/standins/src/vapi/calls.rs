use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::DATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::VapiCall;
use super::answers::{error, not_found, organisation};
use crate::front::RequestLine;
use crate::journal::{Caller, Service, ViolationKind};
use crate::world::World;

const DEFAULT_LIMIT: usize = 100;
const MOST_LIMIT: usize = 1_000;

/// `GET /call`: an array of whole calls, at most `limit`, without a word of whether there are more.
pub(super) async fn list(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    RawQuery(query): RawQuery,
) -> Response {
    let organisation = match organisation(&caller) {
        Ok(organisation) => organisation,
        Err(no_key) => return no_key.answer(),
    };
    let Some(chosen) = Chosen::parse(query.as_deref().unwrap_or_default()) else {
        world.report(Service::Vapi, ViolationKind::UnknownRequest, &line.0);
        return error(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let now = world.now();
    let store = world.vapi().store();
    let mut calls: Vec<&VapiCall> =
        store.calls.values().filter(|call| call.organisation == organisation && chosen.has(call.created_at)).collect();
    calls.sort_by_key(|call| (call.created_at, call.id.clone()));
    if !store.behaviour.oldest_first {
        calls.reverse();
    }
    calls.truncate(chosen.limit);
    dated(now, axum::Json(calls.into_iter().map(|call| call_json(call, now)).collect::<Vec<_>>()))
}

/// `GET /call/{id}`.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(call): Path<String>,
) -> Response {
    let (now, store) = (world.now(), world.vapi().store());
    match organisation(&caller).map(|organisation| store.of(organisation, &call)) {
        Ok(Some(call)) => dated(now, axum::Json(call_json(call, now))),
        Ok(None) => not_found(),
        Err(no_key) => no_key.answer(),
    }
}

/// `DELETE /call/{id}`: the whole call goes, and comes back as the answer.
pub(super) async fn remove(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(call): Path<String>,
) -> Response {
    let (now, mut store) = (world.now(), world.vapi().store());
    let found = match organisation(&caller) {
        Ok(organisation) => store.of(organisation, &call).map(|call| call_json(call, now)),
        Err(no_key) => return no_key.answer(),
    };
    match found {
        None => not_found(),
        Some(_) if store.behaviour.deletion_fails => {
            let message = "Failed to erase call recordings; the call was not deleted. Retry the request.";
            error(StatusCode::SERVICE_UNAVAILABLE, message)
        }
        Some(deleted) => {
            store.calls.remove(&call);
            axum::Json(deleted).into_response()
        }
    }
}

impl super::Store {
    /// A call of this organisation.
    pub(super) fn of(&self, organisation: &str, call: &str) -> Option<&VapiCall> {
        self.calls.get(call).filter(|call| call.organisation == organisation)
    }
}

/// What a list is to show.
struct Chosen {
    limit: usize,
    bounds: Vec<(Bound, Timestamp)>,
}

#[derive(Clone, Copy)]
enum Bound {
    Gt,
    Lt,
    Ge,
    Le,
}

impl Chosen {
    /// What a query asks for, if all of it is imitated.
    fn parse(query: &str) -> Option<Self> {
        let mut chosen = Self { limit: DEFAULT_LIMIT, bounds: Vec::new() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let bound = match &*name {
                "limit" => {
                    chosen.limit = value.parse::<f64>().ok().map(|limit| (limit as usize).min(MOST_LIMIT))?;
                    continue;
                }
                "createdAtGt" => Bound::Gt,
                "createdAtLt" => Bound::Lt,
                "createdAtGe" => Bound::Ge,
                "createdAtLe" => Bound::Le,
                _ => return None,
            };
            chosen.bounds.push((bound, value.parse().ok()?));
        }
        Some(chosen)
    }

    fn has(&self, created_at: Timestamp) -> bool {
        self.bounds.iter().all(|(bound, time)| match bound {
            Bound::Gt => created_at > *time,
            Bound::Lt => created_at < *time,
            Bound::Ge => created_at >= *time,
            Bound::Le => created_at <= *time,
        })
    }
}

/// The call of protocols.md section 3, as `GET /call` and reports show it.
pub(super) fn call_json(call: &VapiCall, now: Timestamp) -> Value {
    let mut json = json!({
        "id": call.id,
        "orgId": call.organisation,
        "type": "inboundPhoneCall",
        "phoneCallProvider": "twilio",
        "phoneCallTransport": "pstn",
        "createdAt": millis(call.created_at),
        "updatedAt": millis(call.ended_at),
        "status": call.status,
        "customer": {"number": call.customer},
        "assistantId": "00000000-0000-4000-8000-00000000000a",
        "phoneCallProviderId": call.twilio_call_sid,
        "cost": 0.05,
        "messages": [],
    });
    if call.status == "ended" {
        json["startedAt"] = json!(millis(call.created_at));
        json["endedAt"] = json!(millis(call.ended_at));
        json["endedReason"] = json!(call.ended_reason);
        json["artifact"] = artifact(call, now);
        json["analysis"] = json!({"summary": "A call.", "successEvaluation": "true"});
    }
    json
}

/// What is left of a call: its transcript, and where its recordings are, which nobody may fetch without the key.
pub(super) fn artifact(call: &VapiCall, now: Timestamp) -> Value {
    let mut artifact = Map::new();
    artifact.insert("messages".to_owned(), json!([]));
    artifact.insert("transcript".to_owned(), json!(call.transcript));
    if call.has_recording(now) {
        let url = |kind: &str| format!("https://storage.vapi.ai/{}-{kind}.wav", call.id);
        artifact.insert("recordingUrl".to_owned(), json!(url("mono")));
        artifact.insert("stereoRecordingUrl".to_owned(), json!(url("stereo")));
        artifact.insert(
            "recording".to_owned(),
            json!({
                "stereoUrl": url("stereo"),
                "mono": {
                    "combinedUrl": url("mono"),
                    "assistantUrl": url("assistant"),
                    "customerUrl": url("customer"),
                },
            }),
        );
    }
    Value::Object(artifact)
}

/// Vapi writes milliseconds.
pub(super) fn millis(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// An answer with the time of the virtual clock.
fn dated(now: Timestamp, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().extend(HeaderValue::try_from(date).ok().map(|date| (DATE, date)));
    response
}

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answers::{error, no_conversation, unprocessable, workspace};
use super::{Conversation, Unready};
use crate::front::RequestLine;
use crate::journal::{Caller, Service, ViolationKind};
use crate::served::{self, Manner};
use crate::world::World;

const DEFAULT_PAGE_SIZE: usize = 30;
const MOST_PAGE_SIZE: usize = 100;

/// `GET /v1/convai/conversations`: newest first, in pages with a cursor. A summary does not say whether there is audio.
pub(super) async fn list(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    RawQuery(query): RawQuery,
) -> Response {
    let workspace = match workspace(&caller) {
        Ok(workspace) => workspace,
        Err(no_key) => return no_key.answer(),
    };
    let chosen = match Chosen::parse(query.as_deref().unwrap_or_default()) {
        Ok(chosen) => chosen,
        Err(Wrong::Value(name)) => return unprocessable(name),
        Err(Wrong::Unknown) => {
            world.report(Service::ElevenLabs, ViolationKind::UnknownRequest, &line.0);
            return unprocessable("query");
        }
    };
    let now = world.now();
    let store = world.elevenlabs().store();
    let ours = store.conversations.values().filter(|it| it.workspace == workspace && chosen.has(it.started_at));
    let mut ours: Vec<&Conversation> = ours.collect();
    ours.sort_by_key(|it| std::cmp::Reverse((it.started_at, it.id.clone())));
    if let Some(after) = &chosen.after {
        ours.retain(|it| (it.started_at.as_second(), &it.id) < (after.0, &after.1));
    }
    let has_more = ours.len() > chosen.page_size;
    ours.truncate(chosen.page_size);
    let next = ours.last().filter(|_| has_more).map(|last| cursor(last));
    axum::Json(json!({
        "conversations": ours.into_iter().map(|it| summary(it, now)).collect::<Vec<_>>(),
        "next_cursor": next,
        "has_more": has_more,
    }))
    .into_response()
}

/// `GET /v1/convai/conversations/{id}`.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let (now, store) = (world.now(), world.elevenlabs().store());
    match workspace(&caller).map(|workspace| store.of(workspace, &id)) {
        Ok(Some(conversation)) => axum::Json(conversation_json(conversation, now)).into_response(),
        Ok(None) => no_conversation(),
        Err(no_key) => no_key.answer(),
    }
}

/// `GET /v1/convai/conversations/{id}/audio`.
pub(super) async fn audio(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (now, store) = (world.now(), world.elevenlabs().store());
    let conversation = match workspace(&caller).map(|workspace| store.of(workspace, &id)) {
        Ok(Some(conversation)) => conversation,
        Ok(None) => return no_conversation(),
        Err(no_key) => return no_key.answer(),
    };
    if !conversation.has_audio || !conversation.is_ready(now) {
        return match store.behaviour.unready {
            Unready::NotFound => error(StatusCode::NOT_FOUND, "audio_not_found", "There is no audio."),
            Unready::Empty => [(CONTENT_TYPE, "audio/mpeg")].into_response(),
            Unready::Json => axum::Json(json!({"status": "processing"})).into_response(),
        };
    }
    let manner = Manner { content_length: store.behaviour.content_length, ranges: store.behaviour.ranges };
    served::audio(&conversation.track(), &id, "audio/mpeg", manner, &headers)
}

/// `DELETE /v1/convai/conversations/{id}`: the whole conversation goes. A second time it is not known, here.
pub(super) async fn remove(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let mut store = world.elevenlabs().store();
    match workspace(&caller).map(|workspace| store.of(workspace, &id).is_some()) {
        Ok(true) => {
            store.conversations.remove(&id);
            axum::Json(json!({})).into_response()
        }
        Ok(false) => no_conversation(),
        Err(no_key) => no_key.answer(),
    }
}

impl super::Store {
    /// A conversation of this workspace.
    pub(super) fn of(&self, workspace: &str, id: &str) -> Option<&Conversation> {
        self.conversations.get(id).filter(|conversation| conversation.workspace == workspace)
    }
}

/// What a list is to show.
struct Chosen {
    page_size: usize,
    after_unix: i64,
    before_unix: i64,
    after: Option<(i64, String)>,
}

enum Wrong {
    Value(&'static str),
    Unknown,
}

impl Chosen {
    fn parse(query: &str) -> Result<Self, Wrong> {
        let mut chosen =
            Self { page_size: DEFAULT_PAGE_SIZE, after_unix: i64::MIN, before_unix: i64::MAX, after: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "page_size" => {
                    let size = value.parse().ok().filter(|size| (1..=MOST_PAGE_SIZE).contains(size));
                    chosen.page_size = size.ok_or(Wrong::Value("page_size"))?;
                }
                "call_start_after_unix" => {
                    chosen.after_unix = value.parse().map_err(|_| Wrong::Value("call_start_after_unix"))?;
                }
                "call_start_before_unix" => {
                    chosen.before_unix = value.parse().map_err(|_| Wrong::Value("call_start_before_unix"))?;
                }
                "cursor" => chosen.after = Some(place(&value).ok_or(Wrong::Value("cursor"))?),
                _ => return Err(Wrong::Unknown),
            }
        }
        Ok(chosen)
    }

    /// Whether the bounds are in the list is not known; here they are not.
    fn has(&self, started_at: Timestamp) -> bool {
        let started_at = started_at.as_second();
        self.after_unix < started_at && started_at < self.before_unix
    }
}

/// A cursor names the last conversation of its page, so that what is new or deleted moves nothing.
fn cursor(last: &Conversation) -> String {
    hex::encode(format!("{} {}", last.started_at.as_second(), last.id))
}

fn place(cursor: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(hex::decode(cursor).ok()?).ok()?;
    let (second, id) = text.split_once(' ')?;
    Some((second.parse().ok()?, id.to_owned()))
}

fn summary(conversation: &Conversation, now: Timestamp) -> Value {
    json!({
        "agent_id": "agent_standin",
        "agent_name": "Stand-in",
        "conversation_id": conversation.id,
        "start_time_unix_secs": conversation.started_at.as_second(),
        "call_duration_secs": conversation.seconds,
        "message_count": 2,
        "status": conversation.status(now),
        "call_successful": "success",
        "direction": "inbound",
    })
}

/// The conversation of protocols.md section 4, as `GET` and events show it.
pub(super) fn conversation_json(conversation: &Conversation, now: Timestamp) -> Value {
    let has_audio = conversation.has_audio && conversation.status(now) == "done";
    let phone_call = conversation.call_sid.as_ref().map(|call_sid| {
        json!({
            "type": "twilio",
            "direction": "inbound",
            "phone_number_id": "phnum_standin",
            "agent_number": "+18005551212",
            "external_number": conversation.external_number,
            "stream_sid": format!("MZ{:032}", 0),
            "call_sid": call_sid,
        })
    });
    json!({
        "agent_id": "agent_standin",
        "conversation_id": conversation.id,
        "status": conversation.status(now),
        "user_id": null,
        "transcript": [
            {"role": "agent", "message": "How can I help?", "time_in_call_secs": 0},
            {"role": "user", "message": conversation.said, "time_in_call_secs": 2},
        ],
        "metadata": {
            "start_time_unix_secs": conversation.started_at.as_second(),
            "call_duration_secs": conversation.seconds,
            "cost": 10,
            "deletion_settings": {"deletion_time_unix_secs": null, "deleted_audio_at_time_unix_secs": null},
            "phone_call": phone_call,
            "termination_reason": "",
        },
        "analysis": {"call_successful": "success", "transcript_summary": "A call."},
        "conversation_initiation_client_data": {"dynamic_variables": {}},
        "has_audio": has_audio,
        "has_user_audio": has_audio,
        "has_response_audio": has_audio,
        "has_auxiliary_audio": false,
    })
}

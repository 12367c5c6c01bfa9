use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers::{no_agent, unprocessable, workspace};
use crate::front::RequestLine;
use crate::ids::elevenlabs_id;
use crate::journal::{Caller, Service, ViolationKind};
use crate::world::{World, WorldError};

const DEFAULT_PAGE_SIZE: usize = 30;
const MOST_PAGE_SIZE: usize = 100;

/// An agent to be made at ElevenLabs. The default saves audio, and leaves it to its workspace who is told of its calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceAgent {
    /// The workspace; the first one when absent.
    pub workspace: Option<String>,
    /// Its name; `Agent` when absent.
    pub name: Option<String>,
    /// Whether it saves audio; nothing is said when absent.
    pub record_voice: Option<bool>,
    /// For how many days it keeps what it saves; nothing is said when absent.
    pub retention_days: Option<i64>,
    /// Who is told of its calls instead of whom its workspace chose.
    pub webhooks: Option<PostCallWebhook>,
    /// It is archived.
    pub archived: bool,
}

/// Who is told when a call is over, of an agent's or of a workspace's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostCallWebhook {
    /// The workspace that chooses; the first one when absent. An agent's is its own.
    pub workspace: Option<String>,
    /// The webhook, if one is chosen.
    pub webhook_id: Option<String>,
    /// Of which events: `transcript`, `audio` and others.
    pub events: Vec<String>,
}

/// An agent at ElevenLabs.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    workspace: String,
    name: String,
    archived: bool,
    created_at: Timestamp,
    platform: Value,
}

impl World {
    /// Makes an agent at ElevenLabs; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such workspace.
    pub fn place_agent(&self, wanted: PlaceAgent) -> Result<String, WorldError> {
        let workspace = self.elevenlabs().workspace(wanted.workspace.as_deref())?.id.clone();
        let mut privacy = Map::from_iter([("delete_audio".to_owned(), json!(true))]);
        privacy.extend(wanted.record_voice.map(|value| ("record_voice".to_owned(), json!(value))));
        privacy.extend(wanted.retention_days.map(|value| ("retention_days".to_owned(), json!(value))));
        let webhooks = wanted.webhooks.as_ref().map(PostCallWebhook::json);
        let agent = Agent {
            workspace,
            name: wanted.name.unwrap_or_else(|| "Agent".to_owned()),
            archived: wanted.archived,
            created_at: self.now(),
            platform: json!({"privacy": privacy, "workspace_overrides": {"webhooks": webhooks}}),
        };
        let id = elevenlabs_id("agent_");
        self.elevenlabs().store().agents.insert(id.clone(), agent);
        Ok(id)
    }

    /// Chooses who is told of the calls of a workspace's agents, those apart that chose for themselves.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such workspace.
    pub fn choose_post_call_webhook(&self, chosen: PostCallWebhook) -> Result<(), WorldError> {
        let workspace = self.elevenlabs().workspace(chosen.workspace.as_deref())?.id.clone();
        self.elevenlabs().store().post_call_webhooks.insert(workspace, chosen);
        Ok(())
    }
}

impl PostCallWebhook {
    fn json(&self) -> Value {
        json!({"post_call_webhook_id": self.webhook_id, "events": self.events})
    }
}

/// `GET /v1/convai/agents`: in pages with a cursor. An entry says nothing of privacy or webhooks.
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
    let (mut page_size, mut archived, mut after) = (DEFAULT_PAGE_SIZE, None, None);
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match (&*name, value.parse::<usize>(), value.parse::<bool>()) {
            ("page_size", Ok(size @ 1..=MOST_PAGE_SIZE), _) => page_size = size,
            ("archived", _, Ok(wanted)) => archived = Some(wanted),
            ("cursor", ..) => after = Some(value.into_owned()),
            ("page_size" | "archived", ..) => return unprocessable("query"),
            _ => {
                world.report(Service::ElevenLabs, ViolationKind::UnknownRequest, &line.0);
                return unprocessable("query");
            }
        }
    }
    let store = world.elevenlabs().store();
    let mut ours: Vec<_> = store
        .agents
        .iter()
        .filter(|(id, agent)| {
            agent.workspace == workspace
                && archived.is_none_or(|wanted| wanted == agent.archived)
                && after.as_ref().is_none_or(|after| *id > after)
        })
        .collect();
    let has_more = ours.len() > page_size;
    ours.truncate(page_size);
    // A cursor is the last id of its page.
    let next = ours.last().filter(|_| has_more).map(|(id, _)| (*id).clone());
    let agents: Vec<_> = ours.into_iter().map(|(id, agent)| agent.summary(id)).collect();
    axum::Json(json!({"agents": agents, "next_cursor": next, "has_more": has_more})).into_response()
}

/// `GET /v1/convai/agents/{id}`.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let store = world.elevenlabs().store();
    match workspace(&caller).map(|workspace| store.agents.get(&id).filter(|agent| agent.workspace == workspace)) {
        Ok(Some(agent)) => axum::Json(agent.json(&id)).into_response(),
        Ok(None) => no_agent(),
        Err(no_key) => no_key.answer(),
    }
}

/// `GET /v1/convai/settings`.
pub(super) async fn settings(State(world): State<World>, Extension(caller): Extension<Caller>) -> Response {
    let store = world.elevenlabs().store();
    match workspace(&caller).map(|workspace| store.post_call_webhooks.get(workspace)) {
        Ok(chosen) => {
            let webhooks = chosen.cloned().unwrap_or_default().json();
            axum::Json(json!({"webhooks": webhooks, "can_use_mcp_servers": false})).into_response()
        }
        Err(no_key) => no_key.answer(),
    }
}

impl Agent {
    fn summary(&self, id: &str) -> Value {
        json!({
            "agent_id": id,
            "name": self.name,
            "voice_id": "voice_standin",
            "tags": [],
            "created_at_unix_secs": self.created_at.as_second(),
            "updated_at_unix_secs": self.created_at.as_second(),
            "access_info": access(),
            "archived": self.archived,
        })
    }

    fn json(&self, id: &str) -> Value {
        json!({
            "agent_id": id,
            "name": self.name,
            "conversation_config": {},
            "metadata": {
                "created_at_unix_secs": self.created_at.as_second(),
                "updated_at_unix_secs": self.created_at.as_second(),
            },
            "platform_settings": self.platform,
            "access_info": access(),
        })
    }
}

fn access() -> Value {
    json!({"is_creator": true, "creator_name": "Stand-in", "creator_email": "agent@example.com", "role": "admin"})
}

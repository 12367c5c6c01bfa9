//! ElevenLabs' API for agents as far as protocols.md section 4 knows it, and ElevenLabs as a sender of events.

mod agents;
mod answers;
mod conversations;
mod events;
mod placing;
mod webhooks;

use std::collections::BTreeMap;

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::get;
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};

use crate::journal::Caller;
use crate::settings::Workspace;
use crate::world::{World, WorldError};

pub use agents::{PlaceAgent, PostCallWebhook};
pub(crate) use answers::not_found;
pub use events::{ElevenLabsEvent, EventKind};
pub use placing::{Conversation, PlaceConversation};
pub use webhooks::PlaceAgentWebhook;

use agents::Agent;
use webhooks::Webhook;

/// The header with the key.
pub(crate) const API_KEY: &str = "xi-api-key";

/// What can be chosen about ElevenLabs while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElevenLabsBehaviour {
    /// What is answered for audio that is not ready, or that there is none of.
    pub unready: Unready,
    /// Audio comes with `Content-Length`; otherwise chunked.
    pub content_length: bool,
    /// Ranges of audio are served.
    pub ranges: bool,
}

impl Default for ElevenLabsBehaviour {
    /// Neither lengths nor ranges are documented, so a client does without.
    fn default() -> Self {
        Self { unready: Unready::NotFound, content_length: false, ranges: false }
    }
}

/// What is answered for audio that is not ready. Which it is, is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unready {
    /// 404.
    #[default]
    NotFound,
    /// 200 and nothing more.
    Empty,
    /// 200 and JSON.
    Json,
}

#[derive(Debug)]
pub(crate) struct ElevenLabs {
    workspaces: Vec<Workspace>,
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    behaviour: ElevenLabsBehaviour,
    conversations: BTreeMap<String, Conversation>,
    webhooks: BTreeMap<String, Webhook>,
    agents: BTreeMap<String, Agent>,
    /// Whom each workspace chose to tell.
    post_call_webhooks: BTreeMap<String, PostCallWebhook>,
}

impl ElevenLabs {
    pub(crate) fn new(workspaces: &[Workspace]) -> Self {
        let workspaces = if workspaces.is_empty() { vec![Workspace::default()] } else { workspaces.to_vec() };
        Self { workspaces, store: Mutex::default() }
    }

    /// Whom a key names.
    pub(crate) fn caller(&self, key: &HeaderValue) -> Caller {
        let known = self.workspaces.iter().find(|workspace| key.as_bytes() == workspace.api_key.as_bytes());
        known.map_or(Caller::Stranger, |workspace| Caller::Workspace { id: workspace.id.clone() })
    }

    /// The workspace of that name, or the first one when none is named.
    fn workspace(&self, id: Option<&str>) -> Result<&Workspace, WorldError> {
        let found = self.workspaces.iter().find(|workspace| id.is_none_or(|id| id == workspace.id));
        found.ok_or_else(|| WorldError::not_found("workspace", id.unwrap_or_default()))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock()
    }
}

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/v1/convai/conversations", get(conversations::list))
        .route("/v1/convai/conversations/{conversation}", get(conversations::fetch).delete(conversations::remove))
        .route("/v1/convai/conversations/{conversation}/audio", get(conversations::audio))
        .route("/v1/convai/agents", get(agents::list))
        .route("/v1/convai/agents/{agent}", get(agents::fetch))
        .route("/v1/convai/settings", get(agents::settings))
        .route("/v1/workspace/webhooks", get(webhooks::list))
}

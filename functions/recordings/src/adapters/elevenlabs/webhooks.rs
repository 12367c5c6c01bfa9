use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{API_TIMEOUT, ElevenLabs};
use crate::adapters::http::json_of;
use crate::ports::{AgentSetting, AgentSettings, AgentState, PortError, SecretSource};
use crate::recording::Organisation;

const LIST: &str = "elevenlabs GET webhooks";
const SETTINGS: &str = "elevenlabs GET settings";
const ANSWER_BYTES: usize = 1024 * 1024;

/// The event that tells of a call which is over.
const TRANSCRIPT: &str = "transcript";

/// Source: <https://elevenlabs.io/docs/api-reference/webhooks/list>
#[derive(Deserialize)]
struct Webhooks {
    webhooks: Vec<Value>,
}

/// Source: elevenlabs 2.78.0 `types/get_conv_ai_settings_response_model.py`
#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    webhooks: Value,
}

impl<S: SecretSource + Send> ElevenLabs<S> {
    /// The webhooks of an organisation's workspace.
    pub(super) async fn webhooks(&self, organisation: &Organisation) -> Result<AgentSettings, PortError> {
        let url = self.settings.base_url.join(&["v1", "workspace", "webhooks"]);
        let request = self.request(LIST, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(LIST, request, super::word).await?;
        let listed: Webhooks =
            json_of(LIST, response, ANSWER_BYTES, "the answer is not a list of webhooks' JSON").await?;
        let mut told = AgentSettings::default();
        for webhook in &listed.webhooks {
            match webhook["webhook_id"].as_str().and_then(|id| id.parse().ok()) {
                Some(id) => told.settings.push(AgentSetting { id, state: state(webhook) }),
                None => told.strange += 1,
            }
        }
        Ok(told)
    }

    /// What a workspace says of who is told of the calls of its agents.
    pub(super) async fn usual_telling(&self, organisation: &Organisation) -> Result<Option<Telling>, PortError> {
        let url = self.settings.base_url.join(&["v1", "convai", "settings"]);
        let request = self.request(SETTINGS, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(SETTINGS, request, super::word).await?;
        let settings: Settings =
            json_of(SETTINGS, response, ANSWER_BYTES, "the answer is not the settings' JSON").await?;
        Ok(Telling::said_by(&settings.webhooks))
    }
}

fn state(webhook: &Value) -> AgentState {
    let is = |name: &str| webhook[name].as_bool() == Some(true);
    match (is("is_auto_disabled"), is("is_disabled")) {
        (true, _) => AgentState::AutoDisabled,
        (false, true) => AgentState::Disabled,
        // What is set by this name is not among what the list is documented to tell.
        (false, false) => AgentState::Delivers { retries: webhook["retry_enabled"].as_bool() },
    }
}

/// Whether a webhook that was chosen is told when a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// It is.
    OfCalls,
    /// It is told of other events only.
    OfOtherEvents,
}

impl Telling {
    /// What the settings of an agent or a workspace say, or nothing where they choose no webhook. Where they choose one and
    /// name no events, which is how they were before there was a choice of events, it is told of calls.
    /// Source: elevenlabs 2.78.0 `types/conv_ai_webhooks.py`
    pub(super) fn said_by(webhooks: &Value) -> Option<Self> {
        webhooks["post_call_webhook_id"].as_str().filter(|id| !id.is_empty())?;
        let events = webhooks["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_told = events.is_empty() || events.iter().any(|event| event.as_str() == Some(TRANSCRIPT));
        Some(if is_told { Self::OfCalls } else { Self::OfOtherEvents })
    }
}

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::{API_TIMEOUT, ElevenLabs};
use crate::adapters::http::{Problem, whole_body};
use crate::ports::{AgentId, AgentSetting, AgentSettings, AgentState, ErrorKind, PortError, SecretSource, VoiceAgents};
use crate::recording::{Organisation, Provider};

const LIST: &str = "elevenlabs GET webhooks";
const LIST_BYTES: usize = 1024 * 1024;

/// Source: <https://elevenlabs.io/docs/api-reference/webhooks/list>
#[derive(Deserialize)]
struct Webhooks {
    webhooks: Vec<Value>,
}

/// An agent of ElevenLabs' always keeps audio unless its retention says otherwise; what may be off is the webhook.
impl<S: SecretSource + Send> VoiceAgents for ElevenLabs<S> {
    async fn settings(&self, organisation: &Organisation, provider: Provider) -> Result<AgentSettings, PortError> {
        self.key(LIST, provider, organisation).await?;
        let url = self.settings.base_url.join(&["v1", "workspace", "webhooks"]);
        let request = self.request(LIST, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.send(LIST, request).await?;
        if response.status() != StatusCode::OK {
            return Err(Problem::read(response, super::word).await.port_error(LIST));
        }
        let body = whole_body(LIST, response, LIST_BYTES).await?;
        // serde_json's message may quote the body, so it is not kept.
        let Webhooks { webhooks } = serde_json::from_slice(&body)
            .map_err(|_| PortError::new(ErrorKind::Unavailable, LIST, "the answer is not a list of webhooks' JSON"))?;
        let mut told = AgentSettings::default();
        for webhook in &webhooks {
            match webhook["webhook_id"].as_str().and_then(|id| id.parse().ok()) {
                Some(id) => told.settings.push(AgentSetting { id, state: state(webhook) }),
                None => told.strange += 1,
            }
        }
        Ok(told)
    }

    async fn record(&self, _: &Organisation, _: Provider, _: &AgentId) -> Result<(), PortError> {
        Err(PortError::new(ErrorKind::Invalid, "elevenlabs PATCH webhook", "a webhook is for people to switch on"))
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

#[cfg(test)]
#[path = "webhooks_tests.rs"]
mod tests;

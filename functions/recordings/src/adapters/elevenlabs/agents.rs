use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::webhooks::Telling;
use super::{API_TIMEOUT, ElevenLabs};
use crate::adapters::http::json_of;
use crate::ports::{
    Advice, AgentId, AgentSetting, AgentSettings, AgentState, ErrorKind, PortError, SecretSource, VoiceAgents,
};
use crate::recording::{Organisation, Provider};

const LIST: &str = "elevenlabs GET agents";
const LOOK: &str = "elevenlabs GET agent";

/// So many agents are looked at, and more are too many to say anything of. Nobody has as many.
const MOST: usize = 1_000;

/// Agents that are looked at at the same time.
const LOOKS_AT_ONCE: usize = 4;

const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// An agent comes with its whole prompt.
const AGENT_BYTES: usize = 4 * 1024 * 1024;

/// Source: elevenlabs 2.78.0 `types/get_agents_page_response_model.py`. A page that does not say whether it is the last is
/// none: a list cut short would look complete.
#[derive(Deserialize)]
struct Page {
    agents: Vec<Value>,
    has_more: bool,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// An agent keeps audio unless somebody says otherwise, and its calls are told of by a webhook that it chose, or else its
/// workspace: each may be off.
impl<S: SecretSource + Send> VoiceAgents for ElevenLabs<S> {
    async fn settings(&self, organisation: &Organisation, provider: Provider) -> Result<AgentSettings, PortError> {
        self.key(LIST, provider, organisation).await?;
        let mut told = self.webhooks(organisation).await?;
        let agents = self.agents(organisation).await?;
        if agents.is_empty() {
            return Ok(told);
        }
        let usual = self.usual_telling(organisation).await?;
        let looking: Vec<_> = agents.iter().map(|agent| self.look_at_agent(organisation, agent, usual)).collect();
        let looked: Vec<_> = stream::iter(looking).buffered(LOOKS_AT_ONCE).collect().await;
        for looked in looked {
            match looked? {
                Looked::At(setting) => told.settings.push(setting),
                Looked::Gone => {}
                Looked::Strange => told.strange += 1,
            }
        }
        Ok(told)
    }

    async fn record(&self, _: &Organisation, _: Provider, _: &AgentId) -> Result<(), PortError> {
        Err(PortError::new(ErrorKind::Invalid, "elevenlabs PATCH agent", "agents and webhooks are for people to set"))
    }
}

/// What a look at an agent led to.
enum Looked {
    At(AgentSetting),
    /// It was deleted since the list was read.
    Gone,
    Strange,
}

impl<S: SecretSource + Send> ElevenLabs<S> {
    /// The ids of all agents that are in use, as ElevenLabs writes them.
    async fn agents(&self, organisation: &Organisation) -> Result<Vec<String>, PortError> {
        let (mut ids, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = self.page_of_agents(organisation, cursor.as_deref()).await?;
            ids.extend(page.agents.iter().map(|agent| agent["agent_id"].as_str().unwrap_or_default().to_owned()));
            if !page.has_more {
                return Ok(ids);
            }
            let leads_on = page.next_cursor.is_some() && page.next_cursor != cursor && !page.agents.is_empty();
            if !leads_on || ids.len() >= MOST {
                let detail = "the list of agents does not come to an end";
                return Err(PortError::new(ErrorKind::Invalid, LIST, detail));
            }
            cursor = page.next_cursor;
        }
    }

    async fn page_of_agents(&self, organisation: &Organisation, cursor: Option<&str>) -> Result<Page, PortError> {
        let mut url = self.settings.base_url.join(&["v1", "convai", "agents"]);
        url.query_pairs_mut()
            .append_pair("page_size", &self.page_size.to_string())
            .append_pair("archived", "false")
            .extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        let request = self.request(LIST, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(LIST, request, super::word).await?;
        json_of(LIST, response, PAGE_BYTES, "the answer is not a page of agents' JSON").await
    }

    async fn look_at_agent(
        &self,
        organisation: &Organisation,
        agent: &str,
        usual: Option<Telling>,
    ) -> Result<Looked, PortError> {
        let Ok(id) = agent.parse::<AgentId>() else { return Ok(Looked::Strange) };
        let url = self.settings.base_url.join(&["v1", "convai", "agents", id.as_str()]);
        let request = self.request(LOOK, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = match self.http.ask(LOOK, request, super::word).await {
            Ok(response) => response,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Looked::Gone),
            Err(error) if error.advice() != Advice::Retry => return Ok(Looked::Strange),
            Err(error) => return Err(error),
        };
        let told: Value = json_of(LOOK, response, AGENT_BYTES, "the answer is not the agent's JSON").await?;
        if told["agent_id"].as_str() != Some(id.as_str()) {
            return Ok(Looked::Strange);
        }
        Ok(Looked::At(AgentSetting { id, state: state(&told["platform_settings"], usual) }))
    }
}

/// What is worst about an agent. Audio is kept by default, for two years.
/// Source: elevenlabs 2.78.0 `types/privacy_config_output.py`, `types/agent_workspace_overrides_output.py`
fn state(platform: &Value, usual: Option<Telling>) -> AgentState {
    let privacy = &platform["privacy"];
    let is = |name: &str| privacy[name].as_bool();
    if is("record_voice") == Some(false) {
        return AgentState::RecordingOff;
    }
    // Nothing is deleted at once of what is not deleted at all.
    let is_deleted_at_once = privacy["retention_days"].as_i64() == Some(0) && is("delete_audio") != Some(false);
    if is("zero_retention_mode") == Some(true) || is_deleted_at_once {
        return AgentState::KeepsNothing;
    }
    match Telling::said_by(&platform["workspace_overrides"]["webhooks"]).or(usual) {
        Some(Telling::OfCalls) => AgentState::Records,
        Some(Telling::OfOtherEvents) | None => AgentState::Untold,
    }
}

#[cfg(test)]
#[path = "agents_tests.rs"]
mod tests;

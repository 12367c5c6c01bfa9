use reqwest::{Method, Response};
use serde_json::{Map, Value, json};
use url::Url;

use super::{API_TIMEOUT, Vapi};
use crate::adapters::http::json_of;
use crate::ports::{AgentId, AgentSetting, AgentSettings, AgentState, ErrorKind, PortError, SecretSource, VoiceAgents};
use crate::recording::{Organisation, Provider};

const LIST: &str = "vapi GET assistants";
const LOOK: &str = "vapi GET assistant";
const CHANGE: &str = "vapi PATCH assistant";

/// The most that Vapi gives at once. Nobody has as many.
const MOST: usize = 1_000;

/// An assistant comes with its whole prompt.
const ASSISTANT_BYTES: usize = 4 * 1024 * 1024;
const LIST_BYTES: usize = 48 * 1024 * 1024;

/// Source: <https://docs.vapi.ai/assistants/call-recording>
impl<S: SecretSource + Send> VoiceAgents for Vapi<S> {
    async fn settings(&self, organisation: &Organisation, provider: Provider) -> Result<AgentSettings, PortError> {
        self.key(LIST, provider, organisation).await?;
        let mut url = self.settings.base_url.join(&["assistant"]);
        url.query_pairs_mut().append_pair("limit", &MOST.to_string());
        let response = self.ask(LIST, Method::GET, organisation, url, None).await?;
        let listed: Vec<Value> =
            json_of(LIST, response, LIST_BYTES, "the answer is not a list of assistants' JSON").await?;
        if listed.len() >= MOST {
            return Err(PortError::new(ErrorKind::Invalid, LIST, "there are more assistants than Vapi gives at once"));
        }
        let mut told = AgentSettings::default();
        for assistant in &listed {
            match assistant["id"].as_str().and_then(|id| id.parse().ok()) {
                Some(id) => told.settings.push(AgentSetting { id, state: state(assistant) }),
                None => told.strange += 1,
            }
        }
        Ok(told)
    }

    /// Whether Vapi merges what is within a member that is changed is not documented, so all of it is sent back.
    async fn record(&self, organisation: &Organisation, provider: Provider, agent: &AgentId) -> Result<(), PortError> {
        self.key(LOOK, provider, organisation).await?;
        let url = self.settings.base_url.join(&["assistant", agent.as_str()]);
        let response = self.ask(LOOK, Method::GET, organisation, url.clone(), None).await?;
        let assistant: Map<String, Value> =
            json_of(LOOK, response, ASSISTANT_BYTES, "the answer is not the assistant's JSON").await?;
        let mut plan = assistant.get("artifactPlan").and_then(Value::as_object).cloned().unwrap_or_default();
        if state(&Value::Object(assistant)) == AgentState::Records {
            return Ok(());
        }
        plan.insert("recordingEnabled".to_owned(), true.into());
        let change = json!({ "artifactPlan": plan });
        self.ask(CHANGE, Method::PATCH, organisation, url, Some(&change)).await.map(drop)
    }
}

/// Calls are recorded unless somebody says that they are not; with HIPAA on, only if somebody says that they are.
fn state(assistant: &Value) -> AgentState {
    let said = assistant["artifactPlan"]["recordingEnabled"].as_bool();
    let is_hipaa = [&assistant["hipaaEnabled"], &assistant["compliancePlan"]["hipaaEnabled"]]
        .into_iter()
        .any(|enabled| enabled.as_bool() == Some(true));
    if said.unwrap_or(!is_hipaa) { AgentState::Records } else { AgentState::RecordingOff }
}

impl<S: SecretSource + Send> Vapi<S> {
    async fn ask(
        &self,
        operation: &'static str,
        method: Method,
        organisation: &Organisation,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Response, PortError> {
        let request = self.request(operation, method, organisation, url).await?.timeout(API_TIMEOUT);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.http.ask(operation, request, super::word).await
    }
}

#[cfg(test)]
#[path = "assistants_tests.rs"]
mod tests;

//! Vapi's calls: the audio of each, the deletion of a whole call, and Vapi's own list of calls.

mod assistants;
mod audio;
mod call;
mod list;
mod transcript;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::http::{BaseUrl, HttpClient, Problem, whole_body};
use crate::ports::{ErrorKind, PortError, ProviderCopies, SecretSource};
use crate::recording::{CallId, Channels, Organisation, Provider, RecordingRef};

const DELETE: &str = "vapi DELETE call";

/// For answers that are not audio. A call comes with its whole transcript, and a page has many.
const API_TIMEOUT: Duration = Duration::from_secs(20);

/// More than any call's JSON takes.
const CALL_BYTES: usize = 8 * 1024 * 1024;

/// How calls are asked for.
#[derive(Debug, Clone)]
pub struct VapiSettings {
    /// Where Vapi's API answers: `https://api.vapi.ai`, or a region's own.
    pub base_url: BaseUrl,
    /// Which of a call's recordings is listed: the mixed one, or the one with a channel a party.
    pub channels: Channels,
}

/// Vapi, with each organisation's own key.
pub struct Vapi<S> {
    http: HttpClient,
    secrets: Arc<S>,
    settings: VapiSettings,
    page_size: u16,
}

impl<S: SecretSource> Vapi<S> {
    /// Vapi by these settings.
    pub fn new(http: HttpClient, secrets: Arc<S>, settings: VapiSettings) -> Self {
        Self { http, secrets, settings, page_size: list::PAGE_SIZE }
    }

    /// Asks for so many calls a page instead, from two to a thousand.
    #[must_use]
    pub fn with_page_size(self, calls: u16) -> Self {
        Self { page_size: calls.clamp(2, list::MOST_PAGE_SIZE), ..self }
    }

    async fn key(
        &self,
        operation: &'static str,
        provider: Provider,
        organisation: &Organisation,
    ) -> Result<SecretString, PortError> {
        if provider != Provider::Vapi {
            return Err(PortError::new(ErrorKind::Invalid, operation, "not a recording of Vapi's"));
        }
        let secrets = self.secrets.current().await?;
        secrets.vapi(organisation).map(|vapi| vapi.api_key.clone()).ok_or_else(|| {
            PortError::new(ErrorKind::Refused, operation, "the secret holds no Vapi key of the organisation")
        })
    }

    /// Begins a request with the organisation's private key.
    async fn request(
        &self,
        operation: &'static str,
        method: Method,
        organisation: &Organisation,
        url: Url,
    ) -> Result<RequestBuilder, PortError> {
        let key = self.key(operation, Provider::Vapi, organisation).await?;
        Ok(self.http.request(method, url).bearer_auth(key.expose_secret()))
    }

    /// Built from checked ids only, so that it leads nowhere else, whatever a webhook says.
    fn call_url(&self, call: &CallId) -> Url {
        self.settings.base_url.join(&["call", call.as_str()])
    }

    fn audio_url(&self, recording: &RecordingRef) -> Url {
        let file = format!("{}-recording", recording.recording_id);
        self.settings.base_url.join(&["call", recording.call_id.as_str(), &file])
    }
}

/// Vapi deletes no recording alone: the call goes with it, its transcript and its log.
impl<S: SecretSource + Send> ProviderCopies for Vapi<S> {
    async fn delete(&self, recording: &RecordingRef) -> Result<(), PortError> {
        self.key(DELETE, recording.provider, &recording.organisation).await?;
        let url = self.call_url(&recording.call_id);
        let request = self.request(DELETE, Method::DELETE, &recording.organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.send(DELETE, request).await?;
        match response.status() {
            StatusCode::NO_CONTENT => Ok(()),
            StatusCode::OK => {
                let body = whole_body(DELETE, response, CALL_BYTES).await?;
                // Vapi answers with what it deleted. A deletion is recorded for good, so a page of somebody in between
                // does not do.
                let is_vapis = body.is_empty() || serde_json::from_slice::<Map<String, Value>>(&body).is_ok();
                let not_vapis = || PortError::new(ErrorKind::Unavailable, DELETE, "HTTP 200, but not from Vapi");
                if is_vapis { Ok(()) } else { Err(not_vapis()) }
            }
            _ => {
                let error = Problem::read(response, word).await.port_error(DELETE);
                if error.kind == ErrorKind::NotFound { Ok(()) } else { Err(error) }
            }
        }
    }
}

/// Vapi's errors carry the status in their body, which nobody else's do. Its words are sentences, and are not kept.
fn word(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.get("statusCode")?.as_u64().map(|_| String::new())
}

#[cfg(test)]
mod fixtures;

#[cfg(test)]
#[path = "vapi/delete_tests.rs"]
mod tests;

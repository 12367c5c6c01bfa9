//! ElevenLabs' conversations: the audio of each, the deletion of a whole conversation, and ElevenLabs' own list.

mod agents;
mod audio;
mod conversation;
mod list;
mod transcript;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::http::{BaseUrl, HttpClient, Problem, plain_word};
use crate::ports::{ErrorKind, PortError, ProviderCopies, SecretSource};
use crate::recording::{CallId, Organisation, Provider, RecordingRef};

const DELETE: &str = "elevenlabs DELETE conversation";

/// For answers that are not audio.
const API_TIMEOUT: Duration = Duration::from_secs(10);

const API_KEY: HeaderName = HeaderName::from_static("xi-api-key");

/// How conversations are asked for.
#[derive(Debug, Clone)]
pub struct ElevenLabsSettings {
    /// Where ElevenLabs' API answers: `https://api.elevenlabs.io`, or a region's own.
    pub base_url: BaseUrl,
}

/// ElevenLabs, with each organisation's own key.
pub struct ElevenLabs<S> {
    http: HttpClient,
    secrets: Arc<S>,
    settings: ElevenLabsSettings,
    page_size: u16,
}

impl<S: SecretSource> ElevenLabs<S> {
    /// ElevenLabs by these settings.
    pub fn new(http: HttpClient, secrets: Arc<S>, settings: ElevenLabsSettings) -> Self {
        Self { http, secrets, settings, page_size: list::PAGE_SIZE }
    }

    /// Asks for so many conversations a page instead, from one to a hundred.
    #[must_use]
    pub fn with_page_size(self, conversations: u16) -> Self {
        Self { page_size: conversations.clamp(1, list::MOST_PAGE_SIZE), ..self }
    }

    async fn key(
        &self,
        operation: &'static str,
        provider: Provider,
        organisation: &Organisation,
    ) -> Result<SecretString, PortError> {
        if provider != Provider::ElevenLabs {
            return Err(PortError::new(ErrorKind::Invalid, operation, "not a recording of ElevenLabs'"));
        }
        let secrets = self.secrets.current().await?;
        secrets.elevenlabs(organisation).map(|elevenlabs| elevenlabs.api_key.clone()).ok_or_else(|| {
            PortError::new(ErrorKind::Refused, operation, "the secret holds no ElevenLabs key of the organisation")
        })
    }

    /// Begins a request with the organisation's key.
    async fn request(
        &self,
        operation: &'static str,
        method: Method,
        organisation: &Organisation,
        url: Url,
    ) -> Result<RequestBuilder, PortError> {
        let key = self.key(operation, Provider::ElevenLabs, organisation).await?;
        let unusable = |_| PortError::new(ErrorKind::Refused, operation, "the organisation's key is no header's value");
        let mut key = HeaderValue::try_from(key.expose_secret()).map_err(unusable)?;
        key.set_sensitive(true);
        Ok(self.http.request(method, url).header(API_KEY, key))
    }

    /// Built from checked ids only, so that it leads nowhere else, whatever a webhook says.
    fn conversation_url(&self, conversation: &CallId) -> Url {
        self.settings.base_url.join(&["v1", "convai", "conversations", conversation.as_str()])
    }

    fn audio_url(&self, conversation: &CallId) -> Url {
        self.settings.base_url.join(&["v1", "convai", "conversations", conversation.as_str(), "audio"])
    }
}

/// ElevenLabs deletes no audio alone: the conversation goes with it, its transcript and its analysis.
impl<S: SecretSource + Send> ProviderCopies for ElevenLabs<S> {
    async fn delete(&self, recording: &RecordingRef) -> Result<(), PortError> {
        self.key(DELETE, recording.provider, &recording.organisation).await?;
        let url = self.conversation_url(&recording.call_id);
        let request = self.request(DELETE, Method::DELETE, &recording.organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.send(DELETE, request).await?;
        let is_json = super::media::essence(&response).as_deref() == Some("application/json");
        match response.status() {
            StatusCode::NO_CONTENT => Ok(()),
            StatusCode::OK if is_json => Ok(()),
            // A deletion is recorded for good, so a page of somebody in between does not do.
            StatusCode::OK => Err(PortError::new(ErrorKind::Unavailable, DELETE, "HTTP 200, but not from ElevenLabs")),
            _ => {
                let error = Problem::read(response, word).await.port_error(DELETE);
                if error.kind == ErrorKind::NotFound { Ok(()) } else { Err(error) }
            }
        }
    }
}

/// ElevenLabs' errors have a detail, which nobody else's do: a text, a list, or a status and a message. Only the status is
/// a word.
fn word(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let detail = answer.get("detail").filter(|detail| !detail.is_null())?;
    let status = detail["status"].as_str().or(detail["code"].as_str());
    Some(status.and_then(plain_word).unwrap_or_default())
}

#[cfg(test)]
mod fixtures;

#[cfg(test)]
#[path = "elevenlabs/delete_tests.rs"]
mod tests;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, LOCATION, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde::Serialize;
use serde_json::Value;
use stack::Stack;
use standins::PlacedRecording;

use super::AgentCall;
use crate::SceneError;

/// A browser that shows each step, and Twilio's customer.
pub(super) struct Web {
    client: Client,
}

/// What a link answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkAnswer {
    /// The link's own status: 302 where there is audio.
    pub status: u16,
    /// The status behind the redirect.
    pub audio_status: Option<u16>,
    /// The content type behind the redirect.
    pub content_type: Option<String>,
    /// The status of a request for a piece from the middle, as a player makes when somebody seeks.
    pub seek_status: Option<u16>,
    /// The bytes behind the redirect.
    #[serde(skip)]
    pub audio: Bytes,
}

impl Web {
    pub(super) fn new() -> Result<Self, SceneError> {
        // Nothing here speaks TLS, and yet the client wants to know how it would.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { client: Client::builder().redirect(Policy::none()).no_proxy().build()? })
    }

    pub(super) async fn follow(&self, link: &str) -> Result<LinkAnswer, SceneError> {
        let answer = self.client.get(link).send().await?;
        let status = answer.status().as_u16();
        let Some(target) = location(&answer) else {
            return Ok(LinkAnswer {
                status,
                audio_status: None,
                content_type: None,
                seek_status: None,
                audio: Bytes::new(),
            });
        };
        let seek = self.client.get(&target).header(RANGE, "bytes=1000-1999").send().await?;
        let audio = self.client.get(&target).send().await?;
        Ok(LinkAnswer {
            status,
            audio_status: Some(audio.status().as_u16()),
            content_type: text(&audio, &CONTENT_TYPE),
            seek_status: Some(seek.status().as_u16()),
            audio: audio.bytes().await?,
        })
    }

    pub(super) async fn play(&self, link: &str) -> Result<(u16, Bytes), SceneError> {
        let answer = self.client.get(link).header(RANGE, "bytes=0-").send().await?;
        Ok((answer.status().as_u16(), answer.bytes().await?))
    }

    pub(super) async fn get(&self, url: &str) -> Result<(u16, String), SceneError> {
        let answer = self.client.get(url).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        url: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), SceneError> {
        let method = method.parse::<Method>().map_err(|error| SceneError::Strange(error.to_string()))?;
        let mut request = self.client.request(method, url).bearer_auth(token);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), serde_json::from_str(&answer.text().await?).unwrap_or_default()))
    }

    pub(super) async fn delete_at_twilio(&self, stack: &Stack, recording: &PlacedRecording) -> Result<(), SceneError> {
        let account = &stack.secret().account;
        let url = format!("{}.json", resource(stack, recording));
        let request = self.client.delete(url).basic_auth(&account.sid, Some(&account.auth_token));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    pub(super) async fn at_twilio(
        &self,
        stack: &Stack,
        recording: &PlacedRecording,
    ) -> Result<Option<Bytes>, SceneError> {
        let account = &stack.secret().account;
        let url = format!("{}.mp3?RequestedChannels=1", resource(stack, recording));
        let answer = self.client.get(url).basic_auth(&account.sid, Some(&account.auth_token)).send().await?;
        let Some(media) = location(&answer) else { return Ok(None) };
        Ok(Some(self.client.get(media).send().await?.error_for_status()?.bytes().await?))
    }

    pub(super) async fn at_agents_provider(
        &self,
        stack: &Stack,
        call: &AgentCall,
    ) -> Result<Option<Bytes>, SceneError> {
        let (standins, secret) = (stack.standins(), stack.secret());
        let answer = match call {
            AgentCall::Vapi(id) => {
                let url = format!("{}/call/{id}/mono-recording", standins.vapi);
                let answer = self.client.get(url).bearer_auth(&secret.vapi.private_key).send().await?;
                let Some(media) = location(&answer) else { return Ok(None) };
                self.client.get(media).send().await?
            }
            AgentCall::ElevenLabs(id) => {
                let url = format!("{}/v1/convai/conversations/{id}/audio", standins.elevenlabs);
                self.client.get(url).header("xi-api-key", &secret.elevenlabs.api_key).send().await?
            }
        };
        Ok(if answer.status().is_success() { Some(answer.bytes().await?) } else { None })
    }
}

/// The recording's address in Twilio's API, without an extension.
fn resource(stack: &Stack, recording: &PlacedRecording) -> String {
    let (base, account) = (&stack.standins().twilio, &stack.secret().account.sid);
    format!("{base}/2010-04-01/Accounts/{account}/Recordings/{}", recording.recording_sid)
}

fn location(answer: &Response) -> Option<String> {
    answer.status().is_redirection().then(|| text(answer, &LOCATION)).flatten()
}

fn text(answer: &Response, name: &reqwest::header::HeaderName) -> Option<String> {
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}

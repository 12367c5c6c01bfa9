use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::conversations::conversation_json;
use crate::courier::Delivery;
use crate::twilio::{Overrides, RetryOn, SignedRequest};
use crate::world::{World, WorldError};

/// An event of a conversation to be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElevenLabsEvent {
    /// The conversation.
    pub conversation_id: String,
    /// What is told of it.
    pub kind: EventKind,
    /// Where it goes: plain HTTP.
    pub url: String,
    /// The webhook that sends it, which may be off, and counts what comes of it; none in particular when absent.
    pub webhook_id: Option<String>,
    /// Further headers, `Host` among them if need be.
    pub headers: BTreeMap<String, String>,
    /// The secret that signs; the workspace's when absent.
    pub secret: Option<String>,
    /// There is no signature.
    pub unsigned: bool,
    /// Seconds that the signature's time is off by.
    pub time_off: i64,
    /// The body is changed after it was signed.
    pub tampered: bool,
    /// Members of the data with other values, or added.
    pub set: BTreeMap<String, Value>,
}

/// The kinds of events (protocols.md section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The conversation is over, with its transcript.
    #[default]
    PostCallTranscription,
    /// The same, with all of its audio in base64.
    PostCallAudio,
    /// An outbound call was not answered.
    CallInitiationFailure,
}

impl EventKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::PostCallTranscription => "post_call_transcription",
            Self::PostCallAudio => "post_call_audio",
            Self::CallInitiationFailure => "call_initiation_failure",
        }
    }
}

impl World {
    /// Sends an event. Where its webhook is off, nothing is sent, and there was no attempt.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for what is unknown, [`WorldError::BadDestination`] for an impossible URL.
    pub async fn deliver_elevenlabs_event(&self, event: ElevenLabsEvent) -> Result<Delivery, WorldError> {
        let (webhook_id, kind) = (event.webhook_id.clone(), event.kind);
        let webhook = match &webhook_id {
            None => None,
            Some(id) => {
                let found = self.elevenlabs().store().webhooks.get(id).cloned();
                Some(found.ok_or_else(|| WorldError::not_found("webhook", id))?)
            }
        };
        if webhook.as_ref().is_some_and(super::Webhook::is_off) {
            return Ok(Delivery::default());
        }
        let is_retried =
            kind == EventKind::PostCallTranscription && webhook.is_some_and(|webhook| webhook.retry_enabled);
        let timeout = Duration::from_secs(20);
        let plan = Overrides {
            retries: if is_retried { 4 } else { 0 },
            // Of other 4xx than 408 and 429 ElevenLabs makes no second attempt; these are not told apart here.
            retry_on: vec![RetryOn::Connect, RetryOn::Read, RetryOn::ServerError],
            read_timeout: timeout,
            total_timeout: timeout * 5,
        };
        let request = self.sign_elevenlabs_event(event)?;
        let delivery = self.courier().deliver(&request, &plan).await?;
        let now = self.now();
        if let Some(id) = webhook_id
            && let Some(webhook) = self.elevenlabs().store().webhooks.get_mut(&id)
        {
            webhook.note(&delivery, now);
        }
        Ok(delivery)
    }

    /// An event as bytes, for who sends it himself.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for an unknown conversation.
    pub fn sign_elevenlabs_event(&self, event: ElevenLabsEvent) -> Result<SignedRequest, WorldError> {
        let now = self.now();
        let conversation = self.conversation(event.conversation_id)?;
        let ids = json!({"agent_id": "agent_standin", "conversation_id": conversation.id});
        let mut data = match event.kind {
            EventKind::PostCallTranscription => conversation_json(&conversation, now),
            EventKind::PostCallAudio => {
                let mut data = ids;
                data["full_audio"] = json!(BASE64_STANDARD.encode(conversation.track().read_all()));
                data
            }
            EventKind::CallInitiationFailure => {
                let mut data = ids;
                data["failure_reason"] = json!("no-answer");
                data["metadata"] = json!({"type": "twilio", "body": {"CallSid": conversation.call_sid}});
                data
            }
        };
        for (name, value) in event.set {
            data[name] = value;
        }
        let body = json!({"type": event.kind.as_str(), "event_timestamp": now.as_second(), "data": data});
        let mut body = body.to_string();
        let mut headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        if !event.unsigned {
            let secret = match event.secret {
                Some(secret) => secret,
                None => self.elevenlabs().workspace(Some(&conversation.workspace))?.webhook_secret.clone(),
            };
            let signature = signature(&secret, now.as_second() + event.time_off, &body);
            headers.insert("elevenlabs-signature".to_owned(), signature);
        }
        headers.extend(event.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)));
        if event.tampered {
            body = body.replacen("agent_standin", "agent_stranger", 1);
        }
        Ok(SignedRequest { url: event.url, headers, body })
    }
}

/// `ElevenLabs-Signature` (protocols.md section 4).
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    let digest = mac.chain_update(format!("{seconds}.{body}")).finalize().into_bytes();
    format!("t={seconds},v0={}", hex::encode(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs of the official package's own test.
    #[test]
    fn the_signature_is_the_documented_one() {
        let body = r#"{"event_type": "speech.completed", "id": "123456"}"#;
        let expected = "t=1600000000,v0=f8a0d1dc33ee963cb54d2f31514555995e93313c9d2042c030adbb82b87fae13";
        assert_eq!(signature("test_secret", 1_600_000_000, body), expected);
    }
}

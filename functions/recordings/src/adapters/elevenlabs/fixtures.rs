//! What the tests of this module share.

use crate::adapters::http::wire::{Wire, answer, client};
use crate::ports::{PortError, SecretSource};
use crate::recording::{Provider, RecordingRef};
use crate::secrets::Secrets;

use super::*;

pub(super) const CONVERSATION: &str = "conv_01jxd5y165f62a0v7gtr6bkg56";

/// A secret that never changes.
pub(super) struct Fixed(Arc<Secrets>);

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

/// `default` and `acme` have a key, `idle` has none.
fn secrets() -> Arc<Fixed> {
    let json = serde_json::json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {
            "default": {"elevenlabs": {"api_key": "sk_key"}},
            "acme": {"elevenlabs": {"api_key": "sk_another"}},
            "broken": {"elevenlabs": {"api_key": "sk\nkey"}},
            "idle": {},
        },
    });
    Arc::new(Fixed(Arc::new(Secrets::parse(&json.to_string()).unwrap())))
}

pub(super) fn recording_of(organisation: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::ElevenLabs, CONVERSATION, "audio").unwrap()
}

pub(super) fn recording() -> RecordingRef {
    recording_of("default")
}

pub(super) fn elevenlabs(wire: &Wire) -> ElevenLabs<Fixed> {
    ElevenLabs::new(client(), secrets(), ElevenLabsSettings { base_url: wire.base() })
}

pub(super) fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("Content-Type", "application/json")], body)
}

/// An error as ElevenLabs writes it; its message may be about a person.
pub(super) fn error(status: u16, word: &str) -> Vec<u8> {
    json(status, &serde_json::json!({"detail": {"status": word, "message": "about +15551234567"}}).to_string())
}

/// A conversation in this state, of which this is said about audio.
pub(super) fn conversation(status: &str, has_audio: Option<bool>) -> serde_json::Value {
    let mut conversation = serde_json::json!({
        "agent_id": "agent_1", "conversation_id": CONVERSATION, "status": status,
        "metadata": {"start_time_unix_secs": 1_710_504_000, "call_duration_secs": 12,
                     "phone_call": {"external_number": "+15551234567"}},
        "transcript": [{"role": "user", "message": "I am +15551234567"}],
    });
    if let Some(has_audio) = has_audio {
        conversation["has_audio"] = has_audio.into();
    }
    conversation
}

pub(super) fn told(status: &str, has_audio: Option<bool>) -> Vec<u8> {
    json(200, &conversation(status, has_audio).to_string())
}

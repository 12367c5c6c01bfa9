//! What the tests of this module share.

use crate::adapters::http::wire::{Wire, answer, client};
use crate::ports::{PortError, SecretSource};
use crate::recording::{Channels, Provider, RecordingRef};
use crate::secrets::Secrets;

use super::*;

pub(super) const CALL: &str = "7420f27a-30fd-4f49-a995-5549ae7cc00d";
pub(super) const BY_KEY: &str = "Bearer private-key";

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
            "default": {"vapi": {"api_key": "private-key"}},
            "acme": {"vapi": {"api_key": "another-key"}},
            "idle": {},
        },
    });
    Arc::new(Fixed(Arc::new(Secrets::parse(&json.to_string()).unwrap())))
}

pub(super) fn recording_of(organisation: &str, variant: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::Vapi, CALL, variant).unwrap()
}

pub(super) fn recording() -> RecordingRef {
    recording_of("default", "mono")
}

pub(super) fn vapi_with(http: HttpClient, wire: &Wire, channels: Channels) -> Vapi<Fixed> {
    Vapi::new(http, secrets(), VapiSettings { base_url: wire.base(), channels })
}

pub(super) fn vapi(wire: &Wire) -> Vapi<Fixed> {
    vapi_with(client(), wire, Channels::Mono)
}

pub(super) fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("Content-Type", "application/json"), ("Date", "Fri, 15 Mar 2024 14:30:22 GMT")], body)
}

/// An error as Vapi writes it; its message may be about a person.
pub(super) fn error(status: u16) -> Vec<u8> {
    let body =
        serde_json::json!({"message": "Couldn't get call of +15551234567", "error": "Oh no", "statusCode": status});
    json(status, &body.to_string())
}

/// A call that ended a good hour before it is told of, with what `more` adds.
pub(super) fn call(more: serde_json::Value) -> serde_json::Value {
    let mut call = serde_json::json!({
        "id": CALL, "orgId": "a", "type": "inboundPhoneCall", "createdAt": "2024-03-15T13:00:00.000Z",
        "startedAt": "2024-03-15T13:00:01.000Z", "endedAt": "2024-03-15T13:20:00.000Z", "status": "ended",
        "endedReason": "customer-ended-call", "customer": {"number": "+15551234567"},
        "artifact": {"transcript": "AI: Hello +15551234567", "messages": []},
    });
    for (name, value) in more.as_object().unwrap() {
        call[name] = value.clone();
    }
    call
}

/// What a call has that was recorded.
pub(super) fn recorded() -> serde_json::Value {
    serde_json::json!({"artifact": {"recording": {"mono": {"combinedUrl": "https://storage.vapi.ai/a.wav"}}}})
}

//! What the tests of this module share.

use crate::adapters::http::wire::{Wire, answer, client};
use crate::ports::{PortError, SecretSource};
use crate::recording::{Channels, Provider, RecordingRef};
use crate::secrets::Secrets;

use super::*;

pub(super) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(super) const RECORDING: &str = "RE00000000000000000000000000000001";
pub(super) const CALL: &str = "CA00000000000000000000000000000001";

/// `AC…:auth-token` and `SK1:key-secret`, as Basic authentication writes them.
pub(super) const BY_TOKEN: &str = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjphdXRoLXRva2Vu";
pub(super) const BY_KEY: &str = "Basic U0sxOmtleS1zZWNyZXQ=";

/// A secret that never changes.
pub(super) struct Fixed(Arc<Secrets>);

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

/// `default` has an auth token, `acme` an API key too, `idle` has no account.
pub(super) fn secrets() -> Arc<Fixed> {
    let json = serde_json::json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {
            "default": {"twilio": {"account_sid": ACCOUNT, "auth_token": "auth-token"}},
            "acme": {"twilio": {
                "account_sid": ACCOUNT, "auth_token": "auth-token", "api_key_sid": "SK1", "api_key_secret": "key-secret",
            }},
            "idle": {},
        },
    });
    Arc::new(Fixed(Arc::new(Secrets::parse(&json.to_string()).unwrap())))
}

pub(super) fn recording_of(organisation: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::Twilio, CALL, RECORDING).unwrap()
}

pub(super) fn recording() -> RecordingRef {
    recording_of("default")
}

pub(super) async fn twilio_with(http: HttpClient, wire: &Wire, channels: Channels) -> Twilio<Fixed> {
    let settings = TwilioSettings { base_url: wire.base(), format: MediaFormat::Mp3, channels };
    Twilio::new(http, secrets(), settings).await.unwrap()
}

pub(super) async fn twilio(wire: &Wire) -> Twilio<Fixed> {
    twilio_with(client(), wire, Channels::Mono).await
}

pub(super) fn path(ending: &str) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}{ending}")
}

pub(super) fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("Content-Type", "application/json")], body)
}

pub(super) fn xml(status: u16, code: u32) -> Vec<u8> {
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>{code}</Code>\
         <Message>+15551234567</Message><Status>{status}</Status></RestException></TwilioResponse>"
    );
    answer(status, &[("Content-Type", "application/xml")], body)
}

pub(super) fn audio(body: &str) -> Vec<u8> {
    answer(200, &[("Content-Type", "audio/mpeg")], body)
}

//! The webhook function between API Gateway and a world in memory, with the secret that the fixture events are signed for.

use std::time::Duration;

use jiff::Timestamp;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service};
use recordings::fakes::{ProviderRecording, QueueName, World, sample};
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::{self, TransferRequest};
use recordings::ports::{
    AudioSlices, AuditLog, AuditRead, CallControlRead, CallControlWrite, CallEntries, CallNotes, Clock, CursorRead,
    DayIndex, DayIndexList, IssuerKeys, LedgerRead, LedgerWrite, LinkSigner, ListenersRead, ListenersWrite,
    OpenMarkerWrite, Random, RetrievalRead, RetrievalWrite, SecretSource, TranscriptRead, TransferQueue, WaveformRead,
};
use recordings::recording::{Channels, Provider, RecordingRef};
use recordings::secrets::Secrets;
use recordings::telemetry::{Metric, Metrics};
use serde_json::Value;
use webhook::config::{ApiSettings, DashboardSettings, Settings, VoiceSettings};
use webhook::{ApiPorts, LinkPorts, Ports};

use crate::log::silently;

/// What Lambda gives back at most.
const MOST_ANSWER_BYTES: usize = 6 * 1024 * 1024;

pub(crate) const BASE: &str = "http://localhost:8080";
pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "standin-auth-token";
pub(crate) const PREVIOUS_TOKEN: &str = "token-before-the-rotation";
/// What both voice agents' providers sign with: now, until a moment ago, and for another organisation.
pub(crate) const AGENT_SECRET: &str = "agents-secret";
pub(crate) const PREVIOUS_AGENT_SECRET: &str = "agents-secret-before-the-rotation";
pub(crate) const ACME_AGENT_SECRET: &str = "agents-secret-of-another-organisation";
pub(crate) const ACME_ACCOUNT: &str = "AC22222222222222222222222222222222";
pub(crate) const ACME_TOKEN: &str = "token-of-another-organisation";

pub(crate) struct Scene {
    pub(crate) world: World,
    process: World,
}

/// What a request led to.
pub(crate) struct Answered {
    pub(crate) status: u64,
    pub(crate) body: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let world = World::new(1);
        world.set_secrets(Secrets::parse(&secret()).unwrap());
        let process = world.worker("webhook");
        Self { world, process }
    }

    /// The recording of the fixture events is known, and its audio is still at Twilio.
    pub(crate) fn with_a_recording() -> Self {
        let scene = Self::new();
        let at = scene.world.time();
        let recording = fixture_recording();
        scene.world.put_entry(&LedgerEntry::received(recording.clone(), None, &sample::report(1, at), at));
        scene.world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(1, 1)));
        scene
    }

    /// The answer to an event of API Gateway. It is one that API Gateway understands, and the log of it is silent.
    pub(crate) fn answer(&self, event: LambdaRequest) -> Answered {
        let router = webhook::router(Outside(self.process.clone()), settings());
        let event = LambdaEvent::new(event, Context::default());
        let answer = silently(|| self.process.run(Adapter::from(router).call(event)).unwrap());
        let answer = serde_json::to_value(answer).unwrap();
        let status = answer["statusCode"].as_u64().unwrap();
        assert!(answer["headers"].is_object(), "{answer}");
        let body = answer["body"].as_str().unwrap_or_default();
        assert!(body.len() < MOST_ANSWER_BYTES);
        let body = match answer["isBase64Encoded"] == Value::Bool(true) {
            true => String::new(),
            false => body.to_owned(),
        };
        Answered { status, body }
    }

    /// What was accepted: once on the queue and once as a marker, both the same and both readable.
    pub(crate) fn taken(&self) -> Option<TransferRequest> {
        let queued = self.world.bodies(QueueName::Transfer);
        let markers: Vec<_> = self.world.document_keys().into_iter().filter(|key| key.starts_with("open/")).collect();
        assert_eq!((queued.len(), queued.len() <= 1), (markers.len(), true), "{queued:?} {markers:?}");
        let (body, marker) = (queued.first()?, markers.first()?);
        let request: TransferRequest = messages::read(body).unwrap();
        assert_eq!(messages::read::<TransferRequest>(&self.world.document(marker).unwrap()).unwrap(), request);
        Some(request)
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.world.document_keys().into_iter().filter(|key| key.starts_with("calls/")).collect()
    }

    /// Asserts that nothing took effect outside, and that nobody but the secret was asked.
    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.world.journal(), []);
        assert!(self.world.calls().iter().all(|call| call.port == "SecretSource"), "{:?}", self.world.calls());
    }
}

pub(crate) fn fixture_recording() -> RecordingRef {
    let (call, recording) = ("CA5f1d2c3b4a59687766554433221100ff", "RE00ff112233445566778695a4b3c2d1e0");
    RecordingRef::parse("default", Provider::Twilio, call, recording).unwrap()
}

fn secret() -> String {
    format!(
        r#"{{
            "link_keys": {{"current": "k1", "keys": {{"k1": "a key of links that lead nowhere but into this machine"}}}},
            "organisations": {{
                "acme": {{
                    "twilio": {{"account_sid": "{ACME_ACCOUNT}", "auth_token": "{ACME_TOKEN}"}},
                    "vapi": {{"api_key": "v", "webhook": {{"scheme": "hmac", "secret_key": "{ACME_AGENT_SECRET}"}}}},
                    "elevenlabs": {{"api_key": "e", "webhook_secret": "{ACME_AGENT_SECRET}"}}
                }},
                "default": {{
                    "twilio": {{
                        "account_sid": "{ACCOUNT}", "auth_token": "{TOKEN}", "previous_auth_token": "{PREVIOUS_TOKEN}"
                    }},
                    "vapi": {{
                        "api_key": "v",
                        "webhook": {{"scheme": "hmac", "secret_key": "{AGENT_SECRET}"}},
                        "previous_webhook": {{"scheme": "hmac", "secret_key": "{PREVIOUS_AGENT_SECRET}"}}
                    }},
                    "elevenlabs": {{
                        "api_key": "e", "webhook_secret": "{AGENT_SECRET}",
                        "previous_webhook_secret": "{PREVIOUS_AGENT_SECRET}"
                    }}
                }}
            }}
        }}"#
    )
}

fn settings() -> Settings {
    Settings {
        public_base_url: BASE.to_owned(),
        signed_url_lifetime: Duration::from_secs(900),
        channels: Channels::Mono,
        voice: Some(VoiceSettings {
            agent_url: "https://agent.example/voice".to_owned(),
            consent_message: Some("This call is recorded.".to_owned()),
            channels: Channels::Mono,
        }),
        api: ApiSettings::default(),
        dashboard: DashboardSettings { audio_origin: "https://bucket.example".to_owned(), sign_in: None },
        live_url: Some("wss://live.example.com/live".to_owned()),
    }
}

struct Outside(World);

struct Uncounted;

impl Metrics for Uncounted {
    fn take(&self, _: Timestamp, _: Option<Provider>, _: &[Metric]) {}
}

impl Ports for Outside {
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.0
    }

    fn open_markers(&self) -> &impl OpenMarkerWrite {
        &self.0
    }

    fn call_notes(&self) -> &impl CallNotes {
        &self.0
    }

    fn ledger(&self) -> &impl LedgerRead {
        &self.0
    }

    fn audit(&self) -> &impl AuditLog {
        &self.0
    }

    fn signer(&self) -> &impl LinkSigner {
        &self.0
    }

    fn secrets(&self) -> &impl SecretSource {
        &self.0
    }

    fn clock(&self) -> &impl Clock {
        &self.0
    }

    fn random(&self) -> &impl Random {
        &self.0
    }

    fn metrics(&self) -> &impl Metrics {
        &Uncounted
    }
}

impl LinkPorts for Outside {
    fn slices(&self) -> &impl AudioSlices {
        &self.0
    }
}

impl ApiPorts for Outside {
    fn ledger_write(&self) -> &impl LedgerWrite {
        &self.0
    }

    fn controls(&self) -> &(impl CallControlRead + CallControlWrite) {
        &self.0
    }

    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.0
    }

    fn cursors(&self) -> &impl CursorRead {
        &self.0
    }

    fn accesses(&self) -> &impl AuditRead {
        &self.0
    }

    fn call_entries(&self) -> &impl CallEntries {
        &self.0
    }

    fn issuer_keys(&self) -> &impl IssuerKeys {
        &self.0
    }

    fn day_list(&self) -> &impl DayIndexList {
        &self.0
    }

    fn transcripts(&self) -> &impl TranscriptRead {
        &self.0
    }

    fn waveforms(&self) -> &impl WaveformRead {
        &self.0
    }

    fn days_write(&self) -> &impl DayIndex {
        &self.0
    }

    fn retrievals(&self) -> &(impl RetrievalRead + RetrievalWrite) {
        &self.0
    }
}

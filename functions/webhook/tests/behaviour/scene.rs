//! The function between API Gateway and the world in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use futures_util::future::join;
use jiff::Timestamp;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service};
use recordings::fakes::{Call, Halted, Plan, QueueName, World};
use recordings::messages::TransferRequest;
use recordings::ports::{
    AudioSlices, AuditLog, AuditRead, CallControlRead, CallControlWrite, CallEntries, CallNotes, Clock, CursorRead,
    DayIndex, DayIndexList, IssuerKeys, LedgerRead, LedgerWrite, LinkSigner, ListenersRead, ListenersWrite,
    OpenMarkerWrite, Random, RetrievalRead, RetrievalWrite, SecretSource, TranscriptRead, TransferQueue, WaveformRead,
};
use recordings::recording::{Channels, Provider};
use recordings::secrets::Secrets;
use recordings::telemetry::{Metric, Metrics};
use webhook::config::{ApiSettings, DashboardSettings, Settings, VoiceSettings};
use webhook::{ApiPorts, LinkPorts, Ports};

use crate::gateway::{Answer, Request};
use crate::log::Log;

/// The public address of the tests' installation.
pub(crate) const BASE: &str = "https://calls.example.com";
/// What `default` signs with.
pub(crate) const TOKEN: &str = "3c2f7e0a91d84b56a7c0d1e2f3a4b5c6";
/// What `default` signed with until a moment ago.
pub(crate) const PREVIOUS_TOKEN: &str = "00f1e2d3c4b5a697887766554433221f";
/// What `acme` signs with.
pub(crate) const ACME_TOKEN: &str = "acme6b7c8d9e0f1a2b3c4d5e6f7a8b9c";
/// What the stack signs its tokens with.
pub(crate) const JWT_KEY: &str = "a key that signs tokens, 32 long or more";
/// What it signed them with before.
pub(crate) const OLD_JWT_KEY: &str = "the key that signed tokens until today";
/// What Vapi shows `default` and `acme`, and what it showed `default` until a moment ago.
pub(crate) const VAPI_SECRETS: [&str; 3] =
    ["vapi-key-of-default-0f1e", "vapi-token-of-acme-2d3c", "vapi-token-of-old-4b5a"];
/// What ElevenLabs signs for `default` and `acme` with, and what it signed for `default` with until a moment ago.
pub(crate) const ELEVENLABS_SECRETS: [&str; 3] = ["wsec_default_0f1e2d3c", "wsec_acme_4b5a6978", "wsec_old_8796a5b4"];
/// Somebody's telephone number.
pub(crate) const PHONE: &str = "+14158675309";

/// The account of `default`.
pub(crate) const ACCOUNT: &str = "AC11111111111111111111111111111111";
/// The account of `acme`.
pub(crate) const ACME_ACCOUNT: &str = "AC22222222222222222222222222222222";

/// One run of the function.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) log: Log,
    process: World,
    counted: Counted,
    router: Router,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::of(settings, secrets())
    }

    pub(crate) fn of(settings: Settings, secrets: Secrets) -> Self {
        let world = World::new(1);
        world.set_secrets(secrets);
        let (process, counted) = (world.worker("webhook"), Counted::default());
        let outside = Outside { world: process.clone(), counted: counted.clone() };
        Self { world, log: Log::default(), process, counted, router: webhook::router(outside, settings) }
    }

    pub(crate) fn with_plan(plan: Plan) -> Self {
        let scene = Self::new();
        scene.world.set_plan(plan);
        scene
    }

    /// The answer to a request.
    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.try_send(request).unwrap()
    }

    /// The answer, unless the process comes to no end. Whatever happens, nothing that nobody may read is in the log.
    pub(crate) fn try_send(&self, request: &Request) -> Result<Answer, Halted> {
        let answer = self.answer_event(&request.event());
        let log = self.log.text();
        let body = String::from_utf8_lossy(&request.body);
        let shown = ["x-twilio-signature", "x-signature", "x-vapi-secret", "elevenlabs-signature"];
        let shown = shown.into_iter().filter_map(|name| request.headers.get(name).map(String::as_str));
        let token =
            request.headers.get("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token);
        let of_the_request = shown.chain(token).chain(request.path.strip_prefix("/r/")).chain([&*body]);
        let of_the_request = of_the_request.filter(|text| text.len() > 8);
        let ever = [TOKEN, PREVIOUS_TOKEN, ACME_TOKEN, JWT_KEY, OLD_JWT_KEY, &PHONE[1..], "https://bucket.s3.test"];
        for secret in ever.into_iter().chain(VAPI_SECRETS).chain(ELEVENLABS_SECRETS).chain(of_the_request) {
            assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        }
        let asks_a_provider = |call: &Call| matches!(call.port, "AudioSlices" | "AudioSource" | "ProviderCopies");
        let nobody_asked = !self.world.calls().iter().any(asks_a_provider);
        assert!(nobody_asked || request.path.starts_with("/r/"), "a provider was asked for {}", request.path);
        answer
    }

    /// The answer to a request, while somebody else does something after a while.
    pub(crate) fn send_while(&self, request: &Request, after: Duration, then: impl FnOnce(&World)) -> Answer {
        let other = self.world.worker("somebody else");
        let meanwhile = async {
            Clock::sleep(&other, after).await;
            then(&other);
        };
        let event: LambdaRequest = serde_json::from_str(&request.event()).unwrap();
        tracing::subscriber::with_default(self.log.subscriber(), || {
            let answer = Adapter::from(self.router.clone()).call(LambdaEvent::new(event, Context::default()));
            let (answer, ()) = self.process.run(join(answer, meanwhile));
            serde_json::from_value(serde_json::to_value(answer.unwrap()).unwrap()).unwrap()
        })
    }

    /// The same installation, in a process that was started anew.
    pub(crate) fn another_process(self) -> Self {
        self.world.set_plan(Plan::none());
        let (process, counted) = (self.world.worker("webhook"), Counted::default());
        let outside = Outside { world: process.clone(), counted: counted.clone() };
        Self { process, counted, router: webhook::router(outside, settings()), ..self }
    }

    /// The answer to any event.
    pub(crate) fn answer_event(&self, event: &str) -> Result<Answer, Halted> {
        let event: LambdaRequest = serde_json::from_str(event).unwrap();
        tracing::subscriber::with_default(self.log.subscriber(), || {
            let answer = Adapter::from(self.router.clone()).call(LambdaEvent::new(event, Context::default()));
            let answer = self.process.try_run(answer)?.unwrap();
            Ok(serde_json::from_value(serde_json::to_value(answer).unwrap()).unwrap())
        })
    }

    /// How often a figure was counted.
    pub(crate) fn count_of(&self, name: &str) -> usize {
        self.counted.0.lock().unwrap().iter().filter(|counted| **counted == name).count()
    }

    /// What is on TransferQueue, in order.
    pub(crate) fn queued(&self) -> Vec<TransferRequest> {
        let bodies = self.world.bodies(QueueName::Transfer);
        bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    /// The one request that is on TransferQueue.
    pub(crate) fn only_queued(&self) -> TransferRequest {
        let [request] = <[_; 1]>::try_from(self.queued()).unwrap();
        request
    }

    /// The keys in the bucket that begin like this.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        self.world.document_keys().into_iter().filter(|key| key.starts_with(prefix)).collect()
    }

    /// Asserts that nothing took effect outside, and that nobody but the secret was asked.
    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.world.journal(), []);
        assert!(self.world.calls().iter().all(|call| call.port == "SecretSource"), "{:?}", self.world.calls());
    }

    /// How much time passed since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.world.time().duration_since(World::new(1).time()).unsigned_abs()
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        public_base_url: BASE.to_owned(),
        signed_url_lifetime: Duration::from_secs(15 * 60),
        channels: Channels::Mono,
        voice: Some(VoiceSettings {
            agent_url: "https://agent.example.com/voice?flow=a#rc=2".to_owned(),
            consent_message: Some("This call is recorded.".to_owned()),
            channels: Channels::Mono,
        }),
        api: ApiSettings::default(),
        dashboard: DashboardSettings { audio_origin: "https://bucket.example.com".to_owned(), sign_in: None },
        live_url: Some("wss://live.example.com/live".to_owned()),
    }
}

fn secrets() -> Secrets {
    let [vapi, vapi_acme, vapi_previous] = VAPI_SECRETS;
    let [elevenlabs, elevenlabs_acme, elevenlabs_previous] = ELEVENLABS_SECRETS;
    let text = format!(
        r#"{{
            "link_keys": {{"current": "k1", "keys": {{"k1": "a key that seals links, 32 long or more"}}}},
            "jwt": {{"current": "k2", "keys": {{"k1": "{OLD_JWT_KEY}", "k2": "{JWT_KEY}"}}}},
            "organisations": {{
                "acme": {{
                    "twilio": {{"account_sid": "{ACME_ACCOUNT}", "auth_token": "{ACME_TOKEN}"}},
                    "vapi": {{"api_key": "v", "webhook": {{"scheme": "bearer", "token": "{vapi_acme}"}}}},
                    "elevenlabs": {{"api_key": "e", "webhook_secret": "{elevenlabs_acme}"}}
                }},
                "default": {{
                    "twilio": {{
                        "account_sid": "{ACCOUNT}", "auth_token": "{TOKEN}", "previous_auth_token": "{PREVIOUS_TOKEN}"
                    }},
                    "vapi": {{
                        "api_key": "v",
                        "webhook": {{"scheme": "hmac", "secret_key": "{vapi}"}},
                        "previous_webhook": {{"scheme": "x_vapi_secret", "secret": "{vapi_previous}"}}
                    }},
                    "elevenlabs": {{
                        "api_key": "e", "webhook_secret": "{elevenlabs}",
                        "previous_webhook_secret": "{elevenlabs_previous}"
                    }},
                    "legacy_hosts": ["recordings.default.example"]
                }},
                "no-twilio": {{}}
            }}
        }}"#
    );
    Secrets::parse(&text).unwrap()
}

#[derive(Clone, Default)]
struct Counted(Arc<Mutex<Vec<&'static str>>>);

impl Metrics for Counted {
    fn take(&self, _: Timestamp, _: Option<Provider>, metrics: &[Metric]) {
        self.0.lock().unwrap().extend(metrics.iter().map(|metric| metric.name));
    }
}

/// The ports, all of them the world's.
struct Outside {
    world: World,
    counted: Counted,
}

impl Ports for Outside {
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.world
    }

    fn open_markers(&self) -> &impl OpenMarkerWrite {
        &self.world
    }

    fn call_notes(&self) -> &impl CallNotes {
        &self.world
    }

    fn ledger(&self) -> &impl LedgerRead {
        &self.world
    }

    fn audit(&self) -> &impl AuditLog {
        &self.world
    }

    fn signer(&self) -> &impl LinkSigner {
        &self.world
    }

    fn secrets(&self) -> &impl SecretSource {
        &self.world
    }

    fn clock(&self) -> &impl Clock {
        &self.world
    }

    fn random(&self) -> &impl Random {
        &self.world
    }

    fn metrics(&self) -> &impl Metrics {
        &self.counted
    }
}

impl LinkPorts for Outside {
    fn slices(&self) -> &impl AudioSlices {
        &self.world
    }
}

impl ApiPorts for Outside {
    fn ledger_write(&self) -> &impl LedgerWrite {
        &self.world
    }
    fn controls(&self) -> &(impl CallControlRead + CallControlWrite) {
        &self.world
    }
    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.world
    }
    fn cursors(&self) -> &impl CursorRead {
        &self.world
    }
    fn accesses(&self) -> &impl AuditRead {
        &self.world
    }
    fn call_entries(&self) -> &impl CallEntries {
        &self.world
    }

    fn issuer_keys(&self) -> &impl IssuerKeys {
        &self.world
    }

    fn day_list(&self) -> &impl DayIndexList {
        &self.world
    }

    fn transcripts(&self) -> &impl TranscriptRead {
        &self.world
    }

    fn waveforms(&self) -> &impl WaveformRead {
        &self.world
    }

    fn days_write(&self) -> &impl DayIndex {
        &self.world
    }

    fn retrievals(&self) -> &(impl RetrievalRead + RetrievalWrite) {
        &self.world
    }
}

//! What the webhook function meets in memory: its settings, its events, and a bucket with recordings in it.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service};
use recordings::audio::Container;
use recordings::env::Environment;
use recordings::fakes::{World, sample};
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LedgerEntry, VerifiedAudio};
use recordings::messages::TransferRequest;
use recordings::object_key::{AudioPrefix, ObjectKey};
use recordings::ports::{OpenMarkerWrite, PortError, TransferQueue, Version};
use recordings::secrets::Secrets;
use serde_json::{Value, json};
use webhook::config::Settings;

const BASE: &str = "https://calls.example.com";
const JWT_KEY: &str = "a key that signs tokens, 32 long or more";

pub(crate) fn settings() -> Settings {
    let variables = [("PUBLIC_BASE_URL", BASE), ("S3_BUCKET", "acme-call-recordings"), ("AWS_REGION", "eu-central-1")];
    let environment: Environment =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    Settings::from(&environment).unwrap_or_else(|error| panic!("the settings make no sense: {error}"))
}

/// The router behind what Lambda hands over, from the event's text to the answer.
pub(crate) fn answer(world: &World, router: &axum::Router, event: &str) -> Value {
    let event: LambdaRequest = serde_json::from_str(event).unwrap_or_else(|error| panic!("{error}: {event}"));
    let answer = Adapter::from(router.clone()).call(LambdaEvent::new(event, Context::default()));
    let answer = world.run(answer).unwrap_or_else(|error| panic!("no answer: {error}"));
    json!(answer)
}

/// An event as an HTTP API sends it.
pub(crate) fn event(method: &str, target: &str, body: &str, headers: &[(&str, &str)]) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut all = json!({
        "host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "user-agent": "TwilioProxy/1.1",
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8", "x-forwarded-proto": "https",
    });
    for (name, value) in headers {
        all[*name] = json!(value);
    }
    let http = json!({ "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9" });
    let mut event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": all,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5", "http": http, "requestId": "UnqGshq4FiAEPUw=",
            "routeKey": "$default", "stage": "$default", "time": "15/Mar/2024:14:30:22 +0000",
            "timeEpoch": 1_710_513_022_000_u64, "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
        },
        "isBase64Encoded": false,
    });
    if !body.is_empty() {
        event["body"] = json!(BASE64_STANDARD.encode(body));
        event["isBase64Encoded"] = json!(true);
    }
    event.to_string()
}

pub(crate) fn put(world: &World, number: u64) {
    let (now, recording) = (world.time(), sample::recording(number));
    let line = PinnedLine::from_text("---- | t | Event: Recording | URL: https://x.example/r/1".into());
    let audio = VerifiedAudio {
        bytes: 48_000,
        sha256: "0".repeat(64),
        crc64nvme: "AAAAAAAAAAA=".to_owned(),
        container: Container::Mp3,
        content_type: "audio/mpeg".to_owned(),
        duration_measured_ms: Some(12_000),
        channels: Some(1),
        findings: Vec::new(),
    };
    let entry = LedgerEntry::received(recording.clone(), Some(sample::job_number(7)), &sample::report(12, now), now);
    let prefix = AudioPrefix::parse("recordings/").unwrap_or_else(|error| panic!("{error}"));
    let key = prefix.audio_key(&recording, entry.started_at, entry.job_number.as_ref(), Container::Mp3);
    let changes = [Change::KeyPinned(key), Change::Stored { audio, line }];
    let entry = changes.into_iter().try_fold(entry, |entry, change| entry.apply(change, now));
    let entry = entry.unwrap_or_else(|error| panic!("{error}"));
    world.put_entry(&entry);
    world.put_document(&ObjectKey::Day(&recording, entry.started_at).to_string(), "");
}

pub(crate) fn secrets() -> Secrets {
    let text = json!({
        "link_keys": { "current": "k1", "keys": { "k1": "a key that seals links, 32 long or more" } },
        "jwt": { "current": "k1", "keys": { "k1": JWT_KEY } },
        "organisations": { "default": {
            "twilio": { "account_sid": format!("AC{:032x}", 1), "auth_token": sample::TWILIO_AUTH_TOKEN },
        } },
    });
    Secrets::parse(&text.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn token(now: i64) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "org": "default", "sub": "ada@example.com", "permissions": ["view_call_history"], "aud": "tapeline",
        "exp": now + 3_600,
    });
    let message = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT", "kid": "k1" })), part(&claims));
    let mac = Hmac::<sha2::Sha256>::new_from_slice(JWT_KEY.as_bytes());
    let mac = mac.map(|mac| mac.chain_update(&message).finalize().into_bytes());
    mac.map_or_else(|_| String::new(), |mac| format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac)))
}

/// Takes everything, as a queue and a bucket do that have it written on the wire.
#[derive(Clone, Default)]
pub(crate) struct Taken(Arc<AtomicUsize>);

impl Taken {
    /// How much it took.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self, event: &TransferRequest) -> Result<(), PortError> {
        black_box(json!(event).to_string());
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl TransferQueue for Taken {
    async fn send(&self, request: &TransferRequest) -> Result<(), PortError> {
        self.take(request)
    }
}

impl OpenMarkerWrite for Taken {
    async fn put(&self, event: &TransferRequest) -> Result<(), PortError> {
        self.take(event)
    }

    async fn renew(&self, event: &TransferRequest, _: Option<&Version>) -> Result<(), PortError> {
        self.take(event)
    }
}

/// As API Gateway hands over what Twilio sent.
pub(crate) fn signed(number: u64) -> String {
    let target = format!("/api/twilio/recording?job=JOB{number}");
    let recording = sample::recording(number);
    let parameters = [
        ("AccountSid", format!("AC{:032x}", 1)),
        ("CallSid", recording.call_id.to_string()),
        ("RecordingChannels", "1".to_owned()),
        ("RecordingDuration", "62".to_owned()),
        ("RecordingSid", recording.recording_id.to_string()),
        ("RecordingStartTime", "Fri, 15 Mar 2024 14:29:20 +0000".to_owned()),
        ("RecordingStatus", "completed".to_owned()),
        ("RecordingUrl", "https://api.twilio.com/not-to-be-fetched".to_owned()),
    ];
    let signature = signature(&target, &parameters);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
    event("POST", &target, &body, &[("x-twilio-signature", &signature)])
}

/// Source: <https://www.twilio.com/docs/usage/security#validating-requests>; the parameters are in the order of their names.
fn signature(target: &str, parameters: &[(&str, String)]) -> String {
    let text = parameters.iter().fold(format!("{BASE}{target}"), |text, (name, value)| text + name + value);
    let key = sample::TWILIO_AUTH_TOKEN.as_bytes();
    let mac = Hmac::<sha1::Sha1>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes());
    mac.map_or_else(|_| String::new(), |mac| BASE64_STANDARD.encode(mac))
}

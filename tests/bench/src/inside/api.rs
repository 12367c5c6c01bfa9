//! The read API without the wire: a link's signed URL, whether a recording is there, and a day of ten thousand.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service};
use recordings::audio::Container;
use recordings::env::Environment;
use recordings::fakes::{World, sample};
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LedgerEntry, VerifiedAudio};
use recordings::link::LinkTarget;
use recordings::object_key::{AudioPrefix, ObjectKey};
use recordings::secrets::Secrets;
use serde_json::{Value, json};
use simulation::installation::figures::Figures;
use simulation::installation::ports::WebhookPorts;
use webhook::config::Settings;

use crate::measured::{Found, microseconds};

const A_DAY: u64 = 10_000;
const ROUNDS: usize = 500;
const JWT_KEY: &str = "a key that signs tokens, 32 long or more";

pub(crate) fn settings() -> Settings {
    let variables = [
        ("PUBLIC_BASE_URL", "https://calls.example.com"),
        ("S3_BUCKET", "acme-call-recordings"),
        ("AWS_REGION", "eu-central-1"),
    ];
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
        event["body"] = json!(base64::prelude::BASE64_STANDARD.encode(body));
        event["isBase64Encoded"] = json!(true);
    }
    event.to_string()
}

pub(crate) fn measure(found: &mut Found) {
    let world = World::new(1);
    world.set_secrets(secrets());
    (1..=A_DAY).for_each(|number| put(&world, number));
    let process = world.worker("webhook");
    let ports = WebhookPorts {
        transfer_queue: process.clone(),
        open_markers: process.clone(),
        world: process.clone(),
        figures: Figures::default(),
    };
    let router = webhook::router(ports, settings());
    let token = format!("Bearer {}", token(world.time().as_second()));
    let mut ask = |what: &str, target: &str, status: u64, rounds: usize| {
        let event = event("GET", target, "", &[("authorization", &token)]);
        let times: Vec<f64> = (0..rounds)
            .map(|_| {
                let (time, answer) = microseconds(|| answer(&process, &router, &event));
                assert_eq!(answer["statusCode"], status, "{what}: {answer}");
                time
            })
            .collect();
        found.add(what, "webhook", "us of processor", &times);
    };
    let recording = sample::recording(7);
    let link = world.secrets().link_keys.seal(&LinkTarget::new(recording.clone(), 0));
    ask("a link, to its signed URL", &format!("/r/{link}"), 302, ROUNDS);
    let call = recording.call_id;
    ask("availability of a call's recording", &format!("/api/calls/{call}/recording/availability"), 200, ROUNDS);
    ask("a page of a day of 10,000", "/api/recordings?from=2024-03-15&to=2024-03-15", 200, 50);
    let first = event("GET", "/api/recordings?from=2024-03-15&to=2024-03-15", "", &[("authorization", &token)]);
    let (time, listed) = microseconds(|| whole(&process, &router, &token, &first));
    assert_eq!(listed, A_DAY);
    found.add("all pages of a day of 10,000", "webhook", "ms of processor", &[time / 1e3]);
}

/// Goes through all pages; how many recordings there are.
fn whole(world: &World, router: &axum::Router, token: &str, first: &str) -> u64 {
    let (mut event_of_page, mut listed) = (first.to_owned(), 0);
    loop {
        let answer = answer(world, router, &event_of_page);
        let page: Value = serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default();
        listed += page["recordings"].as_array().map_or(0, |recordings| recordings.len() as u64);
        let Some(cursor) = page["next_cursor"].as_str() else { return listed };
        let target = format!("/api/recordings?from=2024-03-15&to=2024-03-15&cursor={cursor}");
        event_of_page = event("GET", &target, "", &[("authorization", token)]);
    }
}

fn put(world: &World, number: u64) {
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

fn secrets() -> Secrets {
    let text = json!({
        "link_keys": { "current": "k1", "keys": { "k1": "a key that seals links, 32 long or more" } },
        "jwt": { "current": "k1", "keys": { "k1": JWT_KEY } },
        "organisations": { "default": {
            "twilio": { "account_sid": format!("AC{:032x}", 1), "auth_token": sample::TWILIO_AUTH_TOKEN },
        } },
    });
    Secrets::parse(&text.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn token(now: i64) -> String {
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

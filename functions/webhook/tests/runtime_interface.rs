//! The program under Lambda's runtime interface emulator: the fixture events, and what stops it at its start.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use recordings::fakes::sample;
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::TransferRequest;
use recordings::object_key::ObjectKey;
use recordings::recording::{Outcome, Provider, RecordingRef};
use runtime::{Function, Rie, Stopped, Surroundings};
use serde_json::{Value, json};
use sha2::Sha256;
use standins::{Audio, PlaceRecording, speech};

const MARKER: &str = "open/default/twilio/CA5f1d2c3b4a59687766554433221100ff/RE00ff112233445566778695a4b3c2d1e0";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_webhook"))
}

/// The first status that the table in `events/README.md` gives for each file.
fn documented_statuses() -> BTreeMap<String, u64> {
    let rows = include_str!("../../../events/README.md").lines().filter(|line| line.starts_with("| `webhook-"));
    rows.flat_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let status = cells[2].trim()[..3].parse().unwrap();
        cells[0].split(',').map(move |file| (file.trim().trim_matches('`').replace(".json", ""), status))
    })
    .collect()
}

/// ElevenLabs signs the time too, and the program keeps real time: what was signed then is signed anew, but for what is to
/// be refused.
fn signed_now(mut event: Value, name: &str) -> Value {
    if !name.starts_with("webhook-elevenlabs-") || name.ends_with("-forged") || name.ends_with("-stale") {
        return event;
    }
    let secret = Surroundings::secret()["organisations"]["default"]["elevenlabs"]["webhook_secret"].clone();
    let signed = format!("{}.{}", Timestamp::now().as_second(), event["body"].as_str().unwrap());
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_str().unwrap().as_bytes()).unwrap();
    let (time, _) = signed.split_once('.').unwrap();
    let digest = hex::encode(mac.chain_update(signed.as_bytes()).finalize().into_bytes());
    event["headers"]["elevenlabs-signature"] = format!("t={time},v0={digest}").into();
    event
}

#[tokio::test]
async fn every_event_gets_its_documented_answer() {
    let surroundings = Surroundings::start().await;
    let function = Rie::start(program(), &surroundings.environment(Function::Webhook)).await;

    let mut answered = BTreeMap::new();
    for name in runtime::events("webhook") {
        let answer = function.invoke(&signed_now(runtime::event(&name), &name)).await;
        answered.insert(name, answer["statusCode"].as_u64().unwrap_or_else(|| panic!("{answer}")));
    }
    assert_eq!(answered, documented_statuses());

    let log = function.finish().join("\n");
    for expected in ["webhook_accepted", "webhook_refused"] {
        assert!(log.contains(expected), "{expected} is not in\n{log}");
    }
    let secret = Surroundings::secret();
    assert!(!log.contains(secret["organisations"]["default"]["twilio"]["auth_token"].as_str().unwrap()), "{log}");
}

#[tokio::test]
async fn a_completed_recording_is_marked_and_queued_and_a_forged_one_is_not() {
    let surroundings = Surroundings::start().await;
    let (aws, bucket) = (&surroundings.aws, Surroundings::BUCKET);
    let function = Rie::start(program(), &surroundings.environment(Function::Webhook)).await;

    function.invoke(&runtime::event("webhook-twilio-recording-forged")).await;
    assert_eq!(aws.keys(bucket, "").await, Vec::<String>::new());

    function.invoke(&runtime::event("webhook-twilio-recording-completed")).await;
    assert_eq!(aws.keys(bucket, "").await, [MARKER]);
    let marker: TransferRequest = serde_json::from_slice(&aws.object(bucket, MARKER).await.unwrap()).unwrap();
    assert_eq!(marker.report.outcome, Outcome::Completed);
    assert_eq!(marker.job_number.as_ref().unwrap().as_str(), "JOB456");
    let queued = aws.take_messages(&surroundings.queues.transfer).await;
    assert_eq!(queued, [serde_json::to_value(marker).unwrap()]);
}

/// Lambda takes bytes as base64, and says so to API Gateway.
#[tokio::test]
async fn a_recording_that_is_not_stored_yet_is_played_from_twilio() {
    let surroundings = Surroundings::start().await;
    let recording = RecordingRef::parse(
        "default",
        Provider::Twilio,
        "CA5f1d2c3b4a59687766554433221100ff",
        "RE00ff112233445566778695a4b3c2d1e0",
    )
    .unwrap();
    let audio = Audio::Seconds(62.0);
    let wanted = PlaceRecording {
        call_sid: Some(recording.call_id.to_string()),
        recording_sid: Some(recording.recording_id.to_string()),
        audio: audio.clone(),
        ..PlaceRecording::default()
    };
    let placed = surroundings.world().place_recording(wanted).unwrap();
    let report = sample::report(62, placed.started_at);
    let entry = LedgerEntry::received(recording.clone(), None, &report, placed.started_at);
    let key = ObjectKey::Ledger(&recording).to_string();
    surroundings.aws.put_object(Surroundings::BUCKET, &key, serde_json::to_vec(&entry).unwrap()).await;
    let function = Rie::start(program(), &surroundings.environment(Function::Webhook)).await;

    let answer = function.invoke(&runtime::event("webhook-link-range")).await;

    let source = audio.track(speech::Format::Mp3, speech::Channels::Mono).read_all();
    assert_eq!(answer["statusCode"], 206, "{answer}");
    assert_eq!(answer["headers"]["content-range"], format!("bytes 0-99999/{}", source.len()));
    assert_eq!((&answer["headers"]["content-type"], &answer["isBase64Encoded"]), (&"audio/mpeg".into(), &true.into()));
    assert!(STANDARD.decode(answer["body"].as_str().unwrap()).unwrap() == source[..100_000]);
    let head = function.invoke(&runtime::event("webhook-link-head")).await;
    assert_eq!(head["headers"]["content-length"], source.len().to_string());
    let page = function.invoke(&runtime::event("webhook-link")).await;
    assert_eq!(page["headers"]["content-type"], "text/html; charset=utf-8");
    assert_eq!(surroundings.aws.keys(Surroundings::BUCKET, "audit/").await.len(), 3);
    assert_eq!(surroundings.world().violations(), []);
}

#[tokio::test]
async fn what_is_missing_or_malformed_stops_the_start_and_is_named() {
    let surroundings = Surroundings::start().await;
    let environment = surroundings.environment(Function::Webhook);
    let mut secret = Surroundings::secret();
    secret["organisations"] = json!({});
    let nobodys = surroundings.aws.create_secret("nobodys", &secret).await;

    for (environment, reason) in [
        (environment.clone().without("S3_BUCKET"), "environment variable S3_BUCKET is missing"),
        (environment.clone().with("PUBLIC_BASE_URL", "calls"), "environment variable PUBLIC_BASE_URL is malformed"),
        (environment.clone().with("TWILIO_BASE_URL", "twilio"), "environment variable TWILIO_BASE_URL is malformed"),
        (environment.with("SECRET_ID", &nobodys), "the secret's organisations are empty"),
    ] {
        let stopped = Stopped::run(program(), &environment).await;
        assert!(stopped.reason().contains(reason), "{reason}: {stopped:?}");
    }
}

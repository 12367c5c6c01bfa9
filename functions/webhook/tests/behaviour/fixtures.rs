//! The events in `events/`, answered as `events/README.md` says.

use std::fs;
use std::path::Path;

use recordings::fakes::{ProviderRecording, sample};
use recordings::ledger_entry::LedgerEntry;
use recordings::recording::{Outcome, Provider, RecordingRef};
use recordings::secrets::Secrets;
use serde_json::Value;

use crate::gateway::Answer;
use crate::scene::{Scene, settings};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
const CALL: &str = "CA5f1d2c3b4a59687766554433221100ff";
const RECORDING: &str = "RE00ff112233445566778695a4b3c2d1e0";

/// The local stack's secret and address, which the events are signed for.
fn local_stack() -> Scene {
    let secret = r#"{
        "link_keys": {"current": "k1", "keys": {"k1": "a key of links that lead nowhere but into this machine"}},
        "jwt": {"current": "k1", "keys": {"k1": "a key of tokens that open nothing but this machine"}},
        "organisations": {"default": {
            "twilio": {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "standin-auth-token"},
            "vapi": {"api_key": "v", "webhook": {"scheme": "x_vapi_secret", "secret": "standin-vapi-webhook-secret"}},
            "elevenlabs": {"api_key": "e", "webhook_secret": "standin-elevenlabs-webhook-secret"}
        }}
    }"#;
    let settings = webhook::config::Settings { public_base_url: "http://localhost:8080".to_owned(), ..settings() };
    Scene::of(settings, Secrets::parse(secret).unwrap())
}

fn event(name: &str) -> String {
    fs::read_to_string(Path::new(FOLDER).join(name)).unwrap()
}

fn answer(scene: &Scene, name: &str) -> Answer {
    scene.answer_event(&event(name)).unwrap()
}

fn recording() -> RecordingRef {
    RecordingRef::parse("default", Provider::Twilio, CALL, RECORDING).unwrap()
}

#[test]
fn every_event_is_there_and_is_answered() {
    let mut answered: Vec<(String, u16)> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("webhook-"))
        .map(|name| (name.clone(), answer(&local_stack(), &name).status))
        .collect();
    answered.sort();
    let expected = [
        ("webhook-api-accesses.json", 404),
        ("webhook-api-assign.json", 404),
        ("webhook-api-audio-by-name.json", 404),
        ("webhook-api-audio-of-a-call.json", 404),
        ("webhook-api-call-availability.json", 404),
        ("webhook-api-call-refresh.json", 404),
        ("webhook-api-call-waveform.json", 404),
        ("webhook-api-call.json", 404),
        ("webhook-api-doctor.json", 200),
        ("webhook-api-erase.json", 404),
        ("webhook-api-fetch-missing-audio.json", 200),
        ("webhook-api-hold.json", 404),
        ("webhook-api-import.json", 200),
        ("webhook-api-job.json", 404),
        ("webhook-api-list.json", 200),
        ("webhook-api-live-ticket.json", 200),
        ("webhook-api-metrics.json", 200),
        ("webhook-api-preflight.json", 204),
        ("webhook-api-release.json", 404),
        ("webhook-api-retention.json", 404),
        ("webhook-api-revoke-link.json", 404),
        ("webhook-api-without-a-token.json", 401),
        ("webhook-dashboard-file.json", 200),
        ("webhook-dashboard.json", 200),
        ("webhook-elevenlabs-audio.json", 200),
        ("webhook-elevenlabs-call-initiation-failure.json", 200),
        ("webhook-elevenlabs-forged.json", 403),
        ("webhook-elevenlabs-no-audio.json", 200),
        ("webhook-elevenlabs-odd-transcription.json", 200),
        ("webhook-elevenlabs-stale.json", 403),
        ("webhook-elevenlabs-transcription.json", 200),
        ("webhook-health.json", 200),
        ("webhook-link-head.json", 404),
        ("webhook-link-range.json", 404),
        ("webhook-link.json", 404),
        ("webhook-live-connect.json", 200),
        ("webhook-openapi.json", 200),
        ("webhook-twilio-recording-absent.json", 204),
        ("webhook-twilio-recording-completed.json", 204),
        ("webhook-twilio-recording-forged.json", 403),
        ("webhook-twilio-status-completed.json", 204),
        ("webhook-twilio-voice.json", 200),
        ("webhook-vapi-end-of-call-report.json", 200),
        ("webhook-vapi-forged.json", 403),
        ("webhook-vapi-no-recording.json", 200),
        ("webhook-vapi-odd-report.json", 200),
        ("webhook-vapi-status-update.json", 200),
        ("webhook-vapi-tool-calls.json", 501),
    ];
    assert_eq!(answered, expected.map(|(name, status)| (name.to_owned(), status)));
}

#[test]
fn the_events_of_recordings_are_about_one_recording() {
    for name in ["webhook-twilio-recording-completed.json", "webhook-twilio-recording-absent.json"] {
        let scene = local_stack();
        answer(&scene, name);
        let request = scene.only_queued();
        assert_eq!((request.recording, request.job_number.unwrap().as_str()), (recording(), "JOB456"), "{name}");
    }
    let scene = local_stack();
    answer(&scene, "webhook-twilio-recording-forged.json");
    scene.assert_untouched();
}

#[test]
fn the_events_of_voice_agents_are_about_one_call_each() {
    let (vapi, elevenlabs) = ("7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90", "conv_01jbz3k4m5n6p7q8r9s0t1v2w3");
    let completed = || Outcome::Completed;
    let absent = |reason: &str| Outcome::Absent { reason: reason.to_owned() };
    for (name, call, job, outcome, is_carried) in [
        ("vapi-end-of-call-report", vapi, Some("JOB456"), completed(), true),
        ("vapi-no-recording", vapi, Some("JOB456"), absent("no recording was made (customer-did-not-answer)"), true),
        ("vapi-odd-report", vapi, Some("456"), completed(), false),
        ("elevenlabs-transcription", elevenlabs, Some("JOB456"), completed(), true),
        ("elevenlabs-no-audio", elevenlabs, Some("JOB456"), absent("no audio was kept at ElevenLabs"), true),
        ("elevenlabs-odd-transcription", elevenlabs, Some("456"), completed(), false),
        ("elevenlabs-audio", elevenlabs, None, completed(), false),
        ("elevenlabs-call-initiation-failure", elevenlabs, None, absent("the line was busy"), true),
    ] {
        let scene = local_stack();
        answer(&scene, &format!("webhook-{name}.json"));
        let request = scene.only_queued();
        assert_eq!(request.recording.call_id.as_str(), call, "{name}");
        assert_eq!(request.job_number.as_ref().map(|job| job.as_str()), job, "{name}");
        assert_eq!(request.report.outcome, outcome, "{name}");
        let carrier = request.report.carrier_call_id.map(|carrier| carrier.to_string());
        assert_eq!(carrier.as_deref(), is_carried.then_some(CALL), "{name}");
    }
}

#[test]
fn the_call_of_the_status_event_is_noted() {
    let scene = local_stack();
    answer(&scene, "webhook-twilio-status-completed.json");
    assert_eq!(scene.keys("calls/"), [format!("calls/default/twilio/{CALL}")]);
}

#[test]
fn the_call_of_the_voice_event_is_handed_over() {
    let document = answer(&local_stack(), "webhook-twilio-voice.json").body.unwrap();
    assert!(document.contains("http://localhost:8080/api/twilio/recording?job=JOB456#rc=5&amp;rp=all"), "{document}");
}

/// The link is that of the recording of the other events: found as soon as its entry is there.
#[test]
fn the_link_is_the_recordings_own() {
    let scene = local_stack();
    let at = scene.world.time();
    scene.world.put_entry(&LedgerEntry::received(recording(), None, &sample::report(62, at), at));
    scene.world.put_provider_recording(&recording(), ProviderRecording::completed(sample::wav(62, 1)));
    assert_eq!(answer(&scene, "webhook-link.json").header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer(&scene, "webhook-link-head.json").header("content-type"), "audio/wav");
    let slice = answer(&scene, "webhook-link-range.json");
    assert_eq!((slice.status, slice.header("content-range")), (206, "bytes 0-99999/496044"));
}

/// AWS sends these members with every request, and encodes forms.
#[test]
fn the_events_look_like_api_gateways() {
    for file in fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if !name.starts_with("webhook-") {
            continue;
        }
        let event: Value = serde_json::from_str(&event(name)).unwrap();
        if name == "webhook-live-connect.json" {
            let context = &event["requestContext"];
            assert_eq!((&context["eventType"], &context["routeKey"]), (&"CONNECT".into(), &"$connect".into()));
            assert!(event["version"].is_null() && context["http"].is_null(), "a WebSocket API has another form");
            continue;
        }
        assert_eq!(
            (&event["version"], &event["requestContext"]["stage"]),
            (&"2.0".into(), &"$default".into()),
            "{name}"
        );
        assert_eq!(event["rawPath"], event["requestContext"]["http"]["path"], "{name}");
        assert_eq!(event["routeKey"], event["requestContext"]["routeKey"], "{name}");
        for member in ["accountId", "apiId", "domainName", "domainPrefix", "requestId", "time", "timeEpoch"] {
            assert!(!event["requestContext"][member].is_null(), "{name}: {member}");
        }
        let is_form = event["headers"]["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8";
        // What the API is told is in the address, for most of what it can be told.
        let says_so = event["headers"]["content-length"] != "0";
        let has_body = event["requestContext"]["http"]["method"] == "POST" && says_so;
        assert_eq!(
            (event["isBase64Encoded"].as_bool(), event["body"].is_string()),
            (Some(is_form), has_body),
            "{name}"
        );
    }
}

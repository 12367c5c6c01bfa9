use std::time::Duration;

use recordings::fakes::{Fault, Plan, Where, sample};
use recordings::ledger_entry::Change;
use recordings::object_key::ObjectKey;
use recordings::recording::{CallRef, RecordingRef};
use serde_json::{Value, json};

use crate::gateway::Answer;
use crate::link::{DOWN, accesses, changed, received, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing, viewing};

fn path(recording: &RecordingRef) -> String {
    format!("/api/calls/{}/recording", recording.call_id)
}

fn body(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.text());
    serde_json::from_str(answer.text()).unwrap()
}

#[test]
fn a_stored_recording_is_told_with_a_url_that_plays_it() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let answer = scene.send(&viewing(&scene, &path(&entry.recording)));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let told = body(&answer);
    let ends = scene.world.time() + Duration::from_secs(15 * 60);
    let key = entry.recording_storage_path.unwrap().to_string();
    for (name, expected) in [
        ("call_id", json!(entry.recording.call_id)),
        ("recording_id", json!(entry.recording.recording_id)),
        ("provider", json!("twilio")),
        ("status", json!("available")),
        ("state", json!("stored")),
        ("explanation", json!("The recording is in the bucket.")),
        ("recording_storage_path", json!(key)),
        ("recording_signed_url_expires_at", json!(ends)),
        ("recording_uploaded_at", json!(entry.recording_uploaded_at)),
        ("transcript_only_fallback", json!(false)),
        ("expiresAt", json!(ends)),
        ("expiresIn", json!(900)),
    ] {
        assert_eq!(told[name], expected, "{name}");
    }
    let url = told["recording_signed_url"].as_str().unwrap();
    assert!(url.starts_with(&format!("https://bucket.s3.test/{key}?method=GET")), "{url}");
    assert_eq!(told["recordings"].as_array().unwrap().len(), 1);
    assert!(told["recordings"][0].get("recordings").is_none());
    let [record] = <[_; 1]>::try_from(accesses(&scene)).unwrap();
    assert_eq!((record.user.as_str(), record.tier, record.outcome), ("ada@example.com", "bucket", "signed"));
    assert_eq!(record.ip.as_deref(), Some("203.0.113.9"));
}

#[test]
fn all_recordings_of_a_call_are_told_those_that_can_be_heard_first() {
    let scene = Scene::new();
    let heard = stored(&scene);
    let mut pending = received(&scene);
    pending.recording = sample::recording_of("default", 1, 2);
    pending.started_at = heard.started_at - Duration::from_secs(600);
    scene.world.put_entry(&pending);
    scene.world.put_entry(&heard);
    let told = body(&scene.send(&viewing(&scene, &path(&heard.recording))));
    assert_eq!(told["recording_id"], json!(heard.recording.recording_id));
    let all: Vec<_> = told["recordings"].as_array().unwrap().iter().map(|one| one["recording_id"].clone()).collect();
    assert_eq!(all, [json!(heard.recording.recording_id), json!(pending.recording.recording_id)]);
    assert_eq!(told["recordings"][1]["recording_signed_url"], Value::Null);
    assert_eq!(accesses(&scene).len(), 1, "only one can be heard");
}

#[test]
fn what_is_not_there_is_explained() {
    let scene = Scene::new();
    let (received, stored) = (received(&scene), stored(&scene));
    let absent = Change::FoundAbsent { reason: "too short (16101)".to_owned(), line: crate::link::line() };
    for (entry, status, state, part) in [
        (received.clone(), "pending", "received", "on its way"),
        (changed(&scene, &received, [absent]), "unavailable", "absent", "too short (16101)"),
        (changed(&scene, &stored, [Change::Expired]), "unavailable", "expired", "deleted by policy"),
        (changed(&scene, &stored, [Change::Erased]), "unavailable", "erased", "erased on request"),
    ] {
        scene.world.put_entry(&entry);
        let told = body(&scene.send(&viewing(&scene, &path(&entry.recording))));
        assert_eq!((told["status"].as_str(), told["state"].as_str()), (Some(status), Some(state)));
        assert!(told["explanation"].as_str().unwrap().contains(part), "{told}");
        assert_eq!((&told["recording_signed_url"], &told["expiresAt"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(accesses(&scene), []);
}

#[test]
fn a_foreign_call_a_missing_one_and_one_that_is_none_answer_byte_for_byte_alike() {
    let scene = Scene::new();
    scene.world.put_entry(&stored(&scene));
    let mut foreign = stored(&scene);
    foreign.recording = sample::recording_of("acme", 7, 7);
    scene.world.put_entry(&foreign);
    let missing = scene.send(&viewing(&scene, &path(&sample::recording(9))));
    assert_eq!(missing.status, 404);
    for id in [foreign.recording.call_id.as_str(), "..%2F..", "%00", "%FF", "CA1", "conv_x", &"x".repeat(3_000)] {
        let answer = scene.send(&viewing(&scene, &format!("/api/calls/{id}/recording")));
        assert_eq!(answer, missing, "{id}");
    }
    let acme = Token::with(&scene, &["view_call_history"]).of("acme").text();
    assert_eq!(scene.send(&bearing("GET", &path(&foreign.recording), &acme)).status, 200, "its own caller finds it");
    assert_eq!(scene.send(&bearing("GET", &path(&sample::recording(1)), &acme)), missing);
}

#[test]
fn head_tells_the_same_without_a_body() {
    let scene = Scene::new();
    let entry = received(&scene);
    scene.world.put_entry(&entry);
    let token = Token::with(&scene, &["view_call_history"]).text();
    let head = scene.send(&bearing("HEAD", &path(&entry.recording), &token));
    assert_eq!((head.status, head.text(), head.header("content-type")), (200, "", "application/json"));
}

#[test]
fn what_cannot_be_reached_just_now_may_be_asked_again() {
    for port in ["CallEntries", "LedgerRead", "LinkSigner"] {
        for fault in [DOWN, Fault::Hang] {
            let scene = Scene::with_plan(Plan::none().always(Where::ports(&[port]), fault));
            scene.world.adjust(|settings| settings.patience = Some(Duration::from_secs(60)));
            let entry = stored(&scene);
            scene.world.put_entry(&entry);
            let answer = scene.send(&viewing(&scene, &path(&entry.recording)));
            assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{port}");
            let [record] = <[_; 1]>::try_from(scene.log.records("api_failed")).unwrap();
            assert_eq!(
                (&record["route"], &record["organisation"]),
                (&json!("/api/calls/{callId}/recording"), &json!("default"))
            );
            assert!(scene.elapsed() <= Duration::from_secs(5), "{port}");
        }
    }
}

#[test]
fn a_transcript_stands_in_for_audio_that_there_is_not() {
    let scene = Scene::new();
    let mut entry = received(&scene);
    entry.transcript_only_fallback = true;
    scene.world.put_entry(&entry);
    let RecordingRef { organisation, provider, call_id, .. } = entry.recording.clone();
    let call = CallRef { organisation, provider, call_id };
    assert_eq!(body(&scene.send(&viewing(&scene, &path(&entry.recording))))["transcript"], Value::Null);
    let transcript = sample::transcript();
    scene.world.put_document(&ObjectKey::Transcript(&call).to_string(), &serde_json::to_string(&transcript).unwrap());
    let told = body(&scene.send(&viewing(&scene, &path(&entry.recording))));
    assert_eq!((&told["transcript"], &told["transcript_only_fallback"]), (&json!(transcript.text), &json!(true)));
}

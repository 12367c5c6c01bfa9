use std::time::Duration;

use jiff::Timestamp;
use recordings::ledger_entry::{Change, LastError, LedgerEntry};
use recordings::recording::RecordingRef;
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::{accesses, changed, line, received, stored};
use crate::scene::{BASE, Scene};
use crate::token::{Token, bearing, viewing};

fn told(scene: &Scene, entry: &LedgerEntry) -> Value {
    scene.world.put_entry(entry);
    let path = format!("/api/calls/{}/recording/availability", entry.recording.call_id);
    let answer = scene.send(&viewing(scene, &path));
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_str(answer.text()).unwrap()
}

fn refresh(scene: &Scene, recording: &RecordingRef) -> Answer {
    let token = Token::with(scene, &["view_call_history"]).text();
    scene.send(&bearing("POST", &format!("/api/calls/{}/recording/refresh", recording.call_id), &token))
}

fn failed(scene: &Scene, code: &str, next_attempt_at: Option<Timestamp>) -> LedgerEntry {
    let error = LastError { code: code.to_owned(), message: "it did not work".to_owned(), at: scene.world.time() };
    let mut entry = received(scene);
    (entry.attempts, entry.last_error, entry.next_attempt_at) = (1, Some(error), next_attempt_at);
    entry
}

#[test]
fn what_can_be_heard_is_available_by_its_permanent_link() {
    let scene = Scene::new();
    let entry = stored(&scene);
    let told = told(&scene, &entry);
    assert_eq!(
        (&told["available"], &told["reason"], &told["status"]),
        (&json!(true), &json!("in_bucket"), &json!("available"))
    );
    assert_eq!((&told["expectedAt"], &told["failedStage"]), (&Value::Null, &Value::Null));
    let link = told["recordingUrl"].as_str().unwrap().strip_prefix(BASE).unwrap();
    assert_eq!(scene.send(&Request::new("GET", link)).status, 302, "the link works");
    assert_eq!(accesses(&scene).len(), 1, "looking is no access to audio, following the link is");
}

#[test]
fn while_it_is_awaited_it_is_told_until_when() {
    let scene = Scene::new();
    let now = scene.world.time();
    let minutes = |minutes: u64| now + Duration::from_secs(minutes * 60);
    let first = told(&scene, &received(&scene));
    assert_eq!((&first["available"], &first["reason"]), (&json!(false), &json!("on_its_way")));
    assert_eq!(first["expectedAt"], json!(minutes(2)), "one invocation of transfer");
    let again = told(&scene, &failed(&scene, "provider_not_ready", Some(minutes(5))));
    assert_eq!((&again["expectedAt"], &again["failedStage"]), (&json!(minutes(7)), &json!("fetching")));
    assert_eq!((&again["attempts"], &again["lastErrorCode"]), (&json!(1), &json!("provider_not_ready")));
    let mut lying = received(&scene);
    lying.received_at = now - Duration::from_secs(3_600);
    assert_eq!(told(&scene, &lying)["expectedAt"], json!(minutes(20)), "the sweeper finds it");
    assert_eq!(told(&scene, &failed(&scene, "s3_unavailable", None))["failedStage"], json!("storing"));
}

#[test]
fn what_cannot_be_heard_says_why() {
    let scene = Scene::new();
    let (received, stored) = (received(&scene), stored(&scene));
    let absent = |reason: &str| Change::FoundAbsent { reason: reason.to_owned(), line: line() };
    for (entry, reason) in [
        (changed(&scene, &received, [absent("too short (16101)")]), "too_short"),
        (changed(&scene, &received, [absent("silent (16102)")]), "silent"),
        (changed(&scene, &received, [absent("no recording was made")]), "absent"),
        (changed(&scene, &stored, [Change::Expired]), "deleted_by_policy"),
        (changed(&scene, &stored, [Change::Erased]), "erased"),
    ] {
        let told = told(&scene, &entry);
        assert_eq!((&told["available"], &told["reason"]), (&json!(false), &json!(reason)));
        assert_eq!((&told["recordingUrl"], &told["expectedAt"]), (&Value::Null, &Value::Null), "{reason}");
    }
}

#[test]
fn a_fresh_url_lives_for_an_hour_or_as_long_as_the_credentials() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    for (signing_ends, lives) in [(None, 3_600), (Some(1_000), 1_000)] {
        let ends = signing_ends.map(|seconds| scene.world.time() + Duration::from_secs(seconds));
        scene.world.adjust(|settings| settings.signing_ends = ends);
        let answer = refresh(&scene, &entry.recording);
        let told: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!((answer.status, &told["expiresIn"]), (200, &json!(lives)));
        assert_eq!(told["expiresAt"], json!(scene.world.time() + Duration::from_secs(lives)));
        assert_eq!(told["expiresAt"], told["recording_signed_url_expires_at"]);
        assert!(told["recording_signed_url"].as_str().unwrap().starts_with("https://bucket.s3.test/recordings/"));
    }
    assert_eq!(accesses(&scene).len(), 2, "each one is an access");
}

#[test]
fn there_is_no_url_for_what_cannot_be_heard() {
    let scene = Scene::new();
    let (received, stored) = (received(&scene), stored(&scene));
    for (entry, status, code) in [
        (received.clone(), 409, "no_audio"),
        (changed(&scene, &stored, [Change::Expired]), 410, "gone"),
        (changed(&scene, &stored, [Change::Erased]), 410, "gone"),
    ] {
        scene.world.put_entry(&entry);
        let answer = refresh(&scene, &entry.recording);
        let problem: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!((answer.status, &problem["code"]), (status, &json!(code)));
        assert!(problem["detail"].as_str().unwrap().len() > 10, "it says why: {problem}");
    }
    let stranger = recordings::fakes::sample::recording_of("acme", 9, 9);
    assert_eq!(refresh(&scene, &stranger).status, 404);
    assert_eq!(accesses(&scene), []);
}

//! Registering recordings that were there before.

use recordings::fakes::{Plan, Where, sample};
use recordings::ledger_entry::State;
use recordings::recording::{CallRef, Provider, RecordingRef};
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::{DOWN, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing};

const TARGET: &str = "/api/recordings/import";

fn importing(scene: &Scene, body: &Value) -> Request {
    let token = Token::with(scene, &["manage_recordings"]).text();
    bearing("POST", TARGET, &token).header("content-type", "application/json").body(body.to_string())
}

/// A recording as somebody's old system knows it.
fn item(n: u64) -> Value {
    let recording = sample::recording(n);
    json!({
        "call_id": recording.call_id,
        "recording_id": recording.recording_id,
        "job_number": "JOB7",
        "legacy_url": format!("https://recordings.default.example/{n}.wav"),
        "started_at": "2019-03-15T14:30:22Z",
        "duration_seconds": 12,
        "direction": "inbound",
        "from": "+14155550100",
    })
}

fn with(mut item: Value, field: &str, value: Value) -> Value {
    item[field] = value;
    item
}

fn results(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body: Value = serde_json::from_str(answer.text()).unwrap();
    body["recordings"].as_array().unwrap().iter().map(|one| one["result"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_recording_is_registered_and_nothing_of_it_is_fetched() {
    let scene = Scene::new();
    let answer = scene.send(&importing(&scene, &json!({"recordings": [item(1), item(2)]})));
    assert_eq!(results(&answer), ["created", "created"]);
    let entry = scene.world.entry(&sample::recording(1)).unwrap();
    assert!(entry.was_imported());
    assert_eq!((entry.state(), entry.duration_reported_seconds), (State::Received, Some(12)));
    assert_eq!(entry.started_at, "2019-03-15T14:30:22Z".parse().unwrap());
    assert_eq!(entry.job_number.as_ref().unwrap().as_str(), "JOB7");
    assert_eq!(entry.from.as_ref().unwrap().as_str(), "+14155550100");
    assert_eq!(entry.legacy_url, Some(sample::legacy_url("default", 1)));
    assert_eq!(scene.keys("days/default/2019-03-15/").len(), 2);
    assert_eq!((scene.queued(), scene.keys("open/")), (vec![], vec![]), "nothing is unfinished");
}

#[test]
fn what_is_known_is_left_as_it_is() {
    let scene = Scene::new();
    let known = stored(&scene);
    scene.world.put_entry(&known);
    let body = json!({"recordings": [item(1), item(2), item(2)]});
    assert_eq!(results(&scene.send(&importing(&scene, &body))), ["exists", "created", "exists"]);
    assert_eq!(scene.world.entry(&sample::recording(1)).unwrap(), known);
    assert_eq!(results(&scene.send(&importing(&scene, &body))), ["exists"; 3]);
}

#[test]
fn an_id_may_lack_where_there_is_a_url() {
    let scene = Scene::new();
    let item = with(item(1), "recording_id", Value::Null);
    assert_eq!(results(&scene.send(&importing(&scene, &json!({"recordings": [item]})))), ["created"]);
    let call = CallRef::parse("default", Provider::Twilio, sample::recording(1).call_id.as_str()).unwrap();
    assert!(scene.world.entry(&RecordingRef::imported_of(&call)).is_some());
}

#[test]
fn what_makes_no_sense_is_named_and_nothing_is_registered() {
    let scene = Scene::new();
    for (field, value, part) in [
        ("call_id", json!("CA1"), "call id"),
        ("call_id", json!("../../x"), "call id"),
        ("recording_id", json!("RE1"), "recording id"),
        ("recording_id", json!("none"), "recording id"),
        ("recording_id", json!("imported"), "recording id"),
        ("job_number", json!("a b"), "job number"),
        ("started_at", json!("yesterday"), "a time such as"),
        ("started_at", json!("2999-01-01T00:00:00Z"), "a time that is over"),
        ("started_at", json!("0001-01-01T00:00:00Z"), "a time that is over"),
        ("duration_seconds", json!(86_400), "less than a day"),
        ("direction", json!("sideways"), "inbound or outbound"),
        ("from", json!("0170 1234"), "phone number"),
        ("to", json!("+0"), "phone number"),
        ("legacy_url", json!("http://recordings.default.example/1"), "expected https"),
        ("legacy_url", json!("https://u:p@recordings.default.example/1"), "user and password"),
        ("legacy_url", json!("https://10.0.0.1/1"), "not an address"),
        ("legacy_url", json!("https://169.254.169.254/latest"), "not an address"),
        ("legacy_url", json!("https://[::1]/1"), "not an address"),
        ("legacy_url", json!("https://recordings.acme.example/1"), "not on the organisation's list"),
        ("legacy_url", json!("https://localhost/1"), "not on the organisation's list"),
        ("legacy_url", json!("not a url"), "https:// URL"),
    ] {
        let answer =
            scene.send(&importing(&scene, &json!({"recordings": [item(2), with(item(1), field, value.clone())]})));
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.text());
        let body: Value = serde_json::from_str(answer.text()).unwrap();
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("recordings[1].{field}: ")) && detail.contains(part), "{detail}");
    }
    let nothing = with(with(item(1), "recording_id", Value::Null), "legacy_url", Value::Null);
    let answer = scene.send(&importing(&scene, &json!({"recordings": [nothing]})));
    assert!(answer.text().contains("recordings[0].recording_id: needed"), "{}", answer.text());
    assert!(scene.keys("ledger/").is_empty() && scene.keys("days/").is_empty());
}

#[test]
fn a_body_is_of_the_documented_shape_and_size() {
    let scene = Scene::new();
    let many: Vec<_> =
        (0..101).map(|n| json!({"call_id": format!("CA{n:032x}"), "started_at": "2019-03-15T14:30:22Z"})).collect();
    for body in [json!({"recordings": []}), json!({"recordings": many}), json!([]), json!({"recordings": [{"x": 1}]})] {
        assert_eq!(scene.send(&importing(&scene, &body)).status, 422, "{body}");
    }
    let long = json!({"recordings": [with(item(1), "legacy_url", json!("x".repeat(70_000)))]});
    assert_eq!(scene.send(&importing(&scene, &long)).status, 413);
    let token = Token::with(&scene, &["manage_recordings"]).text();
    assert_eq!(scene.send(&bearing("POST", TARGET, &token).body("x")).status, 415);
    let reader = Token::with(&scene, &["view_call_history"]).text();
    let body = json!({"recordings": [item(1)]}).to_string();
    let request = bearing("POST", TARGET, &reader).header("content-type", "application/json").body(body);
    assert_eq!(scene.send(&request).status, 403);
}

#[test]
fn what_could_not_be_written_is_told_and_may_be_sent_again() {
    for port in ["DayIndex", "LedgerWrite"] {
        let scene = Scene::with_plan(Plan::none().nth(1, Where::ports(&[port]), DOWN));
        let body = json!({"recordings": [item(1), item(2)]});
        let results_of = results(&scene.send(&importing(&scene, &body)));
        assert_eq!(results_of.iter().filter(|one| *one == "failed").count(), 1, "{port}");
        assert_eq!(scene.log.records("import_failed").len(), 1, "{port}");
        let again = results(&scene.send(&importing(&scene, &body)));
        assert!(!again.contains(&"failed".to_owned()), "{port}");
        assert!(
            scene.world.entry(&sample::recording(1)).is_some() && scene.world.entry(&sample::recording(2)).is_some()
        );
    }
}

#[test]
fn nothing_of_an_erased_call_is_registered_again() {
    let scene = Scene::new();
    scene.world.put_entry(&stored(&scene));
    let token = Token::with(&scene, &["manage_recordings"]).text();
    let erased = format!("/api/recordings/{}", sample::recording(1).call_id);
    assert_eq!(scene.send(&bearing("DELETE", &erased, &token)).status, 202);
    let another = with(item(1), "recording_id", json!(sample::recording_of("default", 1, 9).recording_id));
    assert_eq!(
        results(&scene.send(&importing(&scene, &json!({"recordings": [another, item(2)]})))),
        ["erased", "created"]
    );
    assert!(scene.world.entry(&sample::recording_of("default", 1, 9)).is_none());
}

//! The figures of an organisation: what the last reconciliation found, and what became of the last days' recordings.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::fakes::{Plan, Where, sample};
use recordings::ledger_entry::{Change, LastError, LedgerEntry};
use recordings::object_key::ObjectKey;
use recordings::ports::Cursors;
use serde_json::{Value, json};

use crate::gateway::Answer;
use crate::link::{DOWN, changed, line, received, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing};

/// As the sweeper keeps it; its own test says so of the same file.
const KEPT: &str = include_str!("../../../sweeper/tests/behaviour/reconcile/loss-meter.json");

fn ask(scene: &Scene, target: &str) -> Answer {
    scene.send(&bearing("GET", target, &Token::with(scene, &["operate"]).text()))
}

fn figures(scene: &Scene, target: &str) -> Value {
    let answer = ask(scene, target);
    assert_eq!((answer.status, answer.header("cache-control")), (200, "private, no-store"), "{answer:?}");
    serde_json::from_str(answer.text()).unwrap()
}

/// Puts an entry as the nth recording of an organisation into the ledger, and under its day.
fn put(scene: &Scene, organisation: &str, n: u64, started_at: Timestamp, mut entry: LedgerEntry) {
    entry.recording = sample::recording_of(organisation, n, n);
    entry.started_at = started_at;
    scene.world.put_entry(&entry);
    scene.world.put_document(&ObjectKey::Day(&entry.recording, started_at).to_string(), "");
}

fn failed(scene: &Scene) -> LedgerEntry {
    let error = LastError { code: "cut_short".into(), message: "it ended too soon".into(), at: scene.world.time() };
    changed(scene, &received(scene), [Change::GaveUp { error, next_attempt_at: None, line: line() }])
}

#[test]
fn the_meter_is_told_of_the_own_organisation() {
    let scene = Scene::new();
    scene.world.run(Cursors::write(&scene.world, "loss-meter", Some(KEPT))).unwrap();
    let kept: Value = serde_json::from_str(KEPT).unwrap();
    for organisation in ["acme", "default"] {
        let token = Token::with(&scene, &["operate"]).of(organisation).text();
        let answer = scene.send(&bearing("GET", "/api/metrics", &token));
        let meter = serde_json::from_str::<Value>(answer.text()).unwrap()["loss_meter"].take();
        assert_eq!((&meter["begun_at"], &meter["ended_at"]), (&kept["begun_at"], &kept["ended_at"]));
        let mut expected = kept["organisations"][organisation]["twilio"].clone();
        expected["provider"] = json!("twilio");
        assert_eq!(meter["providers"][0], expected, "{organisation}");
    }
}

#[test]
fn before_any_reconciliation_and_without_recordings_there_is_nothing_and_that_is_no_error() {
    let scene = Scene::new();
    let found = figures(&scene, "/api/metrics");
    assert_eq!(found["loss_meter"], json!({"begun_at": null, "ended_at": null, "providers": []}));
    let recent = &found["recent"];
    assert_eq!((&recent["recordings"], &recent["is_whole"]), (&json!(0), &json!(true)));
    assert_eq!((&recent["success_rate"], &recent["seconds_to_bucket"]), (&Value::Null, &Value::Null));
    scene.world.run(Cursors::write(&scene.world, "loss-meter", Some("what another version kept"))).unwrap();
    assert_eq!(figures(&scene, "/api/metrics"), found);
}

#[test]
fn recent_recordings_are_counted_by_state_and_timed() {
    let scene = Scene::new();
    let now = scene.world.time();
    let heard = received(&scene);
    scene.world.advance(Duration::from_secs(8));
    let changes = |n: u64| {
        let mut first = stored(&scene);
        first.received_at = heard.received_at;
        let seen = Change::LinesConfirmed { texts: vec![line().text], job_record_id: sample::job_record_id(n) };
        scene.world.advance(Duration::from_secs(1));
        changed(&scene, &first, [seen])
    };
    for n in 1..=3 {
        put(&scene, "default", n, now, changes(n));
    }
    put(&scene, "default", 4, now, failed(&scene));
    put(&scene, "default", 5, now, received(&scene));
    put(&scene, "acme", 6, now, received(&scene));
    put(&scene, "default", 7, now - SignedDuration::from_hours(24 * 3), received(&scene));
    let recent = figures(&scene, "/api/metrics")["recent"].take();
    assert_eq!((&recent["recordings"], &recent["looked_at"]), (&json!(5), &json!(5)));
    let states = &recent["states"];
    let of = |state: &str| states[state].as_u64().unwrap();
    assert_eq!((of("stored"), of("failed"), of("received"), of("erased")), (3, 1, 1, 0), "{recent}");
    assert_eq!(recent["success_rate"], 0.75);
    assert_eq!((&recent["stored_bytes"], &recent["stored_seconds"]), (&json!(144_000), &json!(36.0)));
    assert_eq!(recent["seconds_to_bucket"], json!({"average": 9.0, "median": 9.0, "p95": 10.0, "longest": 10.0}));
    assert_eq!(recent["seconds_to_history"]["longest"], 11.0);
    let days = recent["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[1]["day"]), (2, &recent["to"]));
    let sum = |name: &str| days.iter().map(|day| day[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("recordings"), sum("looked_at"), sum("stored_bytes")), (5, 5, 144_000));
    assert_eq!(figures(&scene, "/api/metrics?days=4")["recent"]["recordings"], 6);
    assert_eq!(figures(&scene, "/api/metrics?days=1")["recent"]["from"], recent["to"]);
}

#[test]
fn the_cost_of_an_answer_is_bounded_however_many_there_are() {
    let scene = Scene::new();
    let now = scene.world.time();
    let entry = received(&scene);
    (1..=450).for_each(|n| put(&scene, "default", n, now, entry.clone()));
    let before = scene.world.calls().len();
    let recent = figures(&scene, "/api/metrics")["recent"].take();
    assert_eq!((&recent["recordings"], &recent["looked_at"]), (&json!(450), &json!(400)));
    let reads = scene.world.calls().split_off(before).into_iter().filter(|call| call.port == "LedgerRead").count();
    assert_eq!(reads, 400);
    let few = figures(&scene, "/api/metrics?most=100")["recent"].take();
    assert_eq!((&few["recordings"], &few["looked_at"]), (&json!(450), &json!(100)));
}

#[test]
fn what_makes_no_sense_is_refused_and_what_is_down_may_be_asked_again() {
    let scene = Scene::new();
    for odd in ["days=0", "days=8", "days=two", "days=", "days=1&days=2", "most=0", "most=401", "since=2024-03-15"] {
        assert_eq!(ask(&scene, &format!("/api/metrics?{odd}")).status, 422, "{odd}");
    }
    for port in ["CursorRead", "DayIndexList"] {
        scene.world.set_plan(Plan::none().always(Where::ports(&[port]), DOWN));
        assert_eq!(ask(&scene, "/api/metrics").status, 503, "{port}");
    }
}

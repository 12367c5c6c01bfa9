//! Fetching all that is missing.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::ledger_entry::{Change, LastError, LedgerEntry};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::DayIndex;
use recordings::recording::{Outcome, Report};
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::{DOWN, changed, line, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing, viewing};

const TARGET: &str = "/api/jobs/fetch-missing-audio";

fn starting(scene: &Scene, body: &Value) -> Request {
    let token = Token::with(scene, &["manage_recordings"]).text();
    bearing("POST", TARGET, &token).header("content-type", "application/json").body(body.to_string())
}

fn body(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    serde_json::from_str(answer.text()).unwrap()
}

fn results(total: usize, success: usize, failed: usize, unavailable: usize) -> Value {
    json!({"total": total, "success": success, "failed": failed, "unavailable": unavailable})
}

/// A recording that is listed under today and of which nothing is in the bucket.
fn missing(scene: &Scene, n: u64) -> LedgerEntry {
    let now = scene.world.time();
    let report = Report { duration_seconds: Some(12), started_at: Some(now), ..Report::of(Outcome::Completed) };
    let entry = LedgerEntry::imported(sample::recording(n), None, &report, None, now);
    put(scene, &entry);
    entry
}

fn put(scene: &Scene, entry: &LedgerEntry) {
    scene.world.run(DayIndex::add(&scene.world, &entry.recording, entry.started_at)).unwrap();
    scene.world.put_entry(entry);
}

fn failed(scene: &Scene, entry: &LedgerEntry) -> LedgerEntry {
    let error = LastError { code: "provider_unavailable".to_owned(), message: String::new(), at: scene.world.time() };
    changed(scene, entry, [Change::AttemptFailed { error, next_attempt_at: None }])
}

fn absent(scene: &Scene, entry: &LedgerEntry) -> LedgerEntry {
    changed(scene, entry, [Change::FoundAbsent { reason: "gone".to_owned(), line: line() }])
}

fn home(scene: &Scene, entry: &LedgerEntry) -> LedgerEntry {
    let stored = stored(scene);
    let (key, audio) = (stored.recording_storage_path.unwrap(), stored.audio.unwrap());
    changed(scene, entry, [Change::KeyPinned(key), Change::Stored { audio, line: line() }])
}

#[test]
fn everything_that_is_missing_is_fetched_and_counted() {
    let scene = Scene::new();
    let entries: Vec<_> = (1..=3).map(|n| missing(&scene, n)).collect();
    let mut there = stored(&scene);
    there.recording = sample::recording(9);
    put(&scene, &there);
    let ends = [home(&scene, &entries[0]), failed(&scene, &entries[1]), absent(&scene, &entries[2])];
    let world = scene.world.clone();
    let answer = scene.send_while(&starting(&scene, &json!({})), Duration::from_secs(3), move |_: &World| {
        ends.iter().for_each(|entry| world.put_entry(entry));
    });
    let told = body(&answer, 200);
    assert_eq!((&told["status"], &told["results"]), (&json!("done"), &results(3, 1, 1, 1)));
    let asked = scene.queued();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request.origin == Origin::Demand && request.retrieval.is_some()));
}

#[test]
fn nothing_missing_makes_no_job() {
    let scene = Scene::new();
    let told = body(&scene.send(&starting(&scene, &json!({"days": 2}))), 200);
    assert_eq!((&told["id"], &told["results"]), (&Value::Null, &results(0, 0, 0, 0)));
    assert_eq!((scene.queued(), scene.keys("jobs/")), (vec![], vec![]));
}

#[test]
fn what_outlasts_the_request_goes_on_and_is_told_by_its_id() {
    let scene = Scene::new();
    let entries: Vec<_> = (1..=12).map(|n| missing(&scene, n)).collect();
    let told = body(&scene.send(&starting(&scene, &json!({}))), 202);
    assert_eq!((&told["status"], &told["results"]), (&json!("running"), &results(12, 0, 0, 0)));
    assert_eq!(scene.world.queued(QueueName::Transfer), 5, "five at a time");
    assert!(scene.elapsed() < Duration::from_secs(22), "{:?}", scene.elapsed());

    let progress = format!("/api/jobs/{}", told["id"].as_str().unwrap());
    scene.world.put_entry(&home(&scene, &entries[0]));
    scene.world.put_entry(&failed(&scene, &entries[5]));
    let told = body(&scene.send(&viewing(&scene, &progress)), 200);
    assert_eq!(told["results"], results(12, 1, 1, 0));
    scene.world.put_entry(&home(&scene, &entries[5]));
    let told = body(&scene.send(&viewing(&scene, &progress)), 200);
    assert_eq!(told["results"], results(12, 1, 1, 0), "no figure becomes smaller");
    for (at, entry) in entries.iter().enumerate().filter(|(at, _)| ![0, 5].contains(at)) {
        scene.world.put_entry(&if at % 2 == 0 { home(&scene, entry) } else { absent(&scene, entry) });
    }
    let told = body(&scene.send(&viewing(&scene, &progress)), 200);
    assert_eq!(told["status"], "done");
    let sum: u64 = ["success", "failed", "unavailable"].iter().map(|one| told["results"][one].as_u64().unwrap()).sum();
    assert_eq!(sum, 12);
}

#[test]
fn while_one_is_running_the_same_is_answered() {
    let scene = Scene::new();
    (1..=7).for_each(|n| drop(missing(&scene, n)));
    let first = body(&scene.send(&starting(&scene, &json!({}))), 202);
    let again = body(&scene.send(&starting(&scene, &json!({"days": 1}))), 202);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(scene.world.queued(QueueName::Transfer), 5, "nobody is asked twice");

    scene.world.advance(Duration::from_secs(301));
    body(&scene.send(&starting(&scene, &json!({}))), 202);
    assert_eq!(scene.world.queued(QueueName::Transfer), 10, "what stood still is asked for again");

    for entry in scene.world.entries() {
        scene.world.put_entry(&home(&scene, &entry));
    }
    let done = body(&scene.send(&starting(&scene, &json!({}))), 200);
    assert_eq!((&done["id"], &done["results"]), (&first["id"], &results(7, 7, 0, 0)));
    missing(&scene, 8);
    let next = body(&scene.send(&starting(&scene, &json!({}))), 202);
    assert_ne!(next["id"], first["id"], "that one was over");
}

#[test]
fn a_job_whose_beginner_died_is_gone_on_with_by_whoever_asks_next() {
    let plan = Plan::none().nth(1, Where::ports(&["TransferQueue"]), Fault::Crash);
    let scene = Scene::with_plan(plan);
    (1..=3).for_each(|n| drop(missing(&scene, n)));
    scene.try_send(&starting(&scene, &json!({}))).unwrap_err();
    let scene = scene.another_process();
    scene.world.advance(Duration::from_secs(301));
    body(&scene.send(&starting(&scene, &json!({}))), 202);
    assert!(scene.world.queued(QueueName::Transfer) >= 3);
}

#[test]
fn the_days_are_looked_through_and_what_cannot_be_had_is_left_out() {
    let scene = Scene::new();
    let mut old = missing(&scene, 1);
    old.started_at = scene.world.time() - Duration::from_secs(40 * 86_400);
    let today = scene.keys("days/");
    today.iter().for_each(|key| scene.world.remove_document(key));
    put(&scene, &old);
    put(&scene, &absent(&scene, &missing(&scene, 2)));
    put(&scene, &changed(&scene, &missing(&scene, 3), [Change::Erased]));
    assert_eq!(body(&scene.send(&starting(&scene, &json!({}))), 200)["results"], results(0, 0, 0, 0));
    let told = body(&scene.send(&starting(&scene, &json!({"days": 60}))), 202);
    assert_eq!(told["results"]["total"], 1);
}

#[test]
fn what_is_asked_for_makes_sense() {
    let scene = Scene::new();
    for odd in [
        json!({"days": 0}),
        json!({"days": 1, "to": "2024-01-01"}),
        json!({"from": "x"}),
        json!({"page": 1}),
        json!([]),
    ] {
        assert_eq!(scene.send(&starting(&scene, &odd)).status, 422, "{odd}");
    }
    for id in ["x", "last", "0000000000000ABC", "..%2F..", "0000000000000abc"] {
        assert_eq!(scene.send(&viewing(&scene, &format!("/api/jobs/{id}"))).status, 404, "{id}");
    }
    let reader = Token::with(&scene, &["view_call_history"]).text();
    let request = bearing("POST", TARGET, &reader).header("content-type", "application/json").body("{}");
    assert_eq!(scene.send(&request).status, 403);
}

#[test]
fn another_organisations_job_is_not_there() {
    let scene = Scene::new();
    (1..=7).for_each(|n| drop(missing(&scene, n)));
    let told = body(&scene.send(&starting(&scene, &json!({}))), 202);
    let acme = Token::with(&scene, &["view_call_history"]).of("acme").text();
    let target = format!("/api/jobs/{}", told["id"].as_str().unwrap());
    assert_eq!(scene.send(&bearing("GET", &target, &acme)).status, 404);
}

#[test]
fn a_bucket_that_is_down_begins_nothing() {
    for port in ["DayIndexList", "LedgerRead", "RetrievalWrite"] {
        let scene = Scene::new();
        missing(&scene, 1);
        scene.world.set_plan(Plan::none().always(Where::ports(&[port]), DOWN));
        assert_eq!(scene.send(&starting(&scene, &json!({}))).status, 503, "{port}");
        assert_eq!(scene.queued(), Vec::<TransferRequest>::new(), "{port}");
    }
}

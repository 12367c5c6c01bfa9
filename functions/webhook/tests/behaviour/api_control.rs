//! What somebody decides about a call through the API.

use recordings::fakes::{Effect, Fault, Plan, Where, sample};
use recordings::ledger_entry::{Change, LedgerEntry, Retention, State};
use recordings::ports::ErrorKind;
use recordings::recording::{CallRef, Outcome, RecordingRef};
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::{changed, path_of, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing};

/// Every route, with a body that it takes.
const ROUTES: [(&str, &str, Option<&str>); 6] = [
    ("DELETE", "", None),
    ("POST", "/hold", None),
    ("POST", "/release", None),
    ("POST", "/assign", Some(r#"{"job_number":"JOB2"}"#)),
    ("POST", "/retention", Some(r#"{"retention":"important"}"#)),
    ("POST", "/revoke-link", None),
];

fn request(scene: &Scene, method: &'static str, call: &CallRef, action: &str, body: Option<&str>) -> Request {
    let token = Token::with(scene, &["manage_recordings"]).text();
    with_token(method, call, action, body, &token)
}

fn with_token(method: &'static str, call: &CallRef, action: &str, body: Option<&str>, token: &str) -> Request {
    let request = bearing(method, &format!("/api/recordings/{}{action}", call.call_id), token);
    match body {
        Some(body) => request.header("content-type", "application/json").body(body),
        None => request,
    }
}

fn send(scene: &Scene, method: &'static str, call: &CallRef, action: &str, body: Option<&str>) -> Answer {
    scene.send(&request(scene, method, call, action, body))
}

fn post(scene: &Scene, call: &CallRef, action: &str) -> Answer {
    send(scene, "POST", call, action, None)
}

fn told(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "private, no-store");
    serde_json::from_str(answer.text()).unwrap()
}

#[track_caller]
fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, "application/problem+json"),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains(&format!("\"code\":\"{code}\"")), "{}", answer.text());
}

/// A stored recording of a job, and its call.
fn at_home(scene: &Scene) -> (LedgerEntry, CallRef) {
    let entry = changed(scene, &stored(scene), [Change::JobAssigned(sample::job_number(1))]);
    scene.world.put_entry(&entry);
    let call = entry.recording.call();
    (entry, call)
}

fn entry(scene: &Scene, of: &LedgerEntry) -> LedgerEntry {
    scene.world.entry(&of.recording).unwrap()
}

/// A decision is carried out by transfer, whoever dies: a message says so, and a marker outlives it.
#[track_caller]
fn is_carried_out(scene: &Scene, call: &CallRef) {
    let queued = scene.queued();
    let last = queued.last().unwrap();
    assert_eq!((&last.recording, &last.report.outcome), (&RecordingRef::all_of(call), &Outcome::Decided));
    assert_eq!(scene.keys("open/"), [format!("open/{}", RecordingRef::all_of(call))]);
}

#[test]
fn a_hold_is_in_the_entry_before_it_is_answered_and_its_release_is_carried_out() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    let answer = told(&post(&scene, &call, "/hold"), 200);
    assert_eq!(answer, json!({"call_id": call.call_id, "hold": true}));
    assert!(entry(&scene, &stored).hold && scene.world.control(&call).is_held());
    is_carried_out(&scene, &call);
    assert_eq!(told(&post(&scene, &call, "/release"), 200)["hold"], json!(false));
    assert!(!scene.world.control(&call).is_held());
}

#[test]
fn an_erasure_is_a_tombstone_and_is_answered_the_same_each_time() {
    let scene = Scene::new();
    let (_, call) = at_home(&scene);
    let first = told(&send(&scene, "DELETE", &call, "", None), 202);
    let erasure = scene.world.control(&call).erasure().cloned().unwrap();
    assert_eq!(first["erased_at"], json!(erasure.at));
    assert!(first["receipt"].as_str().unwrap().starts_with("receipts/default/"), "{first}");
    assert!(erasure.by.len() == 16 && !erasure.by.contains("ada"), "who asked is told by no name: {}", erasure.by);
    is_carried_out(&scene, &call);
    assert_eq!(told(&send(&scene, "DELETE", &call, "", None), 202), first);
    is_refused(&post(&scene, &call, "/hold"), 409, "erased");
}

#[test]
fn once_an_erasure_is_answered_neither_the_api_nor_a_link_leads_to_the_audio() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    let listen = || {
        let token = Token::with(&scene, &["view_call_history"]).text();
        scene.send(&bearing("GET", &format!("/api/recordings/{}/audio", call.call_id), &token)).status
    };
    let follow = || scene.send(&Request::new("GET", &path_of(&scene, &stored.recording, 0))).status;
    assert_eq!((listen(), follow()), (302, 302));
    told(&send(&scene, "DELETE", &call, "", None), 202);
    assert_eq!((listen(), follow()), (410, 410));
    assert_eq!(entry(&scene, &stored).state(), State::Erased, "before transfer comes to it");
}

#[test]
fn nothing_is_erased_under_a_hold() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    post(&scene, &call, "/hold");
    is_refused(&send(&scene, "DELETE", &call, "", None), 409, "on_hold");
    assert_eq!((entry(&scene, &stored).state(), scene.world.control(&call).erasure()), (State::Stored, None));
    post(&scene, &call, "/release");
    told(&send(&scene, "DELETE", &call, "", None), 202);
}

#[test]
fn a_job_is_assigned_and_corrected_and_the_former_one_is_told() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    let texts = stored.lines.iter().map(|line| line.text.clone()).collect();
    let seen = Change::LinesConfirmed { texts, job_record_id: sample::job_record_id(1) };
    scene.world.put_entry(&changed(&scene, &stored, [seen]));
    let answer = told(&send(&scene, "POST", &call, "/assign", ROUTES[3].2), 200);
    assert_eq!(answer, json!({"call_id": call.call_id, "job_number": "JOB2", "former_jobs": ["JOB1"]}));
    let assigned = entry(&scene, &stored);
    assert_eq!((&assigned.job_number, assigned.unconfirmed_lines().count()), (&Some(sample::job_number(2)), 1));
    is_carried_out(&scene, &call);
}

#[test]
fn retention_and_links_are_changed_in_every_entry_of_the_call() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    let answer = told(&send(&scene, "POST", &call, "/retention", ROUTES[4].2), 200);
    assert_eq!(answer, json!({"call_id": call.call_id, "retention": "important"}));
    assert_eq!(entry(&scene, &stored).retention, Retention::Important);
    let answer = told(&post(&scene, &call, "/revoke-link"), 200);
    assert_eq!(answer, json!({"call_id": call.call_id, "recordings": 1}));
    assert_eq!(entry(&scene, &stored).link_generation, stored.link_generation + 1);
}

#[test]
fn of_what_is_gone_nothing_can_be_changed() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    scene.world.put_entry(&changed(&scene, &stored, [Change::Erased]));
    for (method, action, body) in &ROUTES[3..] {
        is_refused(&send(&scene, method, &call, action, *body), 409, "nothing_left");
    }
}

#[test]
fn another_organisations_call_is_answered_like_one_that_nobody_knows() {
    let scene = Scene::new();
    let (_, call) = at_home(&scene);
    let unknown = sample::recording(9).call();
    for (method, action, body) in ROUTES {
        let foreign = Token::with(&scene, &["manage_recordings"]).of("acme").text();
        let answer = scene.send(&with_token(method, &call, action, body, &foreign));
        is_refused(&answer, 404, "not_found");
        assert_eq!(answer.text(), send(&scene, method, &unknown, action, body).text());
        let reader = Token::with(&scene, &["view_call_history"]).text();
        is_refused(&scene.send(&with_token(method, &call, action, body, &reader)), 403, "permission_missing");
        is_refused(&scene.send(&with_token(method, &call, action, body, "x")), 401, "token_invalid");
    }
    assert!(scene.keys("open/").is_empty() && scene.queued().is_empty());
    assert_eq!(scene.world.control(&call), recordings::call_control::CallControl::of(call.clone()));
}

#[test]
fn a_body_that_makes_no_sense_changes_nothing() {
    let scene = Scene::new();
    let (stored, call) = at_home(&scene);
    for (action, body) in [
        ("/assign", r#"{"job_number":"../x"}"#),
        ("/assign", "{}"),
        ("/assign", "JOB2"),
        ("/retention", r#"{"retention":"for ever"}"#),
        ("/retention", r#"{"retention":7}"#),
    ] {
        is_refused(&send(&scene, "POST", &call, action, Some(body)), 422, "invalid_request");
    }
    assert_eq!(entry(&scene, &stored), stored);
}

#[test]
fn a_lost_race_and_a_lost_reply_change_nothing_about_what_is_decided() {
    for fault in [Fault::ErrorBefore(ErrorKind::Conflict), Fault::ReplyLost] {
        for port in ["CallControlWrite", "LedgerWrite"] {
            let scene = Scene::with_plan(Plan::none().nth(1, Where::ports(&[port]), fault));
            let (stored, call) = at_home(&scene);
            told(&post(&scene, &call, "/hold"), 200);
            assert!(entry(&scene, &stored).hold, "{port} {fault:?}");
            let written = scene.world.journal().into_iter().filter(|e| matches!(e.effect, Effect::ControlWritten(_)));
            assert_eq!(written.count(), 1, "{port} {fault:?}");
        }
    }
}

#[test]
fn without_a_marker_nothing_is_decided_and_without_the_queue_the_marker_carries_it() {
    let scene = Scene::with_plan(
        Plan::none().always(Where::ports(&["OpenMarkerWrite"]), Fault::ErrorBefore(ErrorKind::Unavailable)),
    );
    let (_, call) = at_home(&scene);
    is_refused(&send(&scene, "DELETE", &call, "", None), 503, "unavailable");
    assert_eq!(scene.world.control(&call).erasure(), None);

    let scene = Scene::with_plan(
        Plan::none().always(Where::ports(&["TransferQueue"]), Fault::ErrorBefore(ErrorKind::Unavailable)),
    );
    let (_, call) = at_home(&scene);
    told(&send(&scene, "DELETE", &call, "", None), 202);
    assert!(scene.queued().is_empty() && scene.keys("open/").len() == 1);
}

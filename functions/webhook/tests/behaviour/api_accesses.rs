//! Who listened to what: shown to those who manage recordings, of their own organisation, a page at a time.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, Where, sample};
use recordings::ports::{AuditLog, AuditRecord};
use recordings::recording::RecordingRef;
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::{DOWN, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing};

const A_DAY: Duration = Duration::from_secs(86_400);

fn path(recording: &RecordingRef) -> String {
    format!("/api/recordings/{}/accesses", recording.call_id)
}

fn managing(scene: &Scene, target: &str) -> Request {
    bearing("GET", target, &Token::with(scene, &["manage_recordings"]).text())
}

fn body(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.text());
    serde_json::from_str(answer.text()).unwrap()
}

/// Somebody hears a recording now.
fn heard(scene: &Scene, recording: &RecordingRef, user: &str, number: u64) {
    let record = AuditRecord {
        organisation: recording.organisation.clone(),
        recording: recording.clone(),
        at: scene.world.time(),
        user: user.to_owned(),
        ip: Some("203.0.113.9".to_owned()),
        user_agent: None,
        tier: "bucket",
        outcome: "signed",
        number,
    };
    scene.world.run(AuditLog::append(&scene.world, &record)).unwrap();
}

fn users(told: &Value) -> Vec<&str> {
    told["accesses"].as_array().unwrap().iter().map(|access| access["user"].as_str().unwrap()).collect()
}

/// Every access, page by page.
fn all(scene: &Scene, target: &str) -> (Vec<String>, usize) {
    let (mut found, mut pages, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let joint = if target.contains('?') { '&' } else { '?' };
        let page = cursor.map_or_else(|| target.to_owned(), |cursor| format!("{target}{joint}cursor={cursor}"));
        let told = body(&scene.send(&managing(scene, &page)));
        found.extend(users(&told).into_iter().map(str::to_owned));
        pages += 1;
        cursor = told["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return (found, pages);
        }
    }
}

#[test]
fn each_access_to_a_call_is_told_in_order_and_nobody_elses() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    heard(&scene, &entry.recording, "ada@example.com", 1);
    heard(&scene, &sample::recording(9), "of another call", 2);
    heard(&scene, &sample::recording_of("acme", 1, 1), "of another organisation", 3);
    scene.world.advance(A_DAY);
    heard(&scene, &entry.recording, "link", 4);
    let answer = scene.send(&managing(&scene, &path(&entry.recording)));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let told = body(&answer);
    assert_eq!(users(&told), ["ada@example.com", "link"]);
    let expected = json!({
        "recording_id": entry.recording.recording_id, "at": scene.world.time(), "user": "link", "ip": "203.0.113.9",
        "user_agent": null, "tier": "bucket", "outcome": "signed",
    });
    assert_eq!((&told["accesses"][1], &told["next_cursor"]), (&expected, &Value::Null));
    let read = scene.world.calls().into_iter().filter(|call| (call.port, call.operation) == ("AuditRead", "read"));
    assert_eq!(read.count(), 2, "what is not asked for is not read");
}

#[test]
fn days_bound_the_list() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    for day in 0..4 {
        heard(&scene, &entry.recording, &format!("day {day}"), day);
        scene.world.advance(A_DAY);
    }
    for (query, expected) in [
        ("", vec!["day 0", "day 1", "day 2", "day 3"]),
        ("?from=2024-03-16&to=2024-03-17", vec!["day 1", "day 2"]),
        ("?from=2020-01-01&to=2024-03-15", vec!["day 0"]),
        ("?from=2024-03-18", vec!["day 3"]),
        ("?from=2023-01-01&to=2023-12-31", vec![]),
    ] {
        let told = body(&scene.send(&managing(&scene, &format!("{}{query}", path(&entry.recording)))));
        assert_eq!(users(&told), expected, "{query}");
    }
}

#[test]
fn many_accesses_and_many_days_come_in_pages_each_once() {
    for page_size in [3, 1_000] {
        let scene = Scene::new();
        scene.world.adjust(|settings| settings.page_size = page_size);
        let entry = stored(&scene);
        scene.world.put_entry(&entry);
        (0..130).for_each(|n| heard(&scene, &entry.recording, &format!("{n:03}"), n));
        scene.world.advance(A_DAY * 100);
        heard(&scene, &entry.recording, "the last", 1);
        let (found, pages) = all(&scene, &path(&entry.recording));
        let expected: Vec<String> = (0..130).map(|n| format!("{n:03}")).chain(["the last".to_owned()]).collect();
        assert_eq!(found, expected);
        assert!(pages >= 4, "{pages} pages: a hundred accesses, and 31 listings, an answer");
    }
}

#[test]
fn a_cursor_is_good_for_its_own_list_alone() {
    let scene = Scene::new();
    let entry = stored(&scene);
    let mut other = stored(&scene);
    other.recording = sample::recording(2);
    let mut theirs = stored(&scene);
    theirs.recording = sample::recording_of("acme", 1, 1);
    [&entry, &other, &theirs].into_iter().for_each(|entry| scene.world.put_entry(entry));
    (0..101).for_each(|n| heard(&scene, &entry.recording, "ada", n));
    let told = body(&scene.send(&managing(&scene, &path(&entry.recording))));
    let cursor = told["next_cursor"].as_str().unwrap();
    let acme = Token::with(&scene, &["manage_recordings"]).of("acme").text();
    for request in [
        managing(&scene, &format!("{}?cursor={cursor}", path(&other.recording))),
        managing(&scene, &format!("{}?cursor={cursor}&to=2024-03-20", path(&entry.recording))),
        managing(&scene, &format!("{}?cursor=x{cursor}", path(&entry.recording))),
        managing(&scene, &format!("{}?cursor=", path(&entry.recording))),
        bearing("GET", &format!("{}?cursor={cursor}", path(&theirs.recording)), &acme),
    ] {
        let answer = scene.send(&request);
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains("cursor is not one of this list"), "{}", answer.text());
    }
}

#[test]
fn only_who_manages_recordings_is_told_and_nothing_of_anybody_else() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    heard(&scene, &entry.recording, "ada", 1);
    let target = path(&entry.recording);
    let viewing = Token::with(&scene, &["view_call_history"]).text();
    assert_eq!(scene.send(&bearing("GET", &target, &viewing)).status, 403);
    assert_eq!(scene.send(&Request::new("GET", &target)).status, 401);
    let acme = Token::with(&scene, &["manage_recordings"]).of("acme").text();
    let missing = scene.send(&managing(&scene, &path(&sample::recording(9))));
    assert_eq!(missing.status, 404);
    assert_eq!(scene.send(&bearing("GET", &target, &acme)), missing, "a foreign call is like a missing one");
}

#[test]
fn a_query_that_makes_no_sense_is_refused() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    for query in ["from=yesterday", "to=2024-02-30", "from=2024-03-17&to=2024-03-16", "user=ada", "to=1&to=2"] {
        let answer = scene.send(&managing(&scene, &format!("{}?{query}", path(&entry.recording))));
        assert_eq!(answer.status, 422, "{query}: {}", answer.text());
    }
}

#[test]
fn what_cannot_be_reached_just_now_may_be_asked_again() {
    for (port, operation) in [("AuditRead", "page"), ("AuditRead", "read"), ("CallEntries", "list")] {
        for fault in [DOWN, Fault::Hang] {
            let scene = Scene::new();
            scene.world.adjust(|settings| settings.patience = Some(Duration::from_secs(60)));
            let entry = stored(&scene);
            scene.world.put_entry(&entry);
            heard(&scene, &entry.recording, "ada", 1);
            scene.world.set_plan(Plan::none().always(Where::ports(&[port]).operation(operation), fault));
            let answer = scene.send(&managing(&scene, &path(&entry.recording)));
            assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{port}.{operation}");
        }
    }
}

use std::time::Duration;

use jiff::Timestamp;
use recordings::fakes::{Fault, Plan, Where, sample};
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::ObjectKey;
use recordings::recording::{CallRef, RecordingRef, Transcript};
use serde_json::{Value, json};

use crate::gateway::Answer;
use crate::link::{DOWN, accesses, received, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing, viewing};

/// Puts the nth recording of an organisation into the ledger and under its day.
fn put(scene: &Scene, organisation: &str, n: u64, started_at: Timestamp) -> LedgerEntry {
    let mut entry = if n.is_multiple_of(2) { stored(scene) } else { received(scene) };
    entry.recording = sample::recording_of(organisation, n, n);
    (entry.started_at, entry.job_number) = (started_at, Some(sample::job_number(n % 3)));
    scene.world.put_entry(&entry);
    scene.world.put_document(&ObjectKey::Day(&entry.recording, started_at).to_string(), "");
    entry
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn list(scene: &Scene, query: &str) -> Answer {
    scene.send(&viewing(scene, &format!("/api/recordings?{query}")))
}

fn page(scene: &Scene, query: &str) -> (Vec<String>, Option<String>) {
    let answer = list(scene, query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let page: Value = serde_json::from_str(answer.text()).unwrap();
    let ids = page["recordings"].as_array().unwrap().iter().map(|one| one["recording_id"].as_str().unwrap().to_owned());
    (ids.collect(), page["next_cursor"].as_str().map(str::to_owned))
}

/// The recordings of all pages.
fn all(scene: &Scene, query: &str) -> Vec<String> {
    let (mut found, mut next) = page(scene, query);
    while let Some(cursor) = next {
        let (more, behind) = page(scene, &format!("{query}&cursor={cursor}"));
        found.extend(more);
        next = behind;
    }
    found
}

fn id(n: u64) -> String {
    sample::recording(n).recording_id.to_string()
}

#[test]
fn recordings_are_listed_by_their_days_in_the_order_of_their_starts() {
    let scene = Scene::new();
    for (n, start) in [(1, "2024-03-15T10:00:00Z"), (2, "2024-03-14T23:59:59Z"), (3, "2024-03-08T12:00:00Z")] {
        put(&scene, "default", n, at(start));
    }
    put(&scene, "acme", 4, at("2024-03-15T09:00:00Z"));
    assert_eq!(all(&scene, ""), [id(2), id(1)], "the last seven days");
    assert_eq!(all(&scene, "from=2024-03-01"), [id(3), id(2), id(1)]);
    assert_eq!(all(&scene, "from=2024-03-08&to=2024-03-14"), [id(3), id(2)]);
    assert_eq!(all(&scene, "from=2024-03-15&to=2024-03-15"), [id(1)]);
    assert_eq!(all(&scene, "from=2024-01-01&to=2024-03-01"), Vec::<String>::new());
    assert_eq!(accesses(&scene), [], "a list lets nobody hear anything");
}

#[test]
fn a_list_holds_what_is_looked_for() {
    let scene = Scene::new();
    for n in 1..=6 {
        put(&scene, "default", n, at("2024-03-15T10:00:00Z") + Duration::from_secs(n));
    }
    let mut called = received(&scene);
    called.recording = sample::recording(7);
    (called.from, called.started_at) = (Some("+14155550100".parse().unwrap()), at("2024-03-15T11:00:00Z"));
    scene.world.put_entry(&called);
    scene.world.put_document(&ObjectKey::Day(&called.recording, called.started_at).to_string(), "");
    assert_eq!(all(&scene, "status=available"), [id(2), id(4), id(6)]);
    assert_eq!(all(&scene, "status=pending&provider=twilio&job=JOB1"), [id(1)]);
    assert_eq!(all(&scene, "provider=vapi"), Vec::<String>::new());
    for number in ["%2B14155550100", "+14155550100", "14155550100"] {
        assert_eq!(all(&scene, &format!("number={number}")), [id(7)], "{number}");
    }
}

#[test]
fn a_canary_is_nobodys_recording_and_in_no_list() {
    let scene = Scene::new();
    put(&scene, "default", 1, at("2024-03-15T10:00:00Z"));
    let mut canary = received(&scene);
    canary.recording = RecordingRef::canary(canary.recording.organisation, "2024-03-15".parse().unwrap());
    canary.started_at = at("2024-03-15T11:00:00Z");
    scene.world.put_entry(&canary);
    scene.world.put_document(&ObjectKey::Day(&canary.recording, canary.started_at).to_string(), "");
    assert_eq!(all(&scene, ""), [id(1)]);
    assert_eq!(all(&scene, "order=newest"), [id(1)]);
}

#[test]
fn transcripts_are_searched_whatever_the_case() {
    let scene = Scene::new();
    for (n, said) in [(1, "The boiler leaks."), (2, "It is about the BOILER."), (3, "Nothing to report.")] {
        let entry = put(&scene, "default", n, at("2024-03-15T10:00:00Z") + Duration::from_secs(n));
        let RecordingRef { organisation, provider, call_id, .. } = entry.recording;
        let call = CallRef { organisation, provider, call_id };
        let transcript = serde_json::to_string(&Transcript::with_text(vec![], said.to_owned())).unwrap();
        scene.world.put_document(&ObjectKey::Transcript(&call).to_string(), &transcript);
    }
    put(&scene, "default", 4, at("2024-03-15T12:00:00Z"));
    assert_eq!(all(&scene, "q=boiler"), [id(1), id(2)]);
    assert_eq!(all(&scene, "q=the+boiler+leaks"), [id(1)]);
}

#[test]
fn a_long_list_comes_in_pages_each_of_which_costs_little() {
    let scene = Scene::new();
    scene.world.adjust(|settings| settings.page_size = 30);
    for n in 1..=130 {
        put(&scene, "default", n, at("2024-03-15T10:00:00Z") + Duration::from_secs(n));
    }
    let (first, next) = page(&scene, "");
    assert!(!first.is_empty() && first.len() <= 50 && next.is_some(), "{}", first.len());
    assert_eq!(all(&scene, ""), (1..=130).map(id).collect::<Vec<_>>(), "none is missed or told twice");
    let before = scene.world.calls().len();
    page(&scene, "job=JOB7");
    let reads = scene.world.calls().len() - before;
    assert!(reads <= 210, "{reads} calls for one page");
    assert_eq!(all(&scene, "job=JOB7"), Vec::<String>::new());
}

#[test]
fn years_without_a_recording_are_walked_a_month_at_a_time() {
    let scene = Scene::new();
    put(&scene, "default", 1, at("2024-03-15T10:00:00Z"));
    let (first, next) = page(&scene, "from=2024-01-01");
    assert_eq!((first.len(), next.is_some()), (0, true), "a page may be empty and yet not the last");
    assert_eq!(all(&scene, "from=2024-01-01"), [id(1)]);
}

#[test]
fn a_cursor_is_good_for_its_own_list_alone() {
    let scene = Scene::new();
    let (_, cursor) = page(&scene, "from=2024-01-01");
    let cursor = cursor.unwrap();
    assert!(!cursor.contains("2024"), "opaque");
    let refused =
        |answer: Answer| (answer.status, serde_json::from_str::<Value>(answer.text()).unwrap()["detail"].clone());
    let not_of_this_list = (422, json!("cursor is not one of this list."));
    for query in [
        format!("from=2024-01-01&status=failed&cursor={cursor}"),
        format!("from=2024-01-02&cursor={cursor}"),
        format!("cursor={cursor}"),
        format!("from=2024-01-01&cursor={cursor}A"),
        format!("from=2024-01-01&cursor={}", &cursor[1..]),
        "from=2024-01-01&cursor=".to_owned(),
        "from=2024-01-01&cursor=days/acme/2024-03-15/".to_owned(),
    ] {
        assert_eq!(refused(list(&scene, &query)), not_of_this_list, "{query}");
    }
    let acme = Token::with(&scene, &["view_call_history"]).of("acme").text();
    let target = format!("/api/recordings?from=2024-01-01&cursor={cursor}");
    assert_eq!(refused(scene.send(&bearing("GET", &target, &acme))), not_of_this_list, "another organisation's");
}

#[test]
fn parameters_that_make_no_sense_are_named() {
    let scene = Scene::new();
    for (query, name) in [
        ("page=2", "from, to, status"),
        ("status=lost", "status"),
        ("provider=fax", "provider"),
        ("job=JOB%2F1", "job"),
        ("number=0", "number"),
        ("number=+1555x", "number"),
        ("q=a", "q"),
        ("q=%00", "q"),
        ("from=15.03.2024", "from"),
        ("from=2024-03-16", "from"),
        ("to=-1", "to"),
        ("from=2024-03-01&from=2024-03-02", "from"),
    ] {
        let answer = list(&scene, query);
        let problem: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!((answer.status, &problem["code"]), (422, &json!("invalid_request")), "{query}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{query}: {problem}");
    }
}

#[test]
fn what_cannot_be_reached_just_now_may_be_asked_again() {
    for port in ["DayIndexList", "LedgerRead"] {
        for fault in [DOWN, Fault::Hang] {
            let scene = Scene::with_plan(Plan::none().always(Where::ports(&[port]), fault));
            put(&scene, "default", 1, at("2024-03-15T10:00:00Z"));
            assert_eq!(list(&scene, "").status, 503, "{port}");
        }
    }
}

#[test]
fn the_newest_come_first_where_that_is_asked_for() {
    let scene = Scene::new();
    scene.world.adjust(|settings| settings.page_size = 30);
    let starts =
        [("2024-03-15T10:00:00Z", 1..=130), ("2024-03-14T23:59:00Z", 131..=150), ("2024-03-12T00:00:00Z", 151..=160)];
    let mut expected = Vec::new();
    for (day, numbers) in starts {
        let first = *numbers.start();
        for n in numbers.clone() {
            put(&scene, "default", n, at(day) + Duration::from_secs(n - first));
        }
        expected.extend(numbers.rev().map(id));
    }
    // All of one second, more than one listing shows.
    for n in 201..=270 {
        put(&scene, "default", n, at("2024-03-11T06:00:00Z"));
    }
    let found = all(&scene, "order=newest");
    assert_eq!(found[..160], expected[..], "none is missed or told twice");
    let mut within_a_second = found[160..].to_vec();
    within_a_second.sort();
    let mut expected: Vec<_> = (201..=270).map(id).collect();
    expected.sort();
    assert_eq!(within_a_second, expected);
    assert_eq!(
        all(&scene, "order=newest&from=2024-03-12&to=2024-03-12"),
        (151..=160).rev().map(id).collect::<Vec<_>>()
    );
    for odd in ["order=latest", "direction=up"] {
        assert_eq!(list(&scene, odd).status, 422, "{odd}");
    }
    let (_, cursor) = page(&scene, "order=newest");
    assert_eq!(list(&scene, &format!("cursor={}", cursor.unwrap())).status, 422, "another order is another list");
}

#[test]
fn the_newest_of_a_full_day_cost_what_is_shown_of_them() {
    let scene = Scene::new();
    for n in 1..=2_400 {
        put(&scene, "default", n, scene.world.time() - Duration::from_secs(n * 20));
    }
    let before = scene.world.calls().len();
    let (found, next) = page(&scene, "order=newest");
    let calls = scene.world.calls().len() - before;
    assert_eq!((found[0].clone(), next.is_some()), (id(1), true));
    assert!(calls <= found.len() + 20, "{calls} calls for {}", found.len());
}

#[test]
fn one_text_is_looked_for_in_jobs_numbers_ids_and_transcripts() {
    let scene = Scene::new();
    let with = |n: u64, change: &dyn Fn(&mut LedgerEntry)| {
        let mut entry = received(&scene);
        (entry.recording, entry.job_number) = (sample::recording(n), None);
        entry.started_at = at("2024-03-15T10:00:00Z") + Duration::from_secs(n);
        change(&mut entry);
        scene.world.put_entry(&entry);
        scene.world.put_document(&ObjectKey::Day(&entry.recording, entry.started_at).to_string(), "");
        entry
    };
    with(1, &|entry| entry.job_number = Some("ROOF-77".parse().unwrap()));
    with(2, &|entry| entry.from = Some("+14155550177".parse().unwrap()));
    with(3, &|entry| entry.direction = Some(recordings::recording::Direction::Outbound));
    let said = with(4, &|entry| entry.direction = Some(recordings::recording::Direction::Inbound));
    let RecordingRef { organisation, provider, call_id, .. } = said.recording;
    let call = CallRef { organisation, provider, call_id };
    let transcript = Transcript::with_text(vec![], "The roof leaks, on both sides.".to_owned());
    let transcript = serde_json::to_string(&transcript).unwrap();
    scene.world.put_document(&ObjectKey::Transcript(&call).to_string(), &transcript);
    assert_eq!(all(&scene, "search=roof"), [id(1), id(4)]);
    assert_eq!(all(&scene, "search=roof-77"), [id(1)]);
    assert_eq!(all(&scene, "search=(415)+555-0177"), [id(2)]);
    assert_eq!(all(&scene, "search=both+sides&order=newest"), [id(4)]);
    assert_eq!(all(&scene, &format!("search={}", id(3).to_lowercase())), [id(3)]);
    assert_eq!(all(&scene, "direction=outbound"), [id(3)]);
    assert_eq!(all(&scene, "direction=inbound&search=roof"), [id(4)]);
}

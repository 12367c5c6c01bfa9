use serde_json::{Value, json};

use super::super::fixtures::{BY_KEY, CALL, call, error, json as json_answer, recorded, vapi, vapi_with};
use super::*;
use crate::adapters::http::wire::{Wire, answer, chain, client};
use crate::ports::{RecordingList, Standing};
use crate::recording::Channels;

const NOON: &str = "2024-03-15T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn of(organisation: &str, provider: Provider) -> ListCursor {
    ListCursor::start(RecordingList::CreatedWithin {
        organisation: organisation.parse().unwrap(),
        provider,
        window: at("2024-03-15T12:00:00Z")..at("2024-03-15T13:00:00Z"),
    })
}

fn created_within() -> ListCursor {
    of("default", Provider::Vapi)
}

fn entry(n: u32, created: &str) -> Value {
    let mut entry = call(recorded());
    entry["id"] = json!(format!("00000000-0000-0000-0000-{n:012x}"));
    entry["createdAt"] = json!(created);
    entry
}

fn page(entries: &[Value]) -> Vec<u8> {
    json_answer(200, &json!(entries).to_string())
}

async fn ask(answer: Vec<u8>) -> Result<ListPage, PortError> {
    vapi(&Wire::answering([answer]).await).page(&created_within()).await
}

#[track_caller]
fn assert_fails(result: Result<ListPage, PortError>, kind: ErrorKind, detail: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (kind, detail), "{}", chain(&error));
    assert!(!chain(&error).contains("+1555") && !chain(&error).contains("private-key"), "{}", chain(&error));
}

#[tokio::test]
async fn a_list_is_asked_for_by_the_window_and_given_to_the_millisecond() {
    let mut odd = entry(5, NOON);
    odd["status"] = json!("melted");
    odd["artifact"] = json!(null);
    let mut stranger = entry(6, NOON);
    stranger["id"] = json!("../../keys");
    let mut timeless = entry(7, NOON);
    timeless["createdAt"] = json!("noon");
    let entries = [
        entry(1, "2024-03-15T11:59:59.999Z"),
        entry(2, NOON),
        entry(3, "2024-03-15T12:59:59.999Z"),
        entry(4, "2024-03-15T13:00:00.000Z"),
        odd,
        stranger,
        timeless,
        json!("a text"),
    ];
    let wire = Wire::answering([page(&entries)]).await;
    let page = vapi(&wire).page(&created_within()).await.unwrap();
    let ids: Vec<_> = page.recordings.iter().map(|listed| listed.recording.to_string()).collect();
    let expected = [2, 3].map(|n| format!("default/vapi/00000000-0000-0000-0000-{n:012x}/mono"));
    assert_eq!(ids, expected);
    assert!(page.recordings.iter().all(|listed| listed.standing == Standing::Completed));
    assert_eq!(page.oddities, BTreeMap::from([(Oddity::Time, 1), (Oddity::Id, 2), (Oddity::Status, 1)]));
    assert_eq!(page.next, None);
    let asked = "GET /call?createdAtGe=2024-03-15T12%3A00%3A00Z&createdAtLt=2024-03-15T13%3A00%3A00.001Z&limit=100";
    assert_eq!(wire.lines(), [asked]);
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_KEY));
}

/// Vapi, which holds a call at each of these minutes past noon and gives two at the most.
async fn holding(minutes: &'static [u32]) -> Wire {
    Wire::start(move |seen| {
        let line = seen.line();
        let value = |name: &str| {
            let url = url::Url::parse(&format!("http://host{}", line.strip_prefix("GET ").unwrap())).unwrap();
            url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        let window = at(&value("createdAtGe"))..at(&value("createdAtLt"));
        let limit: usize = value("limit").parse().unwrap();
        let held = minutes.iter().enumerate().map(|(n, minute)| (n as u32, format!("2024-03-15T12:{minute:02}:00Z")));
        let within: Vec<_> =
            held.filter(|(_, time)| window.contains(&at(time))).map(|(n, time)| entry(n, &time)).take(limit).collect();
        vec![crate::adapters::http::wire::Step::Send(page(&within))]
    })
    .await
}

/// All that a list shows, and on how many pages.
async fn all(wire: &Wire) -> (Vec<String>, usize) {
    let vapi = vapi(wire).with_page_size(2);
    let (mut shown, mut place, mut pages) = (Vec::new(), Some(created_within()), 0);
    while let Some(at) = place {
        let kept: ListCursor = serde_json::from_str(&serde_json::to_string(&at).unwrap()).unwrap();
        let page = vapi.page(&kept).await.unwrap();
        shown.extend(page.recordings.iter().map(|listed| listed.recording.call_id.to_string()));
        (place, pages) = (page.next, pages + 1);
    }
    (shown, pages)
}

#[tokio::test]
async fn a_window_that_is_full_is_halved_until_each_call_was_shown_once() {
    for minutes in [&[0, 1, 2, 3, 30, 31, 59][..], &[0, 59], &[1], &[], &[10, 10, 10, 11]] {
        let (mut shown, pages) = all(&holding(minutes).await).await;
        shown.sort();
        let expected: Vec<_> = (0..minutes.len()).map(|n| format!("00000000-0000-0000-0000-{n:012x}")).collect();
        assert_eq!(shown, expected, "{minutes:?}");
        assert!(pages < 200, "{pages} pages for {minutes:?}");
    }
}

#[tokio::test]
async fn more_calls_in_a_millisecond_than_vapi_gives_at_once_are_told_and_not_passed_over() {
    let entries: Vec<_> = (0..1_000).map(|n| entry(n, NOON)).collect();
    let wire = Wire::answering([page(&entries)]).await;
    let first = at(NOON).as_millisecond();
    let moment = created_within().moved_to(format!("{first} {}", first + 1));
    let detail = "more calls were made in one millisecond than Vapi gives at once";
    assert_fails(vapi(&wire).page(&moment).await, ErrorKind::Unavailable, detail);
    assert!(wire.lines()[0].ends_with("&limit=1000"), "{:?}", wire.lines());
}

#[tokio::test]
async fn a_page_that_is_too_long_is_asked_for_in_parts() {
    let mut long = entry(1, NOON);
    long["artifact"]["transcript"] = json!("x".repeat(PAGE_BYTES));
    let page = ask(page(&[long])).await.unwrap();
    assert!(page.recordings.is_empty() && page.next.is_some());
}

#[tokio::test]
async fn a_call_is_asked_for_by_its_id() {
    let start = ListCursor::start(RecordingList::OfCall(CallRef::parse("default", Provider::Vapi, CALL).unwrap()));
    let wire = Wire::answering([json_answer(200, &call(recorded()).to_string()), error(404)]).await;
    let vapi = vapi_with(client(), &wire, Channels::Dual);
    let page = vapi.page(&start).await.unwrap();
    let [listed] = &page.recordings[..] else { panic!("one recording: {page:?}") };
    assert_eq!((listed.recording.recording_id.as_str(), listed.channels), ("stereo", Some(2)));
    assert_eq!(listed.started_at, Some(at("2024-03-15T13:00:01Z")));
    assert_eq!(wire.lines(), [format!("GET /call/{CALL}")]);
    assert_fails(vapi.page(&start).await, ErrorKind::NotFound, "HTTP 404");
    assert_fails(
        vapi.page(&start.moved_to("1 2")).await,
        ErrorKind::Invalid,
        "the cursor is not a place in Vapi's list",
    );
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    for (answer, kind, detail) in [
        (error(400), ErrorKind::Invalid, "HTTP 400"),
        (error(401), ErrorKind::Refused, "HTTP 401"),
        (error(429), ErrorKind::Throttled { retry_after: None }, "HTTP 429"),
        (error(500), ErrorKind::Unavailable, "HTTP 500"),
        (answer(404, &[], "<html>"), ErrorKind::Unavailable, "HTTP 404, but not from the API"),
        (answer(302, &[("Location", "https://evil.example/")], ""), ErrorKind::Invalid, "HTTP 302"),
    ] {
        assert_fails(ask(answer).await, kind, detail);
    }
}

#[tokio::test]
async fn what_is_no_list_is_not_taken_for_an_empty_one() {
    for body in ["", "null", "{}", r#"{"results": []}"#, r#"[{"id": "+15551234567"}, "#, "<html>"] {
        let detail = "the answer is not a list of calls' JSON";
        assert_fails(ask(json_answer(200, body)).await, ErrorKind::Unavailable, detail);
    }
}

#[tokio::test]
async fn each_organisation_asks_with_its_own_key() {
    let wire = Wire::answering([page(&[])]).await;
    let vapi = vapi(&wire);
    vapi.page(&of("acme", Provider::Vapi)).await.unwrap();
    assert_eq!(wire.seen()[0].header("authorization"), Some("Bearer another-key"));
    assert_eq!(vapi.page(&of("idle", Provider::Vapi)).await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(vapi.page(&of("default", Provider::Twilio)).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wire.seen().len(), 1);
}

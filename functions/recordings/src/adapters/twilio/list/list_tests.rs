use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::super::fixtures::{
    ACCOUNT, BY_KEY, BY_TOKEN, CALL, RECORDING, json as json_answer, twilio, twilio_with, xml,
};
use super::*;
use crate::adapters::http::wire::{Step, Wire, answer, chain, client_waiting, head};
use crate::ports::{ListedRecording, Oddity, Standing};
use crate::recording::{CallRef, Channels, Provider};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn of(organisation: &str, provider: Provider) -> ListCursor {
    ListCursor::start(RecordingList::CreatedWithin {
        organisation: organisation.parse().unwrap(),
        provider,
        window: at("2024-03-14T22:00:00Z")..at("2024-03-15T15:00:00Z"),
    })
}

fn created_within() -> ListCursor {
    of("default", Provider::Twilio)
}

fn of_call() -> ListCursor {
    ListCursor::start(RecordingList::OfCall(CallRef::parse("default", Provider::Twilio, CALL).unwrap()))
}

const IN_ACCOUNT: &str = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef";
const FIRST: &str =
    "Recordings.json?DateCreated%3E=2024-03-14&DateCreated%3C=2024-03-16&IncludeSoftDeleted=true&PageSize=250";

fn entry(n: u32, status: &str, created: &str) -> Value {
    json!({
        "account_sid": ACCOUNT, "call_sid": CALL, "sid": format!("RE{n:032x}"), "status": status,
        "date_created": created, "start_time": created, "duration": "12", "channels": 1, "error_code": null,
    })
}

fn page(entries: &[Value], next: Option<&str>) -> Vec<u8> {
    json_answer(200, &json!({"recordings": entries, "next_page_uri": next, "page": 0}).to_string())
}

fn next(query: &str) -> String {
    format!("{IN_ACCOUNT}/Recordings.json?DateCreated%3E=2024-03-14&PageSize=250&{query}")
}

/// What came of one answer.
async fn ask(answer: Vec<u8>) -> Result<ListPage, PortError> {
    twilio(&Wire::answering([answer]).await).await.page(&created_within()).await
}

#[track_caller]
fn assert_fails(result: Result<ListPage, PortError>, kind: ErrorKind, detail: &str) {
    let error = result.unwrap_err();
    let chain = chain(&error);
    assert_eq!((error.kind, error.detail.as_str()), (kind, detail), "{chain}");
    assert!(!chain.contains("auth-token") && !chain.contains("+1555") && !chain.contains("evil"), "{chain}");
}

#[tokio::test]
async fn a_list_is_asked_for_by_days_that_hold_the_window_and_given_to_the_second() {
    let entries = [
        entry(1, "completed", "Thu, 14 Mar 2024 21:59:59 +0000"),
        entry(2, "completed", "Thu, 14 Mar 2024 22:00:00 +0000"),
        entry(3, "processing", "Fri, 15 Mar 2024 14:59:59 +0000"),
        entry(4, "completed", "Fri, 15 Mar 2024 15:00:00 +0000"),
        entry(5, "melted", "Fri, 15 Mar 2024 12:00:00 +0000"),
    ];
    let wire = Wire::answering([page(&entries, None)]).await;
    let page = twilio(&wire).await.page(&created_within()).await.unwrap();
    let shown = page.recordings.iter().map(|listed| (listed.recording.recording_id.as_str(), &listed.standing));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("RE00000000000000000000000000000002", &Standing::Completed),
            ("RE00000000000000000000000000000003", &Standing::Unfinished),
        ]
    );
    assert_eq!((page.oddities, page.next), (BTreeMap::from([(Oddity::Status, 1)]), None));
    assert_eq!(wire.lines(), [format!("GET {IN_ACCOUNT}/{FIRST}")]);
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_TOKEN));
}

#[tokio::test]
async fn a_calls_recordings_are_asked_for_whenever_they_were_made() {
    let wire = Wire::answering([page(&[entry(1, "deleted", "Thu, 14 Mar 2002 21:59:59 +0000")], None)]).await;
    let page = twilio(&wire).await.page(&of_call()).await.unwrap();
    let [ListedRecording { recording, standing: Standing::Deleted, .. }] = &page.recordings[..] else {
        panic!("one deleted recording: {page:?}")
    };
    assert_eq!(recording.recording_id.as_str(), RECORDING);
    let asked = format!("GET {IN_ACCOUNT}/Calls/{CALL}/Recordings.json?IncludeSoftDeleted=true&PageSize=250");
    assert_eq!(wire.lines(), [asked]);
}

#[tokio::test]
async fn of_the_link_to_the_next_page_only_its_place_is_kept() {
    let link = next("Page=1&PageToken=PARE2&Status=x&DateCreated%3C=2000-01-01");
    let wire = Wire::answering([page(&[], Some(&link)), page(&[], None)]).await;
    let twilio = twilio(&wire).await;
    let next = twilio.page(&created_within()).await.unwrap().next.unwrap();
    let kept: ListCursor = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
    assert_eq!(twilio.page(&kept).await.unwrap().next, None);
    let second = format!("GET {IN_ACCOUNT}/{FIRST}&Page=1&PageToken=PARE2");
    assert_eq!(wire.lines(), [format!("GET {IN_ACCOUNT}/{FIRST}"), second]);
    assert_eq!(wire.seen()[1].header("authorization"), Some(BY_TOKEN));
}

#[tokio::test]
async fn a_link_that_does_not_lead_on_in_the_list_ends_nothing_and_leads_nowhere() {
    let evil = Wire::answering([]).await;
    let on = next("Page=1&PageToken=PARE2");
    for link in [
        format!("https://evil.example{on}"),
        evil.url(&on),
        format!("//127.0.0.1:{}{on}", evil.port()),
        format!("http://AC1:token@127.0.0.1:{}{on}", evil.port()),
        format!("@127.0.0.1:{}{on}", evil.port()),
        on.replace(ACCOUNT, "ACffffffffffffffffffffffffffffffff"),
        "/other/path?Page=1&PageToken=PARE2".to_owned(),
        next("Page=1"),
        next("Page=0&PageToken=PARE2"),
        next("Page=1&PageToken=..%2F"),
        String::new(),
    ] {
        let result = ask(page(&[entry(1, "completed", "Fri, 15 Mar 2024 12:00:00 +0000")], Some(&link))).await;
        assert_fails(result, ErrorKind::Invalid, "the link to the next page does not lead on in the list");
    }
    assert!(evil.seen().is_empty());
}

#[tokio::test]
async fn a_list_does_not_go_round_in_circles() {
    let links = ["Page=1&PageToken=PARE2", "Page=1&PageToken=PARE3"].map(next);
    let wire = Wire::answering(links.iter().map(|link| page(&[], Some(link))).collect::<Vec<_>>()).await;
    let twilio = twilio(&wire).await;
    let second = twilio.page(&created_within()).await.unwrap().next.unwrap();
    let result = twilio.page(&second).await;
    assert_fails(result, ErrorKind::Invalid, "the link to the next page does not lead on in the list");
}

#[tokio::test]
async fn a_cursor_that_somebody_changed_is_not_followed() {
    let wire = Wire::answering([]).await;
    let twilio = twilio(&wire).await;
    for position in ["", "1", "x PARE2", "1 ", "1 a b", "1 https://evil.example/", "-1 PARE2", "1 a&b=c"] {
        let result = twilio.page(&created_within().moved_to(position)).await;
        assert_fails(result, ErrorKind::Invalid, "the cursor is not a place in Twilio's list");
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let throttled = |seconds: Option<u64>| ErrorKind::Throttled { retry_after: seconds.map(Duration::from_secs) };
    for (answer, kind, detail) in [
        (json_answer(400, r#"{"code":20001}"#), ErrorKind::Invalid, "HTTP 400, code 20001"),
        (json_answer(401, r#"{"code":20003}"#), ErrorKind::Refused, "HTTP 401, code 20003"),
        (json_answer(403, "{}"), ErrorKind::Refused, "HTTP 403"),
        (json_answer(404, r#"{"code":20404}"#), ErrorKind::NotFound, "HTTP 404, code 20404"),
        (xml(404, 20404), ErrorKind::NotFound, "HTTP 404, code 20404"),
        (answer(404, &[], "<html>evil</html>"), ErrorKind::Unavailable, "HTTP 404, but not from Twilio"),
        (json_answer(429, r#"{"code":20429}"#), throttled(None), "HTTP 429, code 20429"),
        (answer(429, &[("Retry-After", "3")], ""), throttled(Some(3)), "HTTP 429"),
        (answer(302, &[("Location", "https://evil.example/")], ""), ErrorKind::Invalid, "HTTP 302"),
        (answer(206, &[], "{}"), ErrorKind::Invalid, "HTTP 206"),
        (answer(500, &[], "+15551234567"), ErrorKind::Unavailable, "HTTP 500"),
        (answer(503, &[], ""), ErrorKind::Unavailable, "HTTP 503"),
    ] {
        assert_fails(ask(answer).await, kind, detail);
    }
}

#[tokio::test]
async fn what_is_no_page_is_not_taken_for_an_empty_one() {
    let not_json = "the answer is not a page of recordings' JSON";
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"recordings": []}"#,
        r#"{"next_page_uri": null}"#,
        r#"{"recordings": {}, "next_page_uri": null}"#,
        r#"{"recordings": [], "next_page_uri": 1}"#,
        r#"{"recordings": [{"caller": "+15551234567"}], "next_page_uri": "#,
    ] {
        assert_fails(ask(json_answer(200, body)).await, ErrorKind::Unavailable, not_json);
    }
    assert_fails(ask(xml(200, 0)).await, ErrorKind::Unavailable, not_json);
    assert_fails(ask(answer(200, &[], "<html>evil</html>")).await, ErrorKind::Unavailable, not_json);
}

#[tokio::test]
async fn a_page_is_read_up_to_its_limit() {
    for (padding, fits) in [(PAGE_BYTES - 100, true), (PAGE_BYTES, false)] {
        let body = json!({"recordings": [], "next_page_uri": null, "uri": "x".repeat(padding)});
        let result = ask(json_answer(200, &body.to_string())).await;
        if fits {
            assert_eq!(result.unwrap().recordings, []);
        } else {
            assert_fails(result, ErrorKind::Invalid, "the answer is too long");
        }
    }
    let endless = [head(200, &[("Content-Length", "99999999")]), vec![b' '; 2 * PAGE_BYTES]].concat();
    assert_fails(ask(endless).await, ErrorKind::Invalid, "the answer is too long");
}

#[tokio::test]
async fn a_page_that_breaks_off_or_falls_silent_is_unavailable() {
    let begun = [head(200, &[("Content-Length", "999")]), br#"{"recordings": ["#.to_vec()].concat();
    for (hangs, detail) in [(false, "the connection broke off"), (true, "no answer in time")] {
        let begun = begun.clone();
        let wire = Wire::start(move |_| {
            std::iter::once(Step::Send(begun.clone())).chain(hangs.then_some(Step::Hang)).collect()
        })
        .await;
        let twilio = twilio_with(client_waiting(Duration::from_millis(50)), &wire, Channels::Mono).await;
        assert_fails(twilio.page(&created_within()).await, ErrorKind::Unavailable, detail);
    }
}

#[tokio::test]
async fn each_organisation_asks_its_own_account_with_its_own_key() {
    let wire = Wire::answering([page(&[], None)]).await;
    let twilio = twilio(&wire).await;
    twilio.page(&of("acme", Provider::Twilio)).await.unwrap();
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_KEY));
    for organisation in ["idle", "stranger"] {
        let error = twilio.page(&of(organisation, Provider::Twilio)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{organisation}");
    }
    assert_eq!(twilio.page(&of("default", Provider::Vapi)).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wire.seen().len(), 1);
}

#[tokio::test]
async fn pages_are_of_any_size_that_fits_the_limit() {
    for (wanted, asked) in [(0, 1), (2, 2), (250, 250), (1000, 250)] {
        let wire = Wire::answering([page(&[], None)]).await;
        twilio(&wire).await.with_page_size(wanted).page(&of_call()).await.unwrap();
        assert!(wire.lines()[0].ends_with(&format!("PageSize={asked}")), "{:?}", wire.lines());
    }
}

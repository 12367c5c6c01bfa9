use serde_json::{Value, json};

use super::super::fixtures::{CONVERSATION, conversation, elevenlabs, error, json as json_answer};
use super::*;
use crate::adapters::http::wire::{Step, Wire, answer, chain};

/// Noon of 15 March 2024.
const NOON: i64 = 1_710_504_000;
const LIST: &str = "/v1/convai/conversations";

fn of(organisation: &str, provider: Provider) -> ListCursor {
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    ListCursor::start(RecordingList::CreatedWithin {
        organisation: organisation.parse().unwrap(),
        provider,
        window: at(NOON)..at(NOON + 3_600),
    })
}

fn created_within() -> ListCursor {
    of("default", Provider::ElevenLabs)
}

fn summary(id: &str, status: &str, begun: i64) -> Value {
    json!({"agent_id": "agent_1", "conversation_id": id, "status": status, "start_time_unix_secs": begun,
           "call_duration_secs": 12, "transcript_summary": "of +15551234567"})
}

fn page(summaries: &[Value], next: Option<&str>) -> Vec<u8> {
    let body = json!({"conversations": summaries, "has_more": next.is_some(), "next_cursor": next});
    json_answer(200, &body.to_string())
}

/// ElevenLabs, which gives this page, and has audio of conversations whose id ends on `a`.
async fn giving(page: Vec<u8>) -> Wire {
    Wire::start(move |seen| {
        let path = seen.line().strip_prefix("GET ").unwrap();
        let answered = match path.strip_prefix(&format!("{LIST}/")) {
            None => page.clone(),
            Some("conv_gone") => error(404, "document_not_found"),
            Some("conv_odd") => json_answer(422, r#"{"detail":[]}"#),
            Some("conv_busy") => error(429, "system_busy"),
            Some(id) => {
                let mut looked = conversation("done", Some(id.ends_with('a')));
                looked["conversation_id"] = json!(id);
                json_answer(200, &looked.to_string())
            }
        };
        vec![Step::Send(answered)]
    })
    .await
}

async fn ask(answer: Vec<u8>) -> Result<ListPage, PortError> {
    elevenlabs(&giving(answer).await).page(&created_within()).await
}

#[track_caller]
fn assert_fails(result: Result<ListPage, PortError>, kind: ErrorKind, detail: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (kind, detail), "{}", chain(&error));
    assert!(!chain(&error).contains("+1555") && !chain(&error).contains("sk_"), "{}", chain(&error));
}

#[tokio::test]
async fn conversations_that_are_over_are_asked_whether_they_have_audio() {
    let absent = Standing::Absent { reason: "no recording was made".to_owned() };
    let wire = giving(page(
        &[
            summary("conv_before", "done", NOON - 1),
            summary("conv_1a", "done", NOON),
            summary("conv_2b", "done", NOON + 1),
            summary("conv_3b", "failed", NOON + 2),
            summary("conv_4a", "processing", NOON + 3),
            summary("conv_gone", "done", NOON + 4),
            summary("conv_odd", "done", NOON + 5),
            summary("conv_5a", "melted", NOON + 6),
            summary("../../keys", "done", NOON + 7),
            json!({"conversation_id": "conv_6a", "status": "done"}),
            json!("a text"),
            summary("conv_behind", "done", NOON + 3_600),
        ],
        None,
    ))
    .await;
    let page = elevenlabs(&wire).page(&created_within()).await.unwrap();
    let shown: Vec<_> =
        page.recordings.iter().map(|listed| (listed.recording.call_id.as_str(), listed.standing.clone())).collect();
    let expected = [
        ("conv_1a", Standing::Completed),
        ("conv_2b", absent.clone()),
        ("conv_3b", absent),
        ("conv_4a", Standing::Unfinished),
        ("conv_gone", Standing::Deleted),
    ];
    assert_eq!(shown, expected);
    assert_eq!(page.oddities, BTreeMap::from([(Oddity::Time, 2), (Oddity::Id, 1), (Oddity::Status, 2)]));
    assert_eq!(page.next, None);
    let mut lines = wire.lines();
    let first =
        format!("GET {LIST}?call_start_after_unix={}&call_start_before_unix={}&page_size=30", NOON - 1, NOON + 3_602);
    assert_eq!(lines.remove(0), first);
    assert_eq!(lines.len(), 5, "the others are not looked at: {lines:?}");
    assert!(wire.seen().iter().all(|seen| seen.header("xi-api-key") == Some("sk_key")));
}

#[tokio::test]
async fn a_cursor_leads_on_in_the_same_list() {
    let wire = Wire::answering([page(&[], Some("abc/+=")), page(&[], None)]).await;
    let elevenlabs = elevenlabs(&wire);
    let next = elevenlabs.page(&created_within()).await.unwrap().next.unwrap();
    let kept: ListCursor = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
    assert_eq!(elevenlabs.page(&kept).await.unwrap().next, None);
    let [first, second] = &wire.lines()[..] else { panic!("two pages") };
    assert_eq!(second, &format!("{first}&cursor=abc%2F%2B%3D"));
}

#[tokio::test]
async fn a_list_does_not_go_round_in_circles_or_end_without_saying_so() {
    let no_way_on = "the cursor of the next page does not lead on in the list";
    let wire = Wire::answering([page(&[], Some("abc")), page(&[], Some("abc"))]).await;
    let elevenlabs = elevenlabs(&wire);
    let second = elevenlabs.page(&created_within()).await.unwrap().next.unwrap();
    assert_fails(elevenlabs.page(&second).await, ErrorKind::Invalid, no_way_on);
    for body in [
        json!({"conversations": [], "has_more": true, "next_cursor": null}),
        json!({"conversations": [], "has_more": true}),
        json!({"conversations": [], "has_more": true, "next_cursor": "a b"}),
    ] {
        assert_fails(ask(json_answer(200, &body.to_string())).await, ErrorKind::Invalid, no_way_on);
    }
}

#[tokio::test]
async fn a_cursor_that_somebody_changed_is_not_followed() {
    let wire = Wire::answering([]).await;
    let elevenlabs = elevenlabs(&wire);
    for position in ["", "1", "x abc", "1 ", "0 abc", "1 a b", "-1 abc"] {
        let result = elevenlabs.page(&created_within().moved_to(position)).await;
        assert_fails(result, ErrorKind::Invalid, "the cursor is not a place in ElevenLabs' list");
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn a_conversation_that_cannot_be_looked_at_just_now_holds_up_its_page() {
    let result = ask(page(&[summary("conv_busy", "done", NOON)], None)).await;
    assert_fails(result, ErrorKind::Throttled { retry_after: None }, "HTTP 429, system_busy");
}

#[tokio::test]
async fn a_conversation_is_asked_for_by_its_id() {
    let call = CallRef::parse("default", Provider::ElevenLabs, CONVERSATION).unwrap();
    let start = ListCursor::start(RecordingList::OfCall(call));
    let wire = Wire::answering([
        json_answer(200, &conversation("done", Some(true)).to_string()),
        error(404, "document_not_found"),
    ])
    .await;
    let elevenlabs = elevenlabs(&wire);
    let page = elevenlabs.page(&start).await.unwrap();
    let [listed] = &page.recordings[..] else { panic!("one recording: {page:?}") };
    assert_eq!((listed.created_at.as_second(), &listed.standing), (NOON, &Standing::Completed));
    assert_fails(elevenlabs.page(&start).await, ErrorKind::NotFound, "HTTP 404, document_not_found");
}

#[tokio::test]
async fn what_is_no_page_is_not_taken_for_an_empty_one() {
    for body in ["", "null", "[]", "{}", r#"{"conversations": []}"#, r#"{"has_more": false}"#, "<html>"] {
        let detail = "the answer is not a page of conversations' JSON";
        assert_fails(ask(json_answer(200, body)).await, ErrorKind::Unavailable, detail);
    }
    assert_fails(ask(error(401, "invalid_api_key")).await, ErrorKind::Refused, "HTTP 401, invalid_api_key");
    assert_fails(ask(answer(500, &[], "")).await, ErrorKind::Unavailable, "HTTP 500");
}

#[tokio::test]
async fn each_organisation_asks_with_its_own_key() {
    let wire = Wire::answering([page(&[], None)]).await;
    let elevenlabs = elevenlabs(&wire);
    elevenlabs.page(&of("acme", Provider::ElevenLabs)).await.unwrap();
    assert_eq!(wire.seen()[0].header("xi-api-key"), Some("sk_another"));
    assert_eq!(elevenlabs.page(&of("idle", Provider::ElevenLabs)).await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(elevenlabs.page(&of("default", Provider::Twilio)).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wire.seen().len(), 1);
}

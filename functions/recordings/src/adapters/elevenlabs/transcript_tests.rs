use serde_json::json;

use crate::adapters::http::wire::{Wire, answer, chain};
use crate::recording::Provider;

use super::super::fixtures::{CONVERSATION, conversation, elevenlabs, error, json as json_answer, told};
use super::*;

fn call() -> CallRef {
    CallRef::parse("default", Provider::ElevenLabs, CONVERSATION).unwrap()
}

async fn ask(answer: Vec<u8>) -> Result<Option<Transcript>, FetchError> {
    elevenlabs(&Wire::answering([answer]).await).transcript(&call()).await
}

async fn said(transcript: Value) -> Option<Transcript> {
    let mut body = conversation("done", Some(false));
    body["transcript"] = transcript;
    ask(json_answer(200, &body.to_string())).await.unwrap()
}

#[tokio::test]
async fn what_the_two_who_spoke_said_is_told_in_order() {
    let found = said(json!([
        {"role": "agent", "message": "How can I help?", "time_in_call_secs": 0},
        {"role": "agent", "message": null, "tool_calls": []},
        {"role": "user", "message": "My heating is cold.", "time_in_call_secs": 2},
        {"role": "somebody", "message": "else"},
        {"role": "user", "message": " "},
        7,
    ]))
    .await;
    let turn = |speaker, text: &str, ms| Turn { speaker, text: text.to_owned(), offset_ms: Some(ms) };
    let turns = vec![turn(Speaker::Agent, "How can I help?", 0), turn(Speaker::Customer, "My heating is cold.", 2_000)];
    assert_eq!(found, Some(Transcript::of_turns(turns)));
}

#[tokio::test]
async fn a_conversation_in_which_nothing_was_said_has_no_transcript() {
    for transcript in [json!([]), json!(null), json!("none"), json!([{"role": "user", "message": ""}])] {
        assert_eq!(said(transcript).await, None);
    }
    assert_eq!(ask(error(404, "document_not_found")).await.unwrap(), None, "nobody knows the conversation");
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    for (answered, code) in [
        (told("processing", None), "provider_not_ready"),
        (told("in-progress", None), "provider_not_ready"),
        (error(401, "invalid_api_key"), "provider_refused"),
        (error(429, "system_busy"), "provider_throttled"),
        (answer(404, &[], "<html>"), "provider_unavailable"),
        (answer(200, &[], "<html>+15551234567"), "provider_unavailable"),
    ] {
        let failed = ask(answered).await.unwrap_err();
        assert_eq!(failed.code(), code);
        assert!(!chain(&failed).contains("+1555"), "{}", chain(&failed));
    }
}

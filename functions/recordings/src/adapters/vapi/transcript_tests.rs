use serde_json::json;

use crate::adapters::http::wire::{Wire, answer, chain};
use crate::recording::Provider;

use super::super::fixtures::{BY_KEY, CALL, call, error, json as json_answer, vapi};
use super::*;

fn of(organisation: &str) -> CallRef {
    CallRef::parse(organisation, Provider::Vapi, CALL).unwrap()
}

async fn ask(answer: Vec<u8>) -> Result<Option<Transcript>, FetchError> {
    vapi(&Wire::answering([answer]).await).transcript(&of("default")).await
}

fn turn_of(speaker: Speaker, text: &str, offset_ms: Option<u64>) -> Turn {
    Turn { speaker, text: text.to_owned(), offset_ms }
}

#[tokio::test]
async fn what_the_two_who_spoke_said_is_told_in_order() {
    let messages = json!([
        {"role": "system", "message": "You are a dispatcher."},
        {"role": "bot", "message": " How can I help? ", "secondsFromStart": 0.5},
        {"role": "tool_calls", "toolCalls": []},
        {"role": "user", "message": "My heating is cold.", "secondsFromStart": -1},
        {"role": "user", "message": "  "},
        {"role": "user"},
        7,
    ]);
    let body = call(json!({"artifact": {"messages": messages, "transcript": "AI: How can I help?\n"}}));
    let wire = Wire::answering([json_answer(200, &body.to_string())]).await;
    let found = vapi(&wire).transcript(&of("default")).await.unwrap().unwrap();
    let turns = vec![
        turn_of(Speaker::Agent, "How can I help?", Some(500)),
        turn_of(Speaker::Customer, "My heating is cold.", None),
    ];
    assert_eq!(found, Transcript::with_text(turns, "AI: How can I help?".to_owned()));
    assert_eq!(wire.lines(), [format!("GET /call/{CALL}")]);
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_KEY));
}

#[tokio::test]
async fn a_call_on_which_nothing_was_said_has_no_transcript() {
    for artifact in [json!(null), json!({}), json!({"messages": [], "transcript": " "}), json!("none")] {
        let body = call(json!({ "artifact": artifact }));
        assert_eq!(ask(json_answer(200, &body.to_string())).await.unwrap(), None);
    }
    assert_eq!(ask(error(404)).await.unwrap(), None, "nobody knows the call");
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let goes_on = call(json!({"status": "in-progress", "endedAt": null}));
    for (answered, code) in [
        (json_answer(200, &goes_on.to_string()), "provider_not_ready"),
        (error(401), "provider_refused"),
        (error(429), "provider_throttled"),
        (error(500), "provider_unavailable"),
        (answer(404, &[], "<html>"), "provider_unavailable"),
        (answer(200, &[], "<html>+15551234567"), "provider_unavailable"),
    ] {
        let failed = ask(answered).await.unwrap_err();
        assert_eq!(failed.code(), code);
        assert!(!chain(&failed).contains("+1555"), "{}", chain(&failed));
    }
    let wire = Wire::answering([]).await;
    assert_eq!(vapi(&wire).transcript(&of("idle")).await.unwrap_err().code(), "provider_refused");
}

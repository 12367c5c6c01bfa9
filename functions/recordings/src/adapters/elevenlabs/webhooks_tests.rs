use serde_json::json;

use crate::adapters::http::wire::{Wire, chain};

use super::super::fixtures::{elevenlabs, error, json as json_answer};
use super::*;

#[tokio::test]
async fn a_webhook_is_on_or_off_and_tries_again_or_not() {
    let webhook = |id: &str, more: Value| {
        let mut webhook = json!({"webhook_id": id, "webhook_url": "https://x/+15551234567", "is_disabled": false});
        webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        webhook
    };
    let body = json!({"webhooks": [
        webhook("on", json!({"is_auto_disabled": false})),
        webhook("retries", json!({"retry_enabled": true})),
        webhook("once", json!({"retry_enabled": false})),
        webhook("off", json!({"is_disabled": true})),
        webhook("auto", json!({"is_auto_disabled": true})),
        webhook("../keys", json!({})),
        {"name": "nobody"},
    ]});
    let wire = Wire::answering([json_answer(200, &body.to_string())]).await;
    let organisation = Organisation::default_organisation();
    let told = elevenlabs(&wire).settings(&organisation, Provider::ElevenLabs).await.unwrap();
    let expected = [
        ("on", AgentState::Delivers { retries: None }),
        ("retries", AgentState::Delivers { retries: Some(true) }),
        ("once", AgentState::Delivers { retries: Some(false) }),
        ("off", AgentState::Disabled),
        ("auto", AgentState::AutoDisabled),
    ];
    let expected = expected.map(|(id, state)| AgentSetting { id: id.parse().unwrap(), state });
    assert_eq!((told.settings, told.strange), (expected.to_vec(), 2));
    assert_eq!(wire.lines(), ["GET /v1/workspace/webhooks"]);
    assert_eq!(wire.seen()[0].header("xi-api-key"), Some("sk_key"));
}

#[tokio::test]
async fn what_is_no_list_is_not_taken_for_an_empty_one() {
    for (answer, kind) in [
        (json_answer(200, "{}"), ErrorKind::Unavailable),
        (json_answer(200, "+15551234567"), ErrorKind::Unavailable),
        (error(401, "invalid_api_key"), ErrorKind::Refused),
        (error(429, "system_busy"), ErrorKind::Throttled { retry_after: None }),
    ] {
        let wire = Wire::answering([answer]).await;
        let organisation = Organisation::default_organisation();
        let failed = elevenlabs(&wire).settings(&organisation, Provider::ElevenLabs).await.unwrap_err();
        assert_eq!(failed.kind, kind);
        assert!(!chain(&failed).contains("+1555"), "{}", chain(&failed));
    }
}

use serde_json::json;

use crate::adapters::http::wire::{Step, Wire, chain};

use super::super::fixtures::{elevenlabs, error, json as json_answer};
use super::*;

const AGENT: &str = "agent_01jxd5y165f62a0v7gtr6bkg56";

fn organisation() -> Organisation {
    Organisation::default_organisation()
}

/// A workspace with these webhooks, these settings and these agents.
async fn workspace(webhooks: Value, settings: Value, agents: Vec<Value>) -> Wire {
    let list = json!({"agents": agents, "has_more": false, "next_cursor": null}).to_string();
    Wire::start(move |seen| {
        let path = seen.line().split(['?', ' ']).nth(1).unwrap().to_owned();
        let told = match path.as_str() {
            "/v1/workspace/webhooks" => json!({ "webhooks": webhooks }).to_string(),
            "/v1/convai/settings" => settings.to_string(),
            "/v1/convai/agents" => list.clone(),
            path => match agents.iter().find(|agent| path.ends_with(agent["agent_id"].as_str().unwrap())) {
                Some(agent) => agent.to_string(),
                None => return vec![Step::Send(error(404, "document_not_found"))],
            },
        };
        vec![Step::Send(json_answer(200, &told))]
    })
    .await
}

async fn told(wire: &Wire) -> Result<AgentSettings, PortError> {
    elevenlabs(wire).settings(&organisation(), Provider::ElevenLabs).await
}

fn setting(id: &str, state: AgentState) -> AgentSetting {
    AgentSetting { id: id.parse().unwrap(), state }
}

#[tokio::test]
async fn a_webhook_is_on_or_off_and_tries_again_or_not() {
    let webhook = |id: &str, more: Value| {
        let mut webhook = json!({"webhook_id": id, "webhook_url": "https://x/+15551234567", "is_disabled": false});
        webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        webhook
    };
    let webhooks = json!([
        webhook("on", json!({"is_auto_disabled": false})),
        webhook("retries", json!({"retry_enabled": true})),
        webhook("once", json!({"retry_enabled": false})),
        webhook("off", json!({"is_disabled": true})),
        webhook("auto", json!({"is_auto_disabled": true})),
        webhook("../keys", json!({})),
        {"name": "nobody"},
    ]);
    let wire = workspace(webhooks, json!({}), Vec::new()).await;
    let told = told(&wire).await.unwrap();
    let expected = [
        setting("on", AgentState::Delivers { retries: None }),
        setting("retries", AgentState::Delivers { retries: Some(true) }),
        setting("once", AgentState::Delivers { retries: Some(false) }),
        setting("off", AgentState::Disabled),
        setting("auto", AgentState::AutoDisabled),
    ];
    assert_eq!((told.settings, told.strange), (expected.to_vec(), 2));
    let lines = ["GET /v1/workspace/webhooks", "GET /v1/convai/agents?page_size=30&archived=false"];
    assert_eq!(wire.lines(), lines, "the workspace's settings matter only to agents");
    assert!(wire.seen().iter().all(|seen| seen.header("xi-api-key") == Some("sk_key")));
}

#[tokio::test]
async fn an_agent_keeps_audio_and_tells_of_it_unless_somebody_says_otherwise() {
    let with_privacy = |privacy: Value| json!({ "privacy": privacy });
    let with_webhooks = |webhooks: Value| json!({"workspace_overrides": {"webhooks": webhooks}});
    for (platform, expected) in [
        (json!(null), AgentState::Records),
        (json!({}), AgentState::Records),
        (with_privacy(json!({"record_voice": true, "retention_days": -1, "delete_audio": false})), AgentState::Records),
        (with_privacy(json!({"retention_days": 730, "delete_audio": true})), AgentState::Records),
        (with_privacy(json!({"retention_days": 0, "delete_audio": false})), AgentState::Records),
        (with_privacy(json!({"record_voice": false, "retention_days": 0})), AgentState::RecordingOff),
        (with_privacy(json!({"retention_days": 0})), AgentState::KeepsNothing),
        (with_privacy(json!({"retention_days": 0, "delete_audio": true})), AgentState::KeepsNothing),
        (with_privacy(json!({"zero_retention_mode": true})), AgentState::KeepsNothing),
        (with_webhooks(json!(null)), AgentState::Records),
        (with_webhooks(json!({"post_call_webhook_id": null})), AgentState::Records),
        (with_webhooks(json!({"post_call_webhook_id": "own"})), AgentState::Records),
        (with_webhooks(json!({"post_call_webhook_id": "own", "events": ["transcript"]})), AgentState::Records),
        (with_webhooks(json!({"post_call_webhook_id": "own", "events": ["audio"]})), AgentState::Untold),
    ] {
        let agent = json!({"agent_id": AGENT, "name": "+15551234567", "platform_settings": platform});
        let usual = json!({"webhooks": {"post_call_webhook_id": "usual", "events": ["audio", "transcript"]}});
        let wire = workspace(json!([]), usual, vec![agent]).await;
        assert_eq!(told(&wire).await.unwrap().settings, [setting(AGENT, expected)], "{platform}");
        assert!(wire.lines().contains(&format!("GET /v1/convai/agents/{AGENT}")));
    }
}

#[tokio::test]
async fn an_agent_without_a_webhook_is_told_of_by_the_one_of_its_workspace_or_by_none() {
    for (usual, expected) in [
        (json!({}), AgentState::Untold),
        (json!({"webhooks": {"post_call_webhook_id": null}}), AgentState::Untold),
        (json!({"webhooks": {"post_call_webhook_id": "w", "events": ["audio"]}}), AgentState::Untold),
        (json!({"webhooks": {"post_call_webhook_id": "w"}}), AgentState::Records),
    ] {
        let wire = workspace(json!([]), usual.clone(), vec![json!({"agent_id": AGENT})]).await;
        assert_eq!(told(&wire).await.unwrap().settings, [setting(AGENT, expected)], "{usual}");
    }
}

#[tokio::test]
async fn each_agent_of_every_page_is_looked_at_and_what_makes_no_sense_is_counted() {
    let page = |agents: Value, next: Value| {
        let has_more = next.is_string();
        json_answer(200, &json!({"agents": agents, "has_more": has_more, "next_cursor": next}).to_string())
    };
    let wire = Wire::start(move |seen| {
        vec![Step::Send(match seen.line() {
            "GET /v1/workspace/webhooks" => json_answer(200, r#"{"webhooks": []}"#),
            "GET /v1/convai/settings" => {
                json_answer(200, r#"{"webhooks": {"post_call_webhook_id": "w", "events": ["transcript"]}}"#)
            }
            line if line.ends_with("cursor=2") => {
                page(json!([{"agent_id": "foreign"}, {"agent_id": "b"}]), json!(null))
            }
            line if line.contains("agents?") => {
                page(json!([{"agent_id": "gone"}, {"agent_id": "../keys"}, {"agent_id": "a"}, {}]), json!("2"))
            }
            "GET /v1/convai/agents/a" => json_answer(200, r#"{"agent_id": "a"}"#),
            "GET /v1/convai/agents/b" => json_answer(200, r#"{"agent_id": "another"}"#),
            "GET /v1/convai/agents/foreign" => error(403, "missing_permissions"),
            "GET /v1/convai/agents/gone" => error(404, "document_not_found"),
            line => panic!("{line}"),
        })]
    })
    .await;
    let told = told(&wire).await.unwrap();
    assert_eq!((told.settings, told.strange), (vec![setting("a", AgentState::Records)], 4));
}

#[tokio::test]
async fn what_is_no_list_is_not_taken_for_an_empty_one() {
    let no_end = || json_answer(200, &json!({"agents": [], "has_more": true, "next_cursor": "1"}).to_string());
    for (webhooks, agents, kind) in [
        (json_answer(200, "{}"), None, ErrorKind::Unavailable),
        (json_answer(200, "+15551234567"), None, ErrorKind::Unavailable),
        (error(401, "invalid_api_key"), None, ErrorKind::Refused),
        (error(429, "system_busy"), None, ErrorKind::Throttled { retry_after: None }),
        (json_answer(200, r#"{"webhooks": []}"#), Some(json_answer(200, r#"{"agents": []}"#)), ErrorKind::Unavailable),
        (json_answer(200, r#"{"webhooks": []}"#), Some(no_end()), ErrorKind::Invalid),
        (json_answer(200, r#"{"webhooks": []}"#), Some(error(503, "busy")), ErrorKind::Unavailable),
    ] {
        let wire = Wire::answering([Some(webhooks), agents].into_iter().flatten()).await;
        let failed = told(&wire).await.unwrap_err();
        assert_eq!(failed.kind, kind);
        assert!(!chain(&failed).contains("+1555"), "{}", chain(&failed));
    }
}

#[tokio::test]
async fn an_agent_that_cannot_be_looked_at_now_is_not_left_out() {
    let wire = Wire::answering([
        json_answer(200, r#"{"webhooks": []}"#),
        json_answer(200, r#"{"agents": [{"agent_id": "a"}], "has_more": false}"#),
        json_answer(200, "{}"),
        error(429, "too_many_concurrent_requests"),
    ])
    .await;
    assert_eq!(told(&wire).await.unwrap_err().kind, ErrorKind::Throttled { retry_after: None });
}

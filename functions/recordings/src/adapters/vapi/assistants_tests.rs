use crate::adapters::http::wire::{Wire, chain};

use super::super::fixtures::{BY_KEY, error, json as json_answer, vapi};
use super::*;

const ID: &str = "00000000-0000-4000-8000-00000000000a";

fn organisation() -> Organisation {
    Organisation::default_organisation()
}

fn id() -> AgentId {
    ID.parse().unwrap()
}

#[tokio::test]
async fn an_assistant_records_unless_somebody_says_otherwise() {
    let with = |more: Value| {
        let mut assistant = json!({"id": ID, "name": "+15551234567"});
        assistant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assistant
    };
    for (more, expected) in [
        (json!({}), AgentState::Records),
        (json!({"artifactPlan": null}), AgentState::Records),
        (json!({"artifactPlan": {}}), AgentState::Records),
        (json!({"artifactPlan": {"recordingEnabled": true}}), AgentState::Records),
        (json!({"artifactPlan": {"recordingEnabled": false}}), AgentState::RecordingOff),
        (json!({"compliancePlan": {"hipaaEnabled": true}}), AgentState::RecordingOff),
        (json!({"hipaaEnabled": true}), AgentState::RecordingOff),
        (json!({"hipaaEnabled": true, "artifactPlan": {"recordingEnabled": true}}), AgentState::Records),
    ] {
        let page = json!([with(more.clone()), {"name": "nobody"}, {"id": "../keys"}, 7]);
        let wire = Wire::answering([json_answer(200, &page.to_string())]).await;
        let told = vapi(&wire).settings(&organisation(), Provider::Vapi).await.unwrap();
        assert_eq!(told, AgentSettings { settings: vec![AgentSetting { id: id(), state: expected }], strange: 3 });
        assert_eq!(wire.lines(), ["GET /assistant?limit=1000"]);
        assert_eq!(wire.seen()[0].header("authorization"), Some(BY_KEY));
    }
}

#[tokio::test]
async fn what_else_an_assistant_keeps_of_its_calls_stays_as_it_is() {
    let plan = json!({"recordingEnabled": false, "recordingFormat": "mp3", "videoRecordingEnabled": true});
    let found = json!({"id": ID, "name": "A", "artifactPlan": plan});
    let wire = Wire::answering([json_answer(200, &found.to_string()), json_answer(200, "{}")]).await;
    vapi(&wire).record(&organisation(), Provider::Vapi, &id()).await.unwrap();
    assert_eq!(wire.lines(), [format!("GET /assistant/{ID}"), format!("PATCH /assistant/{ID}")]);
    let sent = json!({"recordingEnabled": true, "recordingFormat": "mp3", "videoRecordingEnabled": true});
    assert_eq!(wire.seen()[1].json(), json!({ "artifactPlan": sent }));
}

#[tokio::test]
async fn an_assistant_that_records_is_not_changed() {
    let wire = Wire::answering([json_answer(200, &json!({"id": ID}).to_string())]).await;
    vapi(&wire).record(&organisation(), Provider::Vapi, &id()).await.unwrap();
    assert_eq!(wire.seen().len(), 1);
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    for (answer, kind) in [
        (error(401), ErrorKind::Refused),
        (error(404), ErrorKind::NotFound),
        (error(429), ErrorKind::Throttled { retry_after: None }),
        (error(500), ErrorKind::Unavailable),
        (json_answer(200, "<html>+15551234567"), ErrorKind::Unavailable),
    ] {
        for is_list in [true, false] {
            let wire = Wire::answering([answer.clone()]).await;
            let vapi = vapi(&wire);
            let failed = match is_list {
                true => vapi.settings(&organisation(), Provider::Vapi).await.map(drop),
                false => vapi.record(&organisation(), Provider::Vapi, &id()).await,
            };
            let failed = failed.unwrap_err();
            assert_eq!(failed.kind, kind);
            assert!(!chain(&failed).contains("+1555"), "{}", chain(&failed));
        }
    }
}

#[tokio::test]
async fn a_list_that_may_be_cut_short_is_not_taken_for_all_of_it() {
    let page: Vec<_> = (0..MOST).map(|_| json!({"id": ID})).collect();
    let wire = Wire::answering([json_answer(200, &json!(page).to_string())]).await;
    let failed = vapi(&wire).settings(&organisation(), Provider::Vapi).await.unwrap_err();
    assert!(failed.detail.contains("more assistants"), "{failed}");
}

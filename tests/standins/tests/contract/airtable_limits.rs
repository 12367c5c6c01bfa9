use serde_json::json;
use standins::{AirtableBehaviour, AirtableCounters, ViolationKind};

use crate::http::get;
use crate::scene::Scene;

#[tokio::test]
async fn sixth_request_of_a_second_brings_thirty_quiet_seconds() {
    let scene = Scene::start().await;
    let ask = || async { scene.table("GET", "").send().await };
    for _ in 0..5 {
        assert_eq!(ask().await.status, 200);
    }
    let refused = ask().await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["errors"][0]["error"], "RATE_LIMIT_REACHED");
    assert_eq!(scene.world().violations(), []);
    scene.world().advance_clock(29_999);
    assert_eq!(ask().await.status, 429);
    assert_eq!(scene.world().violations()[0].kind, ViolationKind::RequestWithinPenalty);
    scene.world().advance_clock(1);
    assert_eq!(ask().await.status, 200);
    let counters = scene.world().airtable_counters();
    assert_eq!(counters, AirtableCounters { requests: 8, finds: 6, rate_limited: 2, ..counters });
}

#[tokio::test]
async fn exhausted_quota_is_another_429_and_spares_the_schema() {
    let scene = Scene::start().await;
    let id = scene.job("JOB1");
    scene.world().set_airtable_behaviour(AirtableBehaviour { quota_exhausted: true, ..AirtableBehaviour::default() });
    let refused = scene.patch(&[(&id, json!({"job_history": "x"}))]).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["errors"][0]["error"], "PUBLIC_API_BILLING_LIMIT_EXCEEDED");
    assert_eq!(scene.history(&id), "");
    let schema = format!("{}/v0/meta/bases/{}/tables", scene.standins.airtable_url(), scene.base.base_id);
    assert_eq!(get(schema).bearer(&scene.base.token).send().await.status, 200);
}

#[tokio::test]
async fn counters_tell_finds_from_updates() {
    let scene = Scene::start().await;
    let id = scene.job("JOB1");
    scene.list(json!({})).await;
    scene.table("GET", &format!("/{id}")).send().await;
    scene.patch(&[(&id, json!({"job_history": "x"}))]).await;
    scene.table("POST", "").json(&json!({"fields": {}})).send().await;
    let expected = AirtableCounters { requests: 4, finds: 1, reads: 1, patches: 1, creations: 1, rate_limited: 0 };
    assert_eq!(scene.world().airtable_counters(), expected);
}

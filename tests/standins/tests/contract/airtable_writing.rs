use serde_json::{Map, Value, json};
use standins::{AirtableBehaviour, Author, EditJob, RenameField};

use crate::scene::Scene;

async fn unlimited() -> Scene {
    let scene = Scene::start().await;
    scene.world().set_airtable_behaviour(AirtableBehaviour { base_limit: None, ..AirtableBehaviour::default() });
    scene
}

#[tokio::test]
async fn many_records_are_updated_at_once_and_other_cells_stay() {
    let scene = unlimited().await;
    let ids: Vec<String> = (0..10).map(|index| scene.job(&format!("JOB{index}"))).collect();
    let changes: Vec<(&str, Value)> = ids.iter().map(|id| (id.as_str(), json!({"job_history": "line"}))).collect();
    let reply = scene.patch(&changes).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["records"][9]["fields"], json!({"job_number": "JOB9", "job_history": "line"}));
    assert!(ids.iter().all(|id| scene.history(id) == "line"));
}

#[tokio::test]
async fn refused_updates_change_nothing() {
    let scene = unlimited().await;
    let (good, other) = (scene.job("JOB1"), scene.job("JOB2"));
    let line = || json!({"job_history": "line"});
    let eleven: Vec<(&str, Value)> = (0..11).map(|_| (good.as_str(), line())).collect();
    let long = json!({"job_history": "x".repeat(100_001)});
    for (changes, kind) in [
        (eleven, "INVALID_RECORDS"),
        (vec![], "INVALID_RECORDS"),
        (vec![(&*good, line()), (&*good, line())], "INVALID_RECORDS"),
        (vec![(&*good, line()), ("rec00000000000000", line())], "ROW_DOES_NOT_EXIST"),
        (vec![(&*good, line()), (&*other, json!({"gone": "x"}))], "UNKNOWN_FIELD_NAME"),
        (vec![(&*good, line()), (&*other, long)], "INVALID_VALUE_FOR_COLUMN"),
        (vec![(&*good, line()), (&*other, json!({"job_history": 5}))], "INVALID_VALUE_FOR_COLUMN"),
    ] {
        let reply = scene.patch(&changes).await;
        assert_eq!((reply.status, reply.json()["error"]["type"].as_str()), (422, Some(kind)));
        assert_eq!(scene.history(&good), "", "{kind}");
    }
    assert_eq!(scene.table("PATCH", "").text("{").send().await.status, 400);
}

#[tokio::test]
async fn hundred_thousand_characters_fit() {
    let scene = unlimited().await;
    let id = scene.job("JOB1");
    let text = "ü".repeat(100_000);
    assert_eq!(scene.patch(&[(&id, json!({ "job_history": text }))]).await.status, 200);
    assert_eq!(scene.history(&id), text);
}

#[tokio::test]
async fn one_record_is_updated_cleared_and_created() {
    let scene = unlimited().await;
    let created = scene.table("POST", "").json(&json!({"fields": {"job_number": "JOB1"}})).send().await.json();
    let id = created["id"].as_str().unwrap().to_owned();
    let update = |fields: Value| scene.table("PATCH", &format!("/{id}")).json(&json!({ "fields": fields })).send();
    assert_eq!(update(json!({"job_history": "line"})).await.json()["fields"]["job_history"], "line");
    assert_eq!(update(json!({"job_history": null})).await.json()["fields"], json!({"job_number": "JOB1"}));
    let missing = scene.table("PATCH", "/rec00000000000000").json(&json!({"fields": {}})).send().await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn person_edits_between_find_and_update() {
    let scene = unlimited().await;
    let id = scene.job("JOB1");
    let fields = Map::from_iter([("job_history".to_owned(), json!("typed by hand"))]);
    scene.world().edit_before_next_patch(EditJob { record_id: id.clone(), fields });
    assert_eq!(scene.history(&id), "");
    scene.patch(&[(&id, json!({"customer": "Maria"}))]).await;
    assert_eq!(scene.history(&id), "typed by hand");
    scene.patch(&[(&id, json!({"job_history": "line"}))]).await;
    assert_eq!(scene.history(&id), "line");
    let revisions = scene.world().job_revisions(id).unwrap();
    let seen: Vec<_> = revisions.iter().map(|revision| (revision.by, revision.history.as_str())).collect();
    assert_eq!(seen, [(Author::Person, "typed by hand"), (Author::Api, "line")]);
}

#[tokio::test]
async fn fields_and_records_can_change_under_a_client() {
    let scene = unlimited().await;
    let id = scene.job("JOB1");
    scene.patch(&[(&id, json!({"job_history": "line"}))]).await;
    let rename = RenameField { base_id: None, from: "job_history".to_owned(), to: "History".to_owned() };
    scene.world().rename_field(rename).unwrap();
    assert_eq!(scene.patch(&[(&id, json!({"job_history": "x"}))]).await.status, 422);
    assert_eq!(scene.history(&id), "line");
    scene.world().make_field_computed("History".to_owned()).unwrap();
    let computed = scene.patch(&[(&id, json!({"History": "x"}))]).await;
    assert_eq!(computed.json()["error"]["type"], "INVALID_VALUE_FOR_COLUMN");
    scene.world().delete_job(id.clone()).unwrap();
    assert_eq!(scene.table("GET", &format!("/{id}")).send().await.status, 404);
    assert!(scene.world().job(id).is_err());
}

#[tokio::test]
async fn reader_cannot_write() {
    let scene = Scene::start().await;
    let id = scene.job("JOB1");
    scene.world().set_airtable_behaviour(AirtableBehaviour { read_only: true, ..AirtableBehaviour::default() });
    assert_eq!(scene.patch(&[(&id, json!({"job_history": "x"}))]).await.status, 403);
    assert_eq!(scene.table("GET", "").send().await.status, 200);
}

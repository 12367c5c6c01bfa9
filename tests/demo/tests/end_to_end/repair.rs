//! A line that a person removes.

use demo::{Job, Scene};
use serde_json::{Value, json};
use stack::Function;
use standins::{EditJob, Forgery, PlaceRecording};

use crate::scene;

/// A person writes a job's history anew.
async fn write_history(scene: &Scene, job: &Job, text: &str) {
    let field = ("job_history".to_owned(), Value::from(text));
    let edit = EditJob { record_id: job.record_id.clone(), fields: [field].into_iter().collect() };
    scene.standins().edit_job(edit).await.unwrap();
}

async fn reconcile(scene: &Scene) {
    scene.sweep_until(&json!({ "job": "reconcile" }), "a reconciliation", |_| true).await.unwrap();
}

#[tokio::test]
async fn a_line_that_a_person_removed_is_written_again_once_and_then_left() {
    let scene = scene().await;
    let job = scene.job("JOB").await.unwrap();
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    scene.report(&recording, Some(&job), Forgery::None).await.unwrap();
    scene.until_settled(&recording).await.unwrap();
    let line = |history: &str| history.lines().find(|line| line.contains("Event: Recording |")).map(str::to_owned);
    let written = line(&scene.history(&job).await.unwrap()).unwrap();

    write_history(&scene, &job, "a person wrote this instead").await;
    reconcile(&scene).await;
    let is_repaired = |entry: &Value| {
        let line = &entry["lines"][0];
        line["repaired_at"].is_string() && line["confirmed_at"].is_string()
    };
    let entry = scene.until(&recording, "the repair of its line", is_repaired).await.unwrap();
    assert_eq!(entry["state"], "settled");
    assert_eq!(scene.history(&job).await.unwrap(), format!("a person wrote this instead\n{written}"));

    write_history(&scene, &job, "it is wanted so").await;
    reconcile(&scene).await;
    scene.until_logged(Function::Sweeper, &recording, &["history_line_removed"]).await.unwrap();
    assert_eq!(scene.history(&job).await.unwrap(), "it is wanted so");
    scene.until_logged(Function::Transfer, &recording, &["history_line_repaired"]).await.unwrap();
    let repairs = scene.logged(Function::Transfer, &recording).await.unwrap();
    assert_eq!(repairs.iter().filter(|record| record["log_type"] == "history_line_repaired").count(), 1);
    assert_eq!(scene.deletions(&recording).await.unwrap().len(), 1);
}

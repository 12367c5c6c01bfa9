//! The sweeper's hourly job on the real template, deployed to the local stack. It compares everything that the Twilio
//! stand-in has, so that it runs beside no other test that makes recordings there: hence a program of its own, and one
//! test in it.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use demo::{Job, Scene, cases};
use jiff::{SignedDuration, Timestamp};
use recordings::adapters::aws::{Clients, SecretsManager};
use recordings::adapters::system::SystemClock;
use recordings::ports::Installation;
use serde_json::{Value, json};
use stack::{Function, Options, Stack};
use standins::{Outcome, PlaceRecording, PlacedRecording};

/// Longer than what just happened is left to its webhook here.
const A_WHILE: Duration = Duration::from_secs(4);
const WEBHOOKS_LOST: usize = 12;

#[tokio::test]
async fn the_hourly_job_keeps_its_promises() {
    let options = Options::from_environment().expect("the ports make sense");
    let scene = Scene::on(Stack::up(options).await.expect("the stack comes up")).expect("clients can be made");
    all_lost_webhooks_are_made_up_for_at_once_and_nothing_else_is_touched(&scene).await;
    an_absence_and_a_loss_are_told(&scene).await;
    let told = cases::lost_webhook(&scene).await.expect("the case goes on to its end");
    assert!(told.wrong.is_empty(), "{:#?}\n{:#?}", told.wrong, told.recordings);
    assert_eq!(scene.standins().violations().await.expect("the stand-ins answer"), []);
}

/// With all webhooks of an hour dropped, one run brings every recording home, and the loss meter says so.
async fn all_lost_webhooks_are_made_up_for_at_once_and_nothing_else_is_touched(scene: &Scene) {
    let made_at = made_at(scene).await;
    // A recording begins some seconds before it is placed, and the stack may be younger than that.
    let is_old_enough = async || Ok((Timestamp::now() > made_at + 15 * SECOND).then_some(()));
    scene.wait_for("the stack to be older than a call", 30 * A_WHILE, is_old_enough).await.expect("time passes");
    let before = PlaceRecording { started_at: Some(made_at - SECOND), ..PlaceRecording::default() };
    let not_ours = scene.record(before).await.expect("a recording");
    let mut lost: Vec<(PlacedRecording, Job)> = Vec::new();
    for _ in 0..WEBHOOKS_LOST {
        let recording = scene.record(PlaceRecording::default()).await.expect("a recording");
        let job = scene.job_of_call("JOB", &recording.call_sid).await.expect("a job");
        lost.push((recording, job));
    }
    scene.let_pass(A_WHILE).await.expect("time passes");

    let outcome = scene.sweep_until(&json!({ "job": "reconcile" }), "a run", |_| true).await.expect("it runs");
    let repaired = outcome["repaired"].as_u64().expect("a figure");
    assert!(repaired >= WEBHOOKS_LOST as u64, "{outcome}");
    assert_eq!(outcome["loss_meter"]["repaired"], outcome["repaired"], "{outcome}");
    assert_eq!(outcome["loss_meter"]["unlisted"], 0, "{outcome}");
    for (recording, job) in &lost {
        scene.until_settled(recording).await.expect("it is settled");
        assert!(scene.at_twilio(recording).await.expect("Twilio answers").is_none());
        assert_eq!(scene.history(job).await.expect("a history").matches("Event: Recording |").count(), 1);
        scene.until_logged(Function::Sweeper, recording, &["recording_repaired"]).await.expect("it is told");
    }
    let logs = scene.stack().function_logs(Function::Sweeper).await.expect("logs");
    assert!(logs.iter().any(|line| line.contains("\"loss_meter\"") && line.contains("oldest_open_seconds")));

    let again = scene.sweep_until(&json!({ "job": "reconcile" }), "a run", |_| true).await.expect("it runs");
    assert_eq!(again["repaired"], 0, "{again}");
    assert!(again["loss_meter"]["settled"].as_u64() >= Some(WEBHOOKS_LOST as u64), "{again}");
    assert!(scene.at_twilio(&not_ours).await.expect("Twilio answers").is_some(), "what is not ours is untouched");
    assert_eq!(scene.entry(&not_ours).await.expect("the bucket answers"), None);
    assert!(scene.deletions(&not_ours).await.expect("the stand-in answers").is_empty());
}

async fn an_absence_and_a_loss_are_told(scene: &Scene) {
    let outcome = Outcome::Absent { error_code: 16101 };
    let short = scene.record(PlaceRecording { outcome, ..PlaceRecording::default() }).await.expect("a recording");
    let deleted = scene.record(PlaceRecording::default()).await.expect("a recording");
    scene.delete_at_twilio(&deleted).await.expect("Twilio deletes it");
    scene.let_pass(A_WHILE).await.expect("time passes");
    let told = |outcome: &Value| outcome["lost_at_provider"] == 1 && outcome["absences_repaired"] == 1;
    scene.sweep_until(&json!({ "job": "reconcile" }), "a run that tells of both", told).await.expect("it does");
    for (recording, reason) in [(&short, "too short (16101)"), (&deleted, "the provider no longer has the audio")] {
        let is_absent = |entry: &Value| entry["state"] == "absent";
        let entry = scene.until(recording, "absence", is_absent).await.expect("it is absent");
        assert!(entry["lines"][0]["text"].as_str().is_some_and(|line| line.contains(reason)), "{entry}");
    }
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// When the stack was created, which is where its scope begins.
async fn made_at(scene: &Scene) -> Timestamp {
    let access = scene.stack().aws();
    let clients =
        Clients::for_endpoint(&access.endpoint, access.region, access.access_key_id, access.secret_access_key)
            .expect("roots");
    let secret = &scene.stack().outputs().secret_arn;
    SecretsManager::new(&clients, secret, SystemClock).made_at().await.expect("the secret has an age")
}

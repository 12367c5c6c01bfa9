//! What goes wrong, each until it is over.

use std::time::Duration;

use demo::{Job, Place, Queue, Scene, SceneError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use stack::Function;
use standins::{Fault, FaultRule, Forgery, PlaceRecording, PlacedRecording, Service};

/// Longer than what just happened is left to its webhook here.
const A_WHILE: Duration = Duration::from_secs(4);
const RECONCILE: &str = "reconcile";
pub(crate) const HEALTHY_RECORDINGS: usize = 3;

pub(crate) async fn a_healthy_run(scene: &Scene) -> Result<(), SceneError> {
    for _ in 0..HEALTHY_RECORDINGS {
        let (recording, job) = reported(scene).await?;
        scene.until_settled(&recording).await?;
        scene.until_logged(Function::Transfer, &recording, &["recording_saved_to_airtable_s3"]).await?;
        scene.follow(&link_of(scene, &job).await?).await?;
    }
    for job in ["retry", RECONCILE, "orphans", "doctor"] {
        runs(scene, job).await?;
    }
    Ok(())
}

pub(crate) async fn audio_is_refused(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = made(scene).await?;
    let broken = scene.breaks(Place::AudioUpload(&recording), Fault::s3_access_denied()).await?;
    scene.report(&recording, Some(&job), Forgery::None).await?;
    scene.until_logged(Function::Transfer, &recording, &["recording_saved_to_airtable_twilio"]).await?;
    broken.mend().await?;
    heals(scene, &recording).await
}

pub(crate) async fn airtable_is_down(scene: &Scene) -> Result<(), SceneError> {
    airtable_answers(scene, Fault::status(503)).await
}

pub(crate) async fn the_month_is_used_up(scene: &Scene) -> Result<(), SceneError> {
    airtable_answers(scene, Fault::airtable_quota_exhausted()).await
}

async fn airtable_answers(scene: &Scene, fault: Fault) -> Result<(), SceneError> {
    let broken = scene.breaks(Place::AirtableFind, fault).await?;
    let (recording, _) = reported(scene).await?;
    scene.until_logged(Function::Transfer, &recording, &["airtable_update_error"]).await?;
    broken.mend().await?;
    heals(scene, &recording).await
}

pub(crate) async fn audio_is_html(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = made(scene).await?;
    let broken = scene.breaks(Place::MediaHost(&recording), Fault::html_as_audio()).await?;
    scene.report(&recording, Some(&job), Forgery::None).await?;
    sweeps_until(scene, &recording, "failed").await?;
    broken.mend().await?;
    heals(scene, &recording).await
}

pub(crate) async fn audio_is_shorter_than_announced(scene: &Scene) -> Result<(), SceneError> {
    let job = scene.job("JOB").await?;
    let wanted = PlaceRecording { reported_seconds: Some(600), ..PlaceRecording::default() };
    let recording = scene.record(wanted).await?;
    scene.report(&recording, Some(&job), Forgery::None).await?;
    sweeps_until(scene, &recording, "suspect").await?;
    scene.until_logged(Function::Transfer, &recording, &["recording_suspect", "recording_saved_to_airtable_s3"]).await
}

pub(crate) async fn nobody_signs(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = made(scene).await?;
    for _ in 0..21 {
        scene.report(&recording, Some(&job), Forgery::WrongToken).await?;
    }
    scene.report(&recording, Some(&job), Forgery::None).await?;
    scene.until_settled(&recording).await.map(drop)
}

pub(crate) async fn nothing_is_durable(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = made(scene).await?;
    let queue = scene.breaks(Place::Sending(Queue::Transfer, &recording), Fault::aws_access_denied()).await?;
    let bucket = scene.breaks(Place::Bucket(&recording), Fault::s3_access_denied()).await?;
    scene.report(&recording, Some(&job), Forgery::None).await?;
    queue.mend().await?;
    bucket.mend().await?;
    scene.report(&recording, Some(&job), Forgery::None).await?;
    scene.until_settled(&recording).await.map(drop)
}

pub(crate) async fn traces_are_refused(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = reported(scene).await?;
    scene.until_settled(&recording).await?;
    let link = link_of(scene, &job).await?;
    let audit = format!("^/{}/audit/", scene.stack().outputs().bucket_name);
    let rule = FaultRule::new(Service::Aws, Fault::s3_access_denied()).method("PUT").regex(&audit);
    let broken = scene.standins().inject(rule).await?;
    scene.follow(&link).await?;
    scene.standins().clear_fault(broken).await?;
    scene.until_logged(Function::Webhook, &recording, &["audit_not_written"]).await
}

/// It was reported a day ago, and its job is still not there.
pub(crate) async fn nobody_has_the_job(scene: &Scene) -> Result<(), SceneError> {
    let recording = scene.record(PlaceRecording::default()).await?;
    let number = scene.job_number("NOBODY").await?;
    let event = event(&recording, &number, Timestamp::now() - SignedDuration::from_hours(25));
    scene.stack().send_message(&scene.stack().outputs().transfer_queue_url, None, &event.to_string()).await?;
    scene.until(&recording, "being given up", |entry| entry["provider_kept_because"] == "no_job").await?;
    scene.until_logged(Function::Transfer, &recording, &["recording_unassigned"]).await
}

pub(crate) async fn the_webhook_is_lost(scene: &Scene) -> Result<(), SceneError> {
    let recording = scene.record(PlaceRecording::default()).await?;
    scene.job_of_call("JOB", &recording.call_sid).await?;
    scene.let_pass(A_WHILE).await?;
    scene.sweep_until(&json!({ "job": RECONCILE }), "a repair", |outcome| outcome["repaired"] == 1).await?;
    scene.until_settled(&recording).await?;
    scene.until_logged(Function::Transfer, &recording, &["recording_saved_to_airtable_s3"]).await
}

pub(crate) async fn the_copy_is_deleted_by_somebody(scene: &Scene) -> Result<(), SceneError> {
    let deleted = scene.record(PlaceRecording::default()).await?;
    scene.job_of_call("JOB", &deleted.call_sid).await?;
    scene.delete_at_twilio(&deleted).await?;
    scene.let_pass(A_WHILE).await?;
    let told = |outcome: &Value| outcome["lost_at_provider"] == 1;
    scene.sweep_until(&json!({ "job": RECONCILE }), "a run that tells of it", told).await?;
    scene.until_logged(Function::Transfer, &deleted, &["recording_explained_in_airtable"]).await
}

pub(crate) async fn a_transfer_is_given_up(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = made(scene).await?;
    let event = event(&recording, &job.number, Timestamp::now());
    let queue = &scene.stack().outputs().transfer_dead_letter_queue_url;
    Ok(scene.stack().send_message(queue, None, &event.to_string()).await?)
}

/// The dead become failed recordings.
pub(crate) async fn the_dead_are_seen_to(scene: &Scene) -> Result<(), SceneError> {
    let dead = |outcome: &Value| outcome["dead_letters"] == 1;
    scene.sweep_until(&json!({ "job": "retry" }), "a letter", dead).await?;
    let transfer_knows = async || {
        let lines = scene.stack().function_logs(Function::Transfer).await?;
        Ok(lines.iter().any(|line| line.contains("\"recording_dead_lettered\"")).then_some(()))
    };
    scene.wait_for("the word of a dead letter", Duration::from_secs(60), transfer_knows).await
}

fn event(recording: &PlacedRecording, job_number: &str, received_at: Timestamp) -> Value {
    json!({
        "version": 1, "organisation": "default", "provider": "twilio",
        "call_id": recording.call_sid, "recording_id": recording.recording_sid, "job_number": job_number,
        "report": { "outcome": { "kind": "completed" }, "duration_seconds": recording.reported_seconds },
        "received_at": received_at, "origin": "webhook",
    })
}

async fn made(scene: &Scene) -> Result<(PlacedRecording, Job), SceneError> {
    Ok((scene.record(PlaceRecording::default()).await?, scene.job("JOB").await?))
}

async fn reported(scene: &Scene) -> Result<(PlacedRecording, Job), SceneError> {
    let (recording, job) = made(scene).await?;
    scene.report(&recording, Some(&job), Forgery::None).await?;
    Ok((recording, job))
}

async fn link_of(scene: &Scene, job: &Job) -> Result<String, SceneError> {
    let history = scene.history(job).await?;
    Ok(history.rsplit("URL: ").next().unwrap_or_default().trim().to_owned())
}

/// Sweeps until the recording is settled, and until the log says so.
async fn heals(scene: &Scene, recording: &PlacedRecording) -> Result<(), SceneError> {
    scene.sweep_until_settled(recording).await?;
    scene.until_logged(Function::Transfer, recording, &["recording_saved_to_airtable_s3"]).await
}

async fn sweeps_until(scene: &Scene, recording: &PlacedRecording, state: &str) -> Result<(), SceneError> {
    let is_so = async || {
        runs(scene, "retry").await?;
        Ok(scene.entry(recording).await?.filter(|entry| entry["state"] == state).map(drop))
    };
    scene.wait_for(state, Duration::from_secs(120), is_so).await
}

async fn runs(scene: &Scene, job: &str) -> Result<(), SceneError> {
    scene.sweep_until(&json!({ "job": job }), "a run", |_| true).await.map(drop)
}

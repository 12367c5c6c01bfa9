//! The doctor's own recording: it goes the way of all others, and is taken back.

use std::time::Duration;

use demo::{Job, Recorded, Scene, SceneError};
use recordings::audio;
use recordings::recording::{Organisation, RecordingRef};
use serde_json::{Value, json};
use stack::Function;

const JOB: &str = "CANARY";
/// An erasure takes two or three sweeps.
const PATIENCE: Duration = Duration::from_secs(120);

struct Canary(RecordingRef);

impl Recorded for Canary {
    fn place(&self) -> String {
        format!("twilio/{}/{}", self.0.call_id, self.0.recording_id)
    }

    fn id(&self) -> &str {
        self.0.recording_id.as_str()
    }
}

pub(crate) async fn comes_home_and_is_taken_back(scene: &Scene) -> Result<(), SceneError> {
    let job = scene.job_numbered(JOB).await?;
    Scene::on(scene.stack().clone())?.stack_mut().deploy_with(&[("DoctorCanaryJob", JOB)]).await?;
    assert_eq!(finds_nothing_and_looks_at(scene).await?, 0, "none was out");
    let canary = told_of(scene).await?;

    let entry = scene.until_settled(&canary).await?;
    scene
        .until_logged(Function::Transfer, &canary, &["recording_s3_upload_success", "recording_saved_to_airtable_s3"])
        .await?;
    let key = entry["recording_storage_path"].as_str().unwrap_or_default();
    assert_eq!(scene.object(key).await?, Some(audio::canary()), "its audio is in the bucket");
    let history = scene.history(&job).await?;
    let link = history.rsplit("URL: ").next().unwrap_or_default().trim();
    assert_eq!(scene.follow(link).await?.audio, audio::canary(), "the link of its line plays it: {history}");

    assert_eq!(finds_nothing_and_looks_at(scene).await?, 1, "it is home");
    scene.wait_for("the canary's end", PATIENCE, async || is_gone(scene, &canary, &job).await).await?;
    assert_eq!(finds_nothing_and_looks_at(scene).await?, 1, "its erasure is looked after");
    let history = scene.history(&job).await?;
    assert_eq!(history.matches("Event: ").count(), 1, "there is one a day: {history}");
    Ok(())
}

/// How many canaries a healthy installation's doctor looked at.
async fn finds_nothing_and_looks_at(scene: &Scene) -> Result<u64, SceneError> {
    let outcome = scene.sweep_until(&json!({ "job": "doctor" }), "a doctor's look", |_| true).await?;
    let checks = outcome["doctor"]["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_well = |check: &Value| check["failed"].is_null() && check["findings"] == json!([]);
    assert!(checks.len() > 4 && checks.iter().all(is_well), "{outcome:#}");
    let canaries = checks.iter().find(|check| check["name"] == "canary");
    Ok(canaries.and_then(|check| check["looked_at"].as_u64()).expect("there is a canary"))
}

/// The one that is out, of whatever day that is by now.
async fn told_of(scene: &Scene) -> Result<Canary, SceneError> {
    let kept = scene.object("cursors/canary.json").await?.unwrap_or_default();
    let kept: Value = serde_json::from_slice(&kept).expect("it is JSON");
    let days: Value = serde_json::from_str(kept["after"].as_str().unwrap_or_default()).expect("some are out");
    let day = days["default"].as_object().and_then(|days| days.keys().next()).expect("one is out");
    Ok(Canary(RecordingRef::canary(Organisation::default_organisation(), day.parse().expect("it is a day"))))
}

/// Its audio and its link are; the history is looked at for ten minutes more, as after each erasure.
async fn is_gone(scene: &Scene, canary: &Canary, job: &Job) -> Result<Option<()>, SceneError> {
    scene.sweep_until(&json!({ "job": "retry" }), "a run", |_| true).await?;
    let is_erased = scene.entry(canary).await?.is_some_and(|entry| entry["state"] == "erased");
    let left = scene.versions("recordings/").await?.iter().any(|key| key.contains(canary.0.call_id.as_str()));
    let has_link = scene.history(job).await?.contains("/r/");
    Ok((is_erased && !left && !has_link).then_some(()))
}

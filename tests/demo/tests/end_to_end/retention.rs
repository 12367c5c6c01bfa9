//! What becomes of recordings in time. The emulator knows no lifecycle, so that the rules of the template that was deployed are
//! held here against the tags that the objects have.

use std::time::Duration;

use demo::{Job, Scene};
use serde_json::{Value, json};
use standins::{Forgery, PlaceRecording, PlacedRecording};
use template::Template;

use crate::scene;

/// `RecordingRetentionDays` and `ImportantRetentionDays`, which the local stack leaves as they are.
const STANDARD_DAYS: u64 = 365;
const IMPORTANT_DAYS: u64 = 2_555;
/// What no rule gives a date.
const NEVER: Option<u64> = None;

/// After how many days the first of the bucket's rules deletes an object of this key, by the tags that it has now.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
async fn expires_after(scene: &Scene, key: &str) -> Result<Option<u64>, demo::SceneError> {
    let tags = scene.tags(key).await?;
    let template = Template::read();
    let value = |value: &Value| match value["Ref"].as_str() {
        None => value.clone(),
        Some(name) => match scene.stack().parameters().get(name) {
            Some(chosen) => json!(chosen),
            None => template.section("Parameters")[name]["Default"].clone(),
        },
    };
    let days = |rule: &Value| value(&rule["ExpirationInDays"]).as_u64();
    let is_of_it = |rule: &&Value| {
        let wanted = rule["TagFilters"].as_array().into_iter().flatten();
        let mut wanted =
            wanted.map(|tag| format!("{}={}", tag["Key"].as_str().unwrap(), tag["Value"].as_str().unwrap()));
        let prefix = value(&rule["Prefix"]);
        rule["Status"] == "Enabled"
            && key.starts_with(prefix.as_str().unwrap_or_default())
            && wanted.all(|tag| tags.contains(&tag))
    };
    let bucket = &template.section("Resources")["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"];
    Ok(bucket.as_array().unwrap().iter().filter(is_of_it).filter_map(days).min())
}

/// A recording that came home, and where its audio is.
async fn at_home(scene: &Scene, job: &Job) -> (PlacedRecording, String) {
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    scene.report(&recording, Some(job), Forgery::None).await.unwrap();
    let entry = scene.until_settled(&recording).await.unwrap();
    let key = entry["recording_storage_path"].as_str().unwrap().to_owned();
    (recording, key)
}

async fn decide(scene: &Scene, recording: &PlacedRecording, decision: &str, body: Option<Value>) {
    let path = format!("/api/recordings/{}/{decision}", recording.call_sid);
    let token = scene.token(&["manage_recordings"]);
    let (status, answer) = scene.ask("POST", &path, &token, body.as_ref()).await.unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// Waits until the rules delete it after so many days, or never do.
async fn until_it_expires_after(scene: &Scene, key: &str, days: Option<u64>) {
    let look = async || Ok((expires_after(scene, key).await? == days).then_some(()));
    scene.wait_for(&format!("an expiry after {days:?} days"), Duration::from_secs(60), look).await.unwrap();
}

#[tokio::test]
async fn a_held_recording_survives_its_date_and_a_standard_one_does_not() {
    let scene = scene().await;
    let job = scene.job("JOB").await.unwrap();
    let (_, standard) = at_home(&scene, &job).await;
    let (held, held_key) = at_home(&scene, &job).await;
    until_it_expires_after(&scene, &standard, Some(STANDARD_DAYS)).await;
    until_it_expires_after(&scene, &held_key, Some(STANDARD_DAYS)).await;

    decide(&scene, &held, "hold", None).await;
    until_it_expires_after(&scene, &held_key, NEVER).await;
    assert_eq!(scene.tags(&held_key).await.unwrap(), ["retention=hold"]);
    assert_eq!(expires_after(&scene, &standard).await.unwrap(), Some(STANDARD_DAYS), "the other one is not held");
    // A hold goes before whatever else is decided meanwhile.
    decide(&scene, &held, "retention", Some(json!({ "retention": "important" }))).await;
    let kept = |entry: &Value| entry["retention"] == "important";
    scene.until(&held, "the longer retention", kept).await.unwrap();
    assert_eq!(expires_after(&scene, &held_key).await.unwrap(), NEVER);

    decide(&scene, &held, "release", None).await;
    until_it_expires_after(&scene, &held_key, Some(IMPORTANT_DAYS)).await;
    decide(&scene, &held, "retention", Some(json!({ "retention": "standard" }))).await;
    until_it_expires_after(&scene, &held_key, Some(STANDARD_DAYS)).await;
}

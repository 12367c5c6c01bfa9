//! Webhooks that bring no audio.

use serde_json::Value;
use standins::{Forgery, Outcome, PlaceRecording};

use super::told::{Teller, Told};
use crate::{Scene, SceneError};

/// Somebody who does not know the token reports a recording.
///
/// # Errors
/// When the case could not go on.
pub async fn forged(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("forged webhooks");
    let job = scene.job("JOB").await?;
    let recording = scene.record(PlaceRecording::default()).await?;
    for forgery in [Forgery::Unsigned, Forgery::WrongToken, Forgery::TamperedBody] {
        teller.answered(&scene.report(&recording, Some(&job), forgery).await?, 403);
    }
    let traces = scene.keys("").await?.into_iter().filter(|key| key.contains(&recording.call_sid)).count();
    teller.expect(traces == 0, || format!("it left {traces} objects in the bucket"));
    let evidence = scene.evidence(&recording, Some(&job), None).await?;
    teller.expect(evidence.provider_has_it, || "Twilio's copy is gone".to_owned());
    let history = evidence.history.clone().unwrap_or_default();
    teller.expect(!history.contains("Event:"), || format!("the history changed: {history}"));
    teller.told.recordings.push(evidence);
    teller.steps_of(scene, &recording, Some(&job)).await?;
    Ok(teller.end())
}

/// A recording that Twilio threw away because it was too short.
///
/// # Errors
/// When the case could not go on.
pub async fn too_short(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a recording that was too short");
    let job = scene.job("JOB").await?;
    let wanted = PlaceRecording { outcome: Outcome::Absent { error_code: 16101 }, ..PlaceRecording::default() };
    let recording = scene.record(wanted).await?;
    teller.answered(&scene.report(&recording, Some(&job), Forgery::None).await?, 204);
    let confirmed = |entry: &Value| entry["state"] == "absent" && !entry["lines"][0]["confirmed_at"].is_null();
    scene.until(&recording, "the line that says why", confirmed).await?;
    scene.until_closed(&recording).await?;
    let evidence = scene.evidence(&recording, Some(&job), None).await?;
    let history = evidence.history.clone().unwrap_or_default();
    let says_why = history.contains("| Event: Recording unavailable | Source: IVR | Reason: too short (16101)");
    teller.expect(says_why, || format!("the history does not say why: {history}"));
    teller.told.recordings.push(evidence);
    teller.expect_logged(scene, &recording, &["recording_unavailable", "recording_explained_in_airtable"]).await?;
    teller.steps_of(scene, &recording, Some(&job)).await?;
    Ok(teller.end())
}

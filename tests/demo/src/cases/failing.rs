//! Recordings that arrive although something fails at first.

use serde_json::Value;
use standins::{Forgery, PlaceRecording, Ready};

use super::finish::finish;
use super::told::{Teller, Told};
use crate::{Scene, SceneError};

/// Twilio reports a recording that it cannot serve yet; the sweeper, which runs every five minutes, is run by hand.
///
/// # Errors
/// When the case could not go on.
pub async fn not_ready_at_first(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a recording that is not ready at first");
    let job = scene.job("JOB").await?;
    let wanted = PlaceRecording { ready: Ready::WhenTold, completed_before_ready: true, ..PlaceRecording::default() };
    let recording = scene.record(wanted).await?;
    teller.answered(&scene.report(&recording, Some(&job), Forgery::None).await?, 204);
    let tried = |entry: &Value| entry["last_error"]["code"] == "provider_not_ready";
    let entry = scene.until(&recording, "a first try", tried).await?;
    teller.expect(entry["status"] == "pending", || format!("the entry says {}", entry["status"]));
    let history = scene.history(&job).await?;
    teller.expect(!history.contains("Event:"), || format!("the history tells of it too early: {history}"));
    teller.expect_logged(scene, &recording, &["recording_transfer_failed"]).await?;
    teller.note("ledger", "the entry is pending and says provider_not_ready");
    teller.note("Twilio", "can serve the recording from now on; the sweeper comes by");
    scene.standins().make_ready(recording.recording_sid.clone()).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    scene.sweep_until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    Ok(teller.end())
}

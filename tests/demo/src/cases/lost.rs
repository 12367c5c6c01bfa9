//! Twilio has a recording, and nobody hears of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stack::Function;
use standins::PlaceRecording;

use super::finish::finish;
use super::told::{Teller, Told};
use crate::{Scene, SceneError};

/// Longer than what just happened is left to its webhook here.
const A_WHILE: Duration = Duration::from_secs(4);

/// A call is recorded and no webhook comes. The sweeper's hourly job, run by hand, finds the recording in Twilio's list.
///
/// # Errors
/// When the case could not go on.
pub async fn lost_webhook(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a lost webhook");
    let recording = scene.record(PlaceRecording::default()).await?;
    let job = scene.job_of_call("JOB", &recording.call_sid).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    teller.note("webhook", "none comes");
    scene.let_pass(A_WHILE).await?;
    let nothing = scene.entry(&recording).await?.is_none();
    teller.expect(nothing, || "somebody heard of the recording all the same".to_owned());
    teller.note("ledger", "knows nothing; the sweeper's hourly job comes by");
    let repairs = |outcome: &Value| outcome["repaired"].as_u64() >= Some(1);
    let outcome = scene.sweep_until(&json!({ "job": "reconcile" }), "a repair", repairs).await?;
    let meter = &outcome["loss_meter"];
    teller.note("sweeper", format!("repaired {}, and {} are held by Twilio", meter["repaired"], meter["held"]));
    scene.until_logged(Function::Sweeper, &recording, &["recording_repaired"]).await?;
    scene.until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    Ok(teller.end())
}

impl Scene {
    /// Lets time pass in which nothing is awaited.
    ///
    /// # Errors
    /// Never.
    pub async fn let_pass(&self, time: Duration) -> Result<(), SceneError> {
        let start = Instant::now();
        self.wait_for("time", time * 2, async || Ok((start.elapsed() >= time).then_some(()))).await
    }
}

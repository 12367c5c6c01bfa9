//! Airtable takes nothing for a while, or has no job yet.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use stack::Function;
use standins::{
    AirtableBehaviour, EditJob, Forgery, JournalEntry, JournalQuery, PlaceRecording, PlacedRecording, Service,
};

use super::finish::finish;
use super::told::{Teller, Told};
use crate::{Job, Scene, SceneError};

/// After a 429 Airtable refuses everything for so long. Source: <https://airtable.com/developers/web/api/rate-limits>
const QUIET: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(90);
const A_NOTE: &str = "2024-03-02 a person called back";

/// Airtable answers 429 and then nothing else for thirty seconds, in which a person goes on writing.
///
/// # Errors
/// When the case could not go on.
pub async fn airtable_throttled(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("Airtable has had enough for thirty seconds");
    let job = scene.job("JOB").await?;
    let recording = scene.record(PlaceRecording::default()).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    let usual = scene.standins().airtable_behaviour().await?;
    scene.standins().set_airtable_behaviour(AirtableBehaviour { base_limit: Some(0), ..usual.clone() }).await?;
    teller.note("Airtable", "the base bears no more requests");
    let refused = report_and_be_refused(scene, &mut teller, &recording, &job).await;
    // Others use the base too, whatever came of this.
    scene.standins().set_airtable_behaviour(usual).await?;
    let refused = refused?;
    teller.note_at(refused.at, "Airtable", "it answers 429, and thirty quiet seconds begin");

    scene.until(&recording, "storing", |entry| entry["state"] == "stored").await?;
    teller.expect(scene.at_twilio(&recording).await?.is_some(), || "Twilio's copy went before the line".to_owned());
    append(scene, &job, A_NOTE).await?;
    scene.until_settled(&recording).await?;
    let asked = asked_after(scene, &refused).await?;
    teller.note_at(asked.at, "Airtable", format!("it is asked again, {:.1} s later", seconds(refused.at, asked.at)));
    let was_quiet = seconds(refused.at, asked.at) >= QUIET.as_secs_f64();
    teller.expect(was_quiet, || "Airtable was not left alone for thirty seconds".to_owned());
    let history = scene.history(&job).await?;
    teller.expect(history.contains(A_NOTE), || format!("what a person wrote meanwhile is gone: {history}"));
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    throttling_logged(scene, &mut teller).await?;
    Ok(teller.end())
}

/// The webhook names a job that Airtable does not have yet. The sweeper, which runs every five minutes, is run by hand.
///
/// # Errors
/// When the case could not go on.
pub async fn unassigned(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a recording whose job is made later");
    let number = scene.job_number("JOB").await?;
    let recording = scene.record(PlaceRecording::default()).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    teller.answered(&scene.report_for(&recording, Some(&number), Forgery::None).await?, 204);
    teller.expect_logged(scene, &recording, &["recording_s3_upload_success", "recording_unassigned"]).await?;
    let entry = scene.entry(&recording).await?.unwrap_or_default();
    let waits = entry["state"] == "stored" && entry["lines"][0]["confirmed_at"].is_null();
    teller.expect(waits, || format!("the entry does not say that a line is lacking: {entry}"));
    let key = entry["recording_storage_path"].as_str().unwrap_or_default();
    let stored = scene.object(key).await?.unwrap_or_default();
    teller.expect(stored == source, || "the stored bytes are not Twilio's".to_owned());
    let kept = scene.at_twilio(&recording).await?.is_some();
    teller.expect(kept, || "Twilio's copy went although no job has its line".to_owned());
    teller.note("ledger", "the audio is safe, its line waits for a job");
    if kept {
        teller.note("Twilio", "still has its copy");
    }

    let job = scene.job_numbered(&number).await?;
    teller.note("somebody", "makes the job; the sweeper comes by");
    scene.sweep_until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    Ok(teller.end())
}

/// Has the recording reported, and waits for the first request that Airtable answers 429.
async fn report_and_be_refused(
    scene: &Scene,
    teller: &mut Teller,
    recording: &PlacedRecording,
    job: &Job,
) -> Result<JournalEntry, SceneError> {
    teller.answered(&scene.report(recording, Some(job), Forgery::None).await?, 204);
    let began = teller.began();
    let is_refusal = |entry: &JournalEntry| entry.status == Some(429) && entry.at >= began;
    let look = async || {
        let asked = scene.standins().journal(JournalQuery::of(Service::Airtable)).await?;
        Ok(asked.into_iter().find(is_refusal))
    };
    scene.wait_for("a 429 of Airtable's", PATIENCE, look).await
}

async fn asked_after(scene: &Scene, refused: &JournalEntry) -> Result<JournalEntry, SceneError> {
    let after = JournalQuery { after_seq: refused.seq, ..JournalQuery::of(Service::Airtable) };
    let look = async || Ok(scene.standins().journal(after.clone()).await?.into_iter().next());
    scene.wait_for("another request to Airtable", PATIENCE, look).await
}

/// A person adds a line to a job's history; nothing limits people.
async fn append(scene: &Scene, job: &Job, line: &str) -> Result<(), SceneError> {
    let history = format!("{}\n{line}", scene.history(job).await?);
    let field = scene.stack().parameters().get("AirtableHistoryField").cloned().unwrap_or_default();
    let fields = [(field, json!(history))].into_iter().collect();
    Ok(scene.standins().edit_job(EditJob { record_id: job.record_id.clone(), fields }).await?)
}

/// A 429 is about the base and no recording, so that it is looked for by its type.
async fn throttling_logged(scene: &Scene, teller: &mut Teller) -> Result<(), SceneError> {
    let began = teller.began().to_string();
    let is_it = |record: &Value| {
        record["log_type"] == "airtable_throttled" && record["timestamp"].as_str().is_some_and(|at| *at >= *began)
    };
    let lines = scene.stack().function_logs(Function::Transfer).await?;
    let record = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).find(is_it);
    teller.expect(record.is_some(), || "airtable_throttled was not logged".to_owned());
    if let Some(record) = record {
        teller.log("transfer", &record);
    }
    Ok(())
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

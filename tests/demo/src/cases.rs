//! The cases that the demonstration tells, one after another. Each says what is wrong with what it saw; nothing means
//! that it went as promised.

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use standins::{Audio, Delivery, Forgery, Outcome, PlaceRecording, PlacedRecording, Ready};

use crate::{Evidence, Job, Scene, SceneError};

/// A case as it went.
#[derive(Debug, Serialize)]
pub struct Told {
    /// What it is about.
    pub name: &'static str,
    /// What each webhook was answered.
    pub webhooks: Vec<Answered>,
    /// What was seen of each recording.
    pub recordings: Vec<Evidence>,
    /// The whole case, in milliseconds.
    pub took_ms: u128,
    /// What is not as promised.
    pub wrong: Vec<String>,
}

/// What a webhook was answered.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// The HTTP status.
    pub status: Option<u16>,
    /// How long Twilio waited, in milliseconds.
    pub elapsed_ms: f64,
}

impl From<&Delivery> for Answered {
    fn from(delivery: &Delivery) -> Self {
        Self { status: delivery.status, elapsed_ms: delivery.elapsed_ms }
    }
}

/// Collects a case while it runs.
struct Teller {
    told: Told,
    start: Instant,
}

impl Teller {
    fn of(name: &'static str) -> Self {
        let told = Told { name, webhooks: Vec::new(), recordings: Vec::new(), took_ms: 0, wrong: Vec::new() };
        Self { told, start: Instant::now() }
    }

    fn answered(&mut self, delivery: &Delivery, expected: u16) {
        self.told.webhooks.push(delivery.into());
        self.expect(delivery.status == Some(expected), || format!("the webhook was answered {:?}", delivery.status));
    }

    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.told.wrong.push(otherwise());
        }
    }

    fn end(mut self) -> Told {
        self.told.took_ms = self.start.elapsed().as_millis();
        self.told
    }
}

/// A call of a few seconds.
///
/// # Errors
/// When the case could not go on.
pub async fn short_call(scene: &Scene) -> Result<Told, SceneError> {
    one_call(scene, "a short call", PlaceRecording::default()).await
}

/// A call of ten minutes.
///
/// # Errors
/// When the case could not go on.
pub async fn ten_minutes(scene: &Scene) -> Result<Told, SceneError> {
    let wanted = PlaceRecording { audio: Audio::Seconds(600.0), ..PlaceRecording::default() };
    one_call(scene, "a call of ten minutes", wanted).await
}

/// A call of an hour, which is sent to the bucket in parts.
///
/// # Errors
/// When the case could not go on.
pub async fn one_hour(scene: &Scene) -> Result<Told, SceneError> {
    let wanted = PlaceRecording { audio: Audio::Seconds(3_600.0), ..PlaceRecording::default() };
    one_call(scene, "a call of an hour, stored in parts", wanted).await
}

async fn one_call(scene: &Scene, name: &'static str, wanted: PlaceRecording) -> Result<Told, SceneError> {
    let mut teller = Teller::of(name);
    let job = scene.job("JOB").await?;
    let recording = scene.record(wanted).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    teller.answered(&scene.report(&recording, Some(&job), Forgery::None).await?, 204);
    scene.until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    Ok(teller.end())
}

/// Two recordings of one call, reported at the same moment.
///
/// # Errors
/// When the case could not go on.
pub async fn two_of_one_call(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("two recordings of one call");
    let job = scene.job("JOB").await?;
    let first = scene.record(PlaceRecording { audio: Audio::Seconds(9.0), ..PlaceRecording::default() }).await?;
    let second = PlaceRecording {
        call_sid: Some(first.call_sid.clone()),
        audio: Audio::Seconds(14.0),
        started_at: Some(first.started_at),
        ..PlaceRecording::default()
    };
    let second = scene.record(second).await?;
    let mut sources = Vec::new();
    for recording in [&first, &second] {
        sources.push(scene.at_twilio(recording).await?.unwrap_or_default());
    }
    let (one, other) =
        tokio::join!(scene.report(&first, Some(&job), Forgery::None), scene.report(&second, Some(&job), Forgery::None));
    teller.answered(&one?, 204);
    teller.answered(&other?, 204);
    for recording in [&first, &second] {
        scene.until_settled(recording).await?;
    }
    for (recording, source) in [&first, &second].into_iter().zip(&sources) {
        finish(scene, &mut teller, recording, &job, source, 2).await?;
    }
    let keys: Vec<_> = teller.told.recordings.iter().filter_map(|seen| seen.object_key.clone()).collect();
    teller.expect(keys.len() == 2 && keys[0] != keys[1], || format!("they share a key: {keys:?}"));
    Ok(teller.end())
}

/// Twilio sends the same webhook twice at once, and once more when all is done.
///
/// # Errors
/// When the case could not go on.
pub async fn duplicate(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a webhook that comes three times");
    let job = scene.job("JOB").await?;
    let recording = scene.record(PlaceRecording::default()).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    let (one, other) = tokio::join!(
        scene.report(&recording, Some(&job), Forgery::None),
        scene.report(&recording, Some(&job), Forgery::None)
    );
    teller.answered(&one?, 204);
    teller.answered(&other?, 204);
    scene.until_settled(&recording).await?;
    teller.answered(&scene.report(&recording, Some(&job), Forgery::None).await?, 204);
    scene.until_closed(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    let objects = scene.keys(&day_folder(&recording)).await?;
    let mine: Vec<_> = objects.iter().filter(|key| key.contains(&recording.call_sid)).collect();
    teller.expect(mine.len() == 1, || format!("there are {} objects: {mine:?}", mine.len()));
    Ok(teller.end())
}

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
    Ok(teller.end())
}

/// The webhook names no job; the job's record names the call.
///
/// # Errors
/// When the case could not go on.
pub async fn job_found_by_call(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a job that is found by its call");
    let recording = scene.record(PlaceRecording::default()).await?;
    let job = scene.job_of_call("JOB", &recording.call_sid).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    teller.answered(&scene.report(&recording, None, Forgery::None).await?, 204);
    scene.until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    Ok(teller.end())
}

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
    scene.standins().make_ready(recording.recording_sid.clone()).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    scene.sweep_until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    Ok(teller.end())
}

/// What every recording that arrived has in common.
async fn finish(
    scene: &Scene,
    teller: &mut Teller,
    recording: &PlacedRecording,
    job: &Job,
    source: &[u8],
    lines: usize,
) -> Result<(), SceneError> {
    let seen = scene.evidence(recording, Some(job), Some(source)).await?;
    teller.expect(!source.is_empty(), || "Twilio served nothing before".to_owned());
    teller.expect(seen.sha256_at_source == seen.sha256_in_bucket, || "the stored bytes are not Twilio's".to_owned());
    teller.expect(seen.sha256_at_source == seen.sha256_by_link, || "the link plays other bytes".to_owned());
    let history = seen.history.clone().unwrap_or_default();
    teller.expect(history.starts_with("2024-03-01 a person wrote this\n"), || "a person's text was touched".to_owned());
    let link = seen.link.clone().unwrap_or_default();
    let mine = history.lines().filter(|line| line.ends_with(&format!("| URL: {link}"))).count();
    teller.expect(mine == 1, || format!("its line is there {mine} times"));
    let all = history.lines().filter(|line| line.contains("| Event: Recording | Source: IVR | URL: ")).count();
    teller.expect(all == lines, || format!("the history has {all} lines instead of {lines}:\n{history}"));
    let answer = seen.link_answer.as_ref();
    let plays = answer.is_some_and(|a| a.status == 302 && a.audio_status == Some(200) && a.seek_status == Some(206));
    teller.expect(plays, || format!("the link does not play: {answer:?}"));
    teller.expect(!seen.provider_has_it, || "Twilio still has its copy".to_owned());
    let last = scene.deleted_after_the_line(recording).await?;
    teller.expect(last, || "Twilio's copy was not deleted once, after the history was written".to_owned());
    teller.told.recordings.push(seen);
    Ok(())
}

fn day_folder(recording: &PlacedRecording) -> String {
    let day = recording.started_at.to_zoned(jiff::tz::TimeZone::UTC);
    format!("recordings/{}/", day.strftime("%Y/%m/%d"))
}

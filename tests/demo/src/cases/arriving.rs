//! Recordings that arrive.

use standins::{Audio, Forgery, PlaceRecording, PlacedRecording};

use super::finish::finish;
use super::told::{Teller, Told};
use crate::{Scene, SceneError};

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

fn day_folder(recording: &PlacedRecording) -> String {
    let day = recording.started_at.to_zoned(jiff::tz::TimeZone::UTC);
    format!("recordings/{}/", day.strftime("%Y/%m/%d"))
}

use standins::{Fault, Forgery, PlaceRecording};

use super::finish::finish;
use super::told::{Teller, Told};
use crate::{Place, Scene, SceneError};

/// The bucket takes nothing about a recording at first, not even its ledger entry: the history points at Twilio's copy, which
/// is kept. Then the bucket is back. The sweeper, which runs every five minutes, is run by hand.
///
/// # Errors
/// When the case could not go on.
pub async fn bucket_down_at_first(scene: &Scene) -> Result<Told, SceneError> {
    const FALLBACK: [&str; 3] =
        ["recording_s3_fallback_to_twilio", "twilio_recording_preserved", "recording_saved_to_airtable_twilio"];
    const HOME: [&str; 3] =
        ["recording_s3_upload_success", "recording_saved_to_airtable_s3", "twilio_deletion_scheduled"];
    let mut teller = Teller::of("a bucket that is down at first");
    let job = scene.job("JOB").await?;
    let recording = scene.record(PlaceRecording::default()).await?;
    let source = scene.at_twilio(&recording).await?.unwrap_or_default();
    let broken = scene.breaks(Place::Bucket(&recording), Fault::s3_access_denied()).await?;
    teller.note("S3", "answers AccessDenied to everything about the recording");
    teller.answered(&scene.report(&recording, Some(&job), Forgery::None).await?, 204);
    teller.expect_logged(scene, &recording, &FALLBACK).await?;
    let meanwhile = scene.history(&job).await?;
    let pending =
        format!("| Event: Recording pending upload | Source: IVR | URL: {}.mp3 | Play: ", recording.recording_url);
    teller.expect(meanwhile.contains(&pending), || format!("the history does not point at Twilio: {meanwhile}"));
    let deletions = scene.deletions(&recording).await?;
    teller.expect(deletions.is_empty(), || format!("Twilio was asked to delete its copy: {deletions:?}"));
    if deletions.is_empty() && scene.at_twilio(&recording).await?.is_some() {
        teller.note("Twilio", "still has its copy");
    }
    let report = broken.mend().await?;
    teller.note("S3", "is back; the sweeper comes by");
    teller.expect(report.struck > 0, || "the bucket was never asked".to_owned());
    scene.sweep_until_settled(&recording).await?;
    finish(scene, &mut teller, &recording, &job, &source, 1).await?;
    teller.expect_logged(scene, &recording, &HOME).await?;
    Ok(teller.end())
}

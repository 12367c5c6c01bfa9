use standins::PlacedRecording;

use super::told::Teller;
use crate::{Job, Scene, SceneError};

/// What a recording that arrived leaves in the logs, by the names that operators filter on.
const ARRIVED: [&str; 3] =
    ["recording_s3_upload_success", "recording_saved_to_airtable_s3", "twilio_deletion_scheduled"];

/// What every recording that arrived has in common.
pub(super) async fn finish(
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
    teller.expect_logged(scene, recording, &ARRIVED).await?;
    teller.steps_of(scene, recording, Some(job)).await
}

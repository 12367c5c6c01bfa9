//! The bucket fails: Twilio's copy stands in and is kept, and the history says so with Twilio's URL and the link, which plays
//! meanwhile. With the ledger out of reach too, the messages carry the line and the retry, and the link does without it.

use demo::{Place, SceneError};
use standins::Fault;

use crate::case::Case;

const FALLBACK: [&str; 3] =
    ["recording_s3_fallback_to_twilio", "twilio_recording_preserved", "recording_saved_to_airtable_twilio"];
const PENDING_THEN_STORED: [&str; 2] = ["Recording pending upload", "Recording"];

pub(crate) async fn a_bucket_that_denies_audio(case: &Case<'_>) -> Result<(), SceneError> {
    audio_fails(case, Fault::s3_access_denied(), "s3_refused").await
}

pub(crate) async fn a_bucket_that_hangs_on_audio(case: &Case<'_>) -> Result<(), SceneError> {
    audio_fails(case, Fault::Hang, "s3_unavailable").await
}

/// The ledger works, and knows.
async fn audio_fails(case: &Case<'_>, fault: Fault, code: &str) -> Result<(), SceneError> {
    let broken = case.scene.breaks(Place::AudioUpload(&case.recording), fault).await?;
    case.report().await?;
    let entry = case.until_tried("fallback", &[code]).await?;
    let at_twilio = format!("{}.mp3", case.recording.recording_url);
    case.expect(entry["provider_url"] == *at_twilio, || format!("the copy is said to be at {}", entry["provider_url"]));
    expect_pending_line(case).await?;
    case.heals(broken, &PENDING_THEN_STORED).await?;
    let entry = case.scene.entry(&case.recording).await?.unwrap_or_default();
    let states: Vec<_> = entry["states"].as_array().into_iter().flatten().map(|reached| &reached["state"]).collect();
    case.expect(states == ["received", "fallback", "stored", "settled"], || format!("its states are {states:?}"));
    Ok(())
}

pub(crate) async fn a_bucket_that_denies_everything(case: &Case<'_>) -> Result<(), SceneError> {
    everything_fails(case, Fault::s3_access_denied()).await
}

pub(crate) async fn a_bucket_that_hangs_on_everything(case: &Case<'_>) -> Result<(), SceneError> {
    everything_fails(case, Fault::Hang).await
}

pub(crate) async fn a_bucket_that_is_gone(case: &Case<'_>) -> Result<(), SceneError> {
    everything_fails(case, Fault::s3_no_such_bucket()).await
}

pub(crate) async fn a_bucket_out_of_reach(case: &Case<'_>) -> Result<(), SceneError> {
    everything_fails(case, Fault::CloseBeforeAnswer).await
}

/// There is neither a ledger nor a marker.
async fn everything_fails(case: &Case<'_>, fault: Fault) -> Result<(), SceneError> {
    let broken = case.scene.breaks(Place::Bucket(&case.recording), fault).await?;
    case.report().await?;
    expect_pending_line(case).await?;
    let keys = case.scene.keys("").await?.into_iter().filter(|key| key.contains(&case.recording.call_sid)).count();
    case.expect(keys == 0, || format!("{keys} objects came into a bucket that was down"));
    case.heals(broken, &PENDING_THEN_STORED).await
}

async fn expect_pending_line(case: &Case<'_>) -> Result<(), SceneError> {
    let line = case.until_line("Recording pending upload").await?;
    let urls =
        format!("| URL: {}.mp3 | Play: {}/r/", case.recording.recording_url, case.scene.stack().public_base_url());
    case.expect(line.contains(&urls), || format!("the line lacks {urls:?}: {line}"));
    case.logged(&FALLBACK).await?;
    let link = line.split_once("| Play: ").map_or("", |(_, link)| link);
    case.expect_plays_from_twilio(link).await
}

//! Calls that voice agents took. Their providers keep their copies: a voice agent's call is deleted only as a whole.

use serde_json::Value;
use standins::{PlaceConversation, PlaceVapiCall};

use super::told::{Teller, Told};
use crate::{AgentCall, Evidence, Job, Scene, SceneError};

/// What a voice agent's recording that arrived leaves in the logs.
const ARRIVED: [&str; 2] = ["recording_s3_upload_success", "recording_saved_to_airtable_s3"];

/// Vapi reports a call that is over.
///
/// # Errors
/// When the case could not go on.
pub async fn vapi_call(scene: &Scene) -> Result<Told, SceneError> {
    let call = scene.call_at_vapi(PlaceVapiCall::default()).await?;
    arrives(scene, "a voice agent's call at Vapi", &call).await
}

/// ElevenLabs reports a conversation that is over.
///
/// # Errors
/// When the case could not go on.
pub async fn elevenlabs_conversation(scene: &Scene) -> Result<Told, SceneError> {
    let call = scene.conversation_at_elevenlabs(PlaceConversation::default()).await?;
    arrives(scene, "a conversation at ElevenLabs", &call).await
}

async fn arrives(scene: &Scene, name: &'static str, call: &AgentCall) -> Result<Told, SceneError> {
    let mut teller = Teller::of(name);
    let job = scene.job("JOB").await?;
    let source = scene.at_provider(call).await?.unwrap_or_default();
    teller.answered(&scene.report_call(call, &job).await?, 200);
    scene.until_settled(call).await?;
    let seen = scene.evidence_of_call(call, &job, Some(&source)).await?;
    teller.expect(!source.is_empty(), || "the provider served nothing before".to_owned());
    teller.expect(seen.sha256_at_source == seen.sha256_in_bucket, || "the stored bytes are other ones".to_owned());
    teller.expect(seen.sha256_at_source == seen.sha256_by_link, || "the link plays other bytes".to_owned());
    let link = seen.link.clone().unwrap_or_default();
    let history = seen.history.clone().unwrap_or_default();
    let lines = history.lines().filter(|line| line.ends_with(&format!("| URL: {link}"))).count();
    teller.expect(lines == 1, || format!("its line is there {lines} times:\n{history}"));
    teller.expect(seen.provider_has_it, || "the provider's copy is gone".to_owned());
    kept_transcript(scene, &mut teller, call).await?;
    teller.expect_logged(scene, call, &ARRIVED).await?;
    told(scene, teller, call, &job, seen).await
}

/// A call that was not recorded. What was said is kept all the same, and told to who asks for the recording.
///
/// # Errors
/// When the case could not go on.
pub async fn transcript_only(scene: &Scene) -> Result<Told, SceneError> {
    let mut teller = Teller::of("a call of which there is only a transcript");
    let job = scene.job("JOB").await?;
    let call = scene.call_at_vapi(PlaceVapiCall { recorded: false, ..PlaceVapiCall::default() }).await?;
    teller.answered(&scene.report_call(&call, &job).await?, 200);
    let is_told = |entry: &Value| {
        entry["state"] == "absent"
            && entry["transcript_only_fallback"] == true
            && !entry["lines"][0]["confirmed_at"].is_null()
    };
    scene.until(&call, "the transcript, and the line that says why there is no audio", is_told).await?;
    scene.until_closed(&call).await?;
    let seen = scene.evidence_of_call(&call, &job, None).await?;
    let history = seen.history.clone().unwrap_or_default();
    let says_why = history.contains("| Event: Recording unavailable | ");
    teller.expect(says_why, || format!("the history does not say that there is no audio: {history}"));
    kept_transcript(scene, &mut teller, &call).await?;
    let path = format!("/api/calls/{}/recording", call.call_id());
    let (status, told_of_it) = scene.ask("GET", &path, &scene.token(&["view_call_history"]), None).await?;
    let text = told_of_it["transcript"].as_str().unwrap_or_default();
    teller.expect(status == 200 && !text.is_empty(), || format!("the API tells no transcript: {status} {told_of_it}"));
    teller.note("API", format!("tells the transcript: {} characters", text.chars().count()));
    told(scene, teller, &call, &job, seen).await
}

async fn kept_transcript(scene: &Scene, teller: &mut Teller, call: &AgentCall) -> Result<(), SceneError> {
    let key = format!("transcripts/default/{}/{}.json", call.provider(), call.call_id());
    let kept = scene.object(&key).await?;
    teller.expect(kept.is_some(), || format!("there is no {key}"));
    teller.note("bucket", format!("holds {} bytes of transcript", kept.unwrap_or_default().len()));
    Ok(())
}

async fn told(
    scene: &Scene,
    mut teller: Teller,
    call: &AgentCall,
    job: &Job,
    seen: Evidence,
) -> Result<Told, SceneError> {
    teller.told.recordings.push(seen);
    teller.steps_here(scene, call, Some(job)).await?;
    Ok(teller.end())
}

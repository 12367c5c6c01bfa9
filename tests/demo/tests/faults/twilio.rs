//! Twilio fails: each failure is told apart, tried again, and told to nobody in the history unless the tries are used up.

use demo::{Place, SceneError};
use serde_json::json;
use standins::{Caller, Fault, JournalQuery, Service};

use crate::case::Case;

pub(crate) async fn twilio_not_ready_at_first(case: &Case<'_>) -> Result<(), SceneError> {
    let not_found = Fault::Answer {
        status: 404,
        body: "<TwilioResponse><RestException><Code>20404</Code></RestException></TwilioResponse>".to_owned(),
        content_type: Some("application/xml".to_owned()),
        retry_after: None,
    };
    fails(case, Place::TwilioAudio(&case.recording), not_found, &["provider_not_ready"]).await
}

pub(crate) async fn twilio_refusing_our_credentials(case: &Case<'_>) -> Result<(), SceneError> {
    let refused = Fault::json(401, &json!({ "code": 20003, "message": "Authenticate", "status": 401 }));
    fails(case, Place::TwilioAudio(&case.recording), refused, &["provider_refused"]).await
}

pub(crate) async fn twilio_throttling(case: &Case<'_>) -> Result<(), SceneError> {
    let throttled = Fault::twilio_too_many_requests();
    fails(case, Place::TwilioAudio(&case.recording), throttled, &["provider_throttled"]).await
}

pub(crate) async fn twilio_unavailable(case: &Case<'_>) -> Result<(), SceneError> {
    fails(case, Place::TwilioAudio(&case.recording), Fault::status(503), &["provider_unavailable"]).await
}

pub(crate) async fn audio_that_is_cut_short(case: &Case<'_>) -> Result<(), SceneError> {
    let cut = Fault::CutBody { after: 5_000 };
    fails(case, Place::MediaHost(&case.recording), cut, &["cut_short", "provider_unavailable"]).await
}

/// To the last quick try and beyond: the history says that it failed, and the slow lane brings it home all the same.
pub(crate) async fn html_that_calls_itself_audio(case: &Case<'_>) -> Result<(), SceneError> {
    let broken = case.scene.breaks(Place::MediaHost(&case.recording), Fault::html_as_audio()).await?;
    case.report().await?;
    case.until_tried("received", &["text_html"]).await?;
    case.until_all_are_broken().await;
    let line = case.until_line("Recording failed").await?;
    let reason = format!("| Reason: what the provider sent is not audio | Recording: {}", case.recording.recording_sid);
    case.expect(line.ends_with(&reason), || format!("the line does not say why: {line}"));
    let entry = case.scene.entry(&case.recording).await?.unwrap_or_default();
    case.expect(entry["state"] == "failed" && entry["attempts"] == 4, || format!("it did not fail in order: {entry}"));
    case.expect(entry["audio"].is_null(), || "HTML was stored as audio".to_owned());
    case.heals(broken, &["Recording failed", "Recording"]).await
}

/// Which would hand out the role's own credentials on some machines.
pub(crate) async fn a_redirect_to_the_metadata_service(case: &Case<'_>) -> Result<(), SceneError> {
    is_not_sent(case, "http://169.254.169.254/latest/meta-data/iam/security-credentials/").await
}

pub(crate) async fn a_redirect_into_a_private_network(case: &Case<'_>) -> Result<(), SceneError> {
    is_not_sent(case, "https://10.0.0.1/recording.mp3").await
}

async fn is_not_sent(case: &Case<'_>, location: &str) -> Result<(), SceneError> {
    let away = Fault::Redirect { location: location.to_owned() };
    let broken = case.scene.breaks(Place::TwilioAudio(&case.recording), away).await?;
    case.report().await?;
    let entry = case.until_tried("received", &["provider_broken"]).await?;
    let why = entry["last_error"]["message"].as_str().unwrap_or_default();
    case.expect(why.contains("not sent"), || format!("it was sent to {location}: {why}"));
    case.heals(broken, &["Recording"]).await
}

/// A host that may be reached is asked, but with nothing that only Twilio may see.
pub(crate) async fn a_redirect_to_a_foreign_host(case: &Case<'_>) -> Result<(), SceneError> {
    let (foreign, id) = (&case.scene.stack().standins().airtable, &case.recording.recording_sid);
    let away = Fault::Redirect { location: format!("{foreign}/v0/foreign/{id}") };
    fails(case, Place::TwilioAudio(&case.recording), away, &["provider_unavailable"]).await?;
    let asked = case.scene.standins().journal(JournalQuery::of(Service::Airtable).path_contains(id)).await?;
    case.expect(!asked.is_empty(), || "the redirect was not followed".to_owned());
    case.expect(asked.iter().all(|entry| entry.caller == Caller::Nobody), || format!("credentials went: {asked:?}"));
    Ok(())
}

async fn fails(case: &Case<'_>, place: Place<'_>, fault: Fault, codes: &[&str]) -> Result<(), SceneError> {
    let broken = case.scene.breaks(place, fault).await?;
    case.report().await?;
    let entry = case.until_tried("received", codes).await?;
    case.expect(entry["status"] == "pending", || format!("the entry says {}", entry["status"]));
    case.logged(&["recording_transfer_failed"]).await?;
    case.heals(broken, &["Recording"]).await
}

//! Nobody reads secrets in the logs: what three functions have written, whatever happened to them, holds no credential, no
//! telephone number, no link and no signed URL. Things that must not be there are planted wherever something comes in from
//! outside: in webhooks, in paths, and in what Twilio, its media host and Airtable answer.

use std::collections::BTreeMap;
use std::time::Duration;

use demo::{Job, Place, Scene, SceneError};
use serde_json::json;
use stack::{Function, Options, Stack};
use standins::{Destination, Fault, FaultRule, Forgery, PlaceRecording, PlacedRecording, RecordingStatusForm, Service};

/// Whatever is planted holds this, or a number.
const PLANTED: &str = "pLaNtEd-SeCrEt";
const CALLER: &str = "+15005550123";
const CALLED: &str = "+493055501234";

#[tokio::test]
async fn no_function_writes_what_it_must_not() {
    let options = Options::from_environment().expect("the ports make sense");
    let scene = Scene::on(Stack::up(options).await.expect("the stack comes up")).expect("clients can be made");
    let link = a_recording_comes_home(&scene).await.expect("it goes on to its end");
    odd_requests_come_in(&scene, &link).await.expect("they are answered");
    everybody_answers_with_secrets(&scene).await.expect("it goes on to its end");
    let wrong = found_in_logs(&scene, &link).await.expect("there are logs");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The main job, with numbers in its webhook. Answers with its link.
async fn a_recording_comes_home(scene: &Scene) -> Result<String, SceneError> {
    let (recording, job) = made(scene).await?;
    let numbers = [("From", CALLER), ("To", CALLED), ("Caller", CALLER), ("RecordingUrl", &signed_url())];
    reports(scene, &recording, &format!("?job={}", job.number), &numbers, Forgery::None).await?;
    scene.until_settled(&recording).await?;
    let history = scene.history(&job).await?;
    let link = history.rsplit("URL: ").next().unwrap_or_default().trim().to_owned();
    assert_eq!(scene.follow(&link).await?.status, 302);
    scene.play(&link).await?;
    Ok(link)
}

/// Nothing of what is refused is quoted.
async fn odd_requests_come_in(scene: &Scene, link: &str) -> Result<(), SceneError> {
    let recording = scene.record(PlaceRecording::default()).await?;
    let planted = [("From", CALLER), ("RecordingStatus", PLANTED), ("RecordingSid", PLANTED), ("CallSid", PLANTED)];
    for forgery in [Forgery::None, Forgery::Unsigned, Forgery::WrongToken, Forgery::TamperedBody] {
        reports(scene, &recording, &format!("?job={PLANTED}%20{CALLER}"), &planted, forgery).await?;
    }
    let (path, token) = link.rsplit_once('/').unwrap_or((link, ""));
    for odd in [format!("{path}/{PLANTED}"), format!("{path}/{token}{PLANTED}"), format!("{path}/{token}?{PLANTED}")] {
        scene.play(&odd).await?;
    }
    scene.get(&format!("/{PLANTED}/{CALLER}")).await.map(drop)
}

/// What others say may hold anything, and they may say it with an error.
async fn everybody_answers_with_secrets(scene: &Scene) -> Result<(), SceneError> {
    let (recording, job) = made(scene).await?;
    let body = json!({ "code": 20003, "message": format!("{PLANTED} {CALLER} {}", signed_url()) });
    let at_twilio = scene.breaks(Place::TwilioAudio(&recording), Fault::json(401, &body)).await?;
    reports(scene, &recording, &format!("?job={}", job.number), &[], Forgery::None).await?;
    scene.until_logged(Function::Transfer, &recording, &["recording_transfer_failed"]).await?;
    at_twilio.mend().await?;

    let page = Fault::Answer {
        status: 200,
        body: format!("<html>{PLANTED} {CALLER}</html>"),
        content_type: Some("audio/mpeg".to_owned()),
        retry_after: None,
    };
    let at_media = scene.breaks(Place::MediaHost(&recording), page).await?;
    scene.until(&recording, "another try", |entry| entry["attempts"].as_u64() >= Some(1)).await?;
    sweeps(scene, 4).await?;
    at_media.mend().await?;

    let refusal = json!({ "error": { "type": "INVALID_REQUEST", "message": format!("{PLANTED} {CALLED}") } });
    let rule = FaultRule::new(Service::Airtable, Fault::json(422, &refusal));
    let at_airtable = scene.standins().inject(rule).await?;
    let (other, its_job) = made(scene).await?;
    reports(scene, &other, &format!("?job={}", its_job.number), &[], Forgery::None).await?;
    scene.until_logged(Function::Transfer, &other, &["airtable_update_error"]).await?;
    scene.standins().clear_fault(at_airtable).await?;
    scene.sweep_until_settled(&other).await?;
    scene.sweep_until_settled(&recording).await?;
    for job in ["reconcile", "orphans"] {
        scene.sweep_until(&json!({ "job": job }), "a run", |_| true).await?;
    }
    Ok(())
}

/// Who wrote what they must not. It is shown where it was written, and not itself.
async fn found_in_logs(scene: &Scene, link: &str) -> Result<Vec<String>, SceneError> {
    let secret = scene.stack().secret();
    let token = link.rsplit('/').next().unwrap_or_default();
    let forbidden = BTreeMap::from([
        ("Twilio's auth token", secret.account.auth_token.as_str()),
        ("Twilio's API key", &secret.account.api_key_secret),
        ("Airtable's token", &secret.base.token),
        ("the link key", "a key of links that lead nowhere"),
        ("a link's token", token),
        ("what was planted", PLANTED),
        ("the caller's number", &CALLER[1..]),
        ("the called number", &CALLED[1..]),
        ("a signed URL", "X-Amz-Signature"),
        ("a session's token", "X-Amz-Security-Token"),
        ("a header with credentials", "Basic "),
    ]);
    let mut wrong = Vec::new();
    for function in [Function::Webhook, Function::Transfer, Function::Sweeper] {
        let lines = scene.stack().function_logs(function).await?;
        assert!(lines.len() > 10, "{function:?} has written next to nothing");
        for (what, text) in &forbidden {
            let place = lines.iter().find(|line| line.contains(*text));
            wrong.extend(place.map(|line| format!("{function:?} writes {what}: {}", line.replace(*text, "(it)"))));
        }
    }
    Ok(wrong)
}

fn signed_url() -> String {
    format!("https://bucket.s3.amazonaws.com/recordings/a.mp3?X-Amz-Security-Token={PLANTED}&X-Amz-Signature={PLANTED}")
}

async fn made(scene: &Scene) -> Result<(PlacedRecording, Job), SceneError> {
    Ok((scene.record(PlaceRecording::default()).await?, scene.job("JOB").await?))
}

async fn reports(
    scene: &Scene,
    recording: &PlacedRecording,
    query: &str,
    set: &[(&str, &str)],
    forgery: Forgery,
) -> Result<(), SceneError> {
    let url = format!("{}/api/twilio/recording{query}#rc=0", scene.stack().public_base_url());
    let form = RecordingStatusForm {
        recording_sid: recording.recording_sid.clone(),
        to: Destination { url, forgery, ..Destination::default() },
        set: set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..RecordingStatusForm::default()
    };
    scene.standins().deliver_recording_status(form).await?;
    Ok(())
}

async fn sweeps(scene: &Scene, times: u32) -> Result<(), SceneError> {
    for _ in 0..times {
        scene.sweep_until(&json!({ "job": "retry" }), "a run", |_| true).await?;
        scene.let_pass(Duration::from_secs(3)).await?;
    }
    Ok(())
}

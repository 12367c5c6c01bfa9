//! Calls that are over, and of whose recording Twilio says nothing by itself.

use std::time::Duration;

use demo::{Job, Scene};
use serde_json::json;
use standins::{CallStatusForm, Destination, PlaceCall, PlaceRecording};

use crate::scene;

/// Twilio says that a call is completed, and nothing else.
async fn report_call(scene: &Scene, call_sid: &str, job: &Job) {
    let url = format!("{}/api/twilio/status?job={}", scene.stack().public_base_url(), job.number);
    let to = Destination { url, ..Destination::default() };
    let form = CallStatusForm {
        call_sid: call_sid.to_owned(),
        to,
        status: Some("completed".to_owned()),
        ..CallStatusForm::default()
    };
    let delivery = scene.standins().deliver_call_status(form).await.unwrap();
    assert_eq!(delivery.status, Some(204), "{delivery:?}");
    let note = format!("calls/default/twilio/{call_sid}");
    assert_eq!(scene.keys(&note).await.unwrap(), [note]);
}

#[tokio::test]
async fn a_recording_whose_callback_never_came_is_brought_home_by_the_calls_own() {
    let scene = scene().await;
    let job = scene.job("JOB").await.unwrap();
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    report_call(&scene, &recording.call_sid, &job).await;
    scene.sweep_until_settled(&recording).await.unwrap();
    assert_eq!(scene.history(&job).await.unwrap().matches("Event: Recording |").count(), 1);
    assert!(scene.at_twilio(&recording).await.unwrap().is_none());
    assert_eq!(scene.keys(&format!("calls/default/twilio/{}", recording.call_sid)).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_call_without_a_recording_says_so_in_its_jobs_history() {
    let scene = scene().await;
    let job = scene.job("JOB").await.unwrap();
    let call_sid = scene.standins().place_call(PlaceCall::default()).await.unwrap();
    report_call(&scene, &call_sid, &job).await;
    let told = async || {
        scene.sweep_until(&json!({ "job": "retry" }), "a sweep", |_| true).await?;
        Ok(Some(scene.history(&job).await?).filter(|history| history.contains("Event: Recording unavailable |")))
    };
    let history = scene.wait_for("the reason in the history", Duration::from_secs(90), told).await.unwrap();
    let reason = format!("Reason: the provider has no recording of the call | Call: {call_sid}");
    assert!(history.lines().last().is_some_and(|line| line.ends_with(&reason)), "{history}");
    assert_eq!(history.matches("Event: ").count(), 1, "{history}");
}

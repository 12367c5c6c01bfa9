use standins::{CallStatusForm, Destination, PlaceCall, VoiceForm};

use crate::scene;

#[tokio::test]
async fn health_answers_everybody() {
    let (status, body) = scene().await.get("/health").await.unwrap();
    assert_eq!((status, body.as_str()), (200, r#"{"status":"ok"}"#));
}

#[tokio::test]
async fn a_link_that_was_not_sealed_here_leads_nowhere() {
    let (status, body) = scene().await.get("/r/k1.AAAA.AAAAAAAAAAAAAAAAAAAAAA").await.unwrap();
    assert_eq!((status, body.as_str()), (404, "There is no such recording.\n"));
}

#[tokio::test]
async fn a_completed_call_is_remembered() {
    let scene = scene().await;
    let call_sid = scene.standins().place_call(PlaceCall::default()).await.unwrap();
    let url = format!("{}/api/twilio/status?job=JOB456", scene.stack().public_base_url());
    let form = CallStatusForm {
        call_sid: call_sid.clone(),
        to: Destination { url, ..Destination::default() },
        status: Some("completed".to_owned()),
        ..CallStatusForm::default()
    };
    let answer = scene.standins().deliver_call_status(form).await.unwrap();
    assert_eq!(answer.status, Some(204));
    let note = scene.object(&format!("calls/default/twilio/{call_sid}")).await.unwrap().expect("a note");
    let note: serde_json::Value = serde_json::from_slice(&note).unwrap();
    assert_eq!(note["job_number"], "JOB456");
}

#[tokio::test]
async fn a_call_is_recorded_and_handed_to_its_agent() {
    let scene = scene().await;
    let url = format!("{}/api/twilio/voice?job=JOB456", scene.stack().public_base_url());
    let form = VoiceForm {
        call_sid: scene.standins().place_call(PlaceCall::default()).await.unwrap(),
        to: Destination { url, ..Destination::default() },
        ..VoiceForm::default()
    };
    let answer = scene.standins().deliver_voice(form).await.unwrap();
    assert_eq!(answer.status, Some(200));
    let callback = format!("{}/api/twilio/recording?job=JOB456#rc=5&amp;rp=all", scene.stack().public_base_url());
    for part in
        [callback.as_str(), "channels=\"mono\"", "trim=\"do-not-trim\"", "https://voice-agent.example.com/twiml"]
    {
        assert!(answer.body.contains(part), "{part} is not in {}", answer.body);
    }
}

use std::collections::BTreeMap;

use standins::{
    CallStatusForm, Destination, Failure, Forgery, Outcome, PlaceCall, PlaceRecording, RecordingStatusForm, VoiceForm,
    WorldError, signature,
};

use crate::receiver::{Got, Receiver};
use crate::scene::Scene;

fn form(recording_sid: &str, to: Destination) -> RecordingStatusForm {
    RecordingStatusForm { recording_sid: recording_sid.to_owned(), to, ..RecordingStatusForm::default() }
}

#[tokio::test]
async fn completed_recording_is_reported_with_all_parameters_and_signed() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[204]).await;
    let placed = scene.place(PlaceRecording::default());
    let url = format!("{}/api/twilio/recording?job=JOB456", receiver.url);
    let to = Destination::from(&*format!("{url}#rc=5&rp=all"));
    let delivery = scene.world().deliver_recording_status(form(&placed.recording_sid, to)).await.unwrap();
    assert_eq!((delivery.status, delivery.attempts.len()), (Some(204), 1));
    let got = &receiver.got()[0];
    assert_eq!(got.path_and_query, "/api/twilio/recording?job=JOB456");
    for (name, value) in [
        ("AccountSid", placed.account_sid.as_str()),
        ("CallSid", &placed.call_sid),
        ("RecordingSid", &placed.recording_sid),
        ("RecordingUrl", &placed.recording_url),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "6"),
        ("RecordingChannels", "1"),
        ("RecordingStartTime", "Fri, 15 Mar 2024 14:30:16 +0000"),
        ("RecordingSource", "StartCallRecordingAPI"),
        ("RecordingTrack", "both"),
    ] {
        assert_eq!(got.param(name), Some(value), "{name}");
    }
    assert_eq!(got.param("ErrorCode"), None);
    assert!(got.header("content-type").unwrap().starts_with("application/x-www-form-urlencoded"));
    assert!(is_signed(&scene, &url, got));
}

#[tokio::test]
async fn absence_and_failure_are_reported_with_their_code() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[204]).await;
    let outcome = Outcome::Absent { error_code: 16101 };
    let absent = scene.place(PlaceRecording { outcome, ..PlaceRecording::default() });
    let to = Destination::from(&*receiver.url);
    scene.world().deliver_recording_status(form(&absent.recording_sid, to.clone())).await.unwrap();
    let failed = RecordingStatusForm {
        status: Some("failed".to_owned()),
        error_code: Some(16105),
        ..form(&absent.recording_sid, to)
    };
    scene.world().deliver_recording_status(failed).await.unwrap();
    let told: Vec<_> = receiver
        .got()
        .iter()
        .map(|got| (got.param("RecordingStatus").unwrap().to_owned(), got.param("ErrorCode").unwrap().to_owned()))
        .collect();
    assert_eq!(told, [("absent".into(), "16101".into()), ("failed".into(), "16105".into())]);
    assert!(receiver.got().iter().all(|got| got.param("RecordingDuration").is_none()));
}

#[tokio::test]
async fn parameters_can_be_changed_before_signing() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[204]).await;
    let placed = scene.place(PlaceRecording::default());
    let private = "http://169.254.169.254/latest".to_owned();
    let crooked = RecordingStatusForm {
        set: BTreeMap::from([("RecordingUrl".to_owned(), private.clone()), ("New".to_owned(), "1".to_owned())]),
        omit: vec!["RecordingTrack".to_owned()],
        ..form(&placed.recording_sid, Destination::from(&*receiver.url))
    };
    scene.world().deliver_recording_status(crooked).await.unwrap();
    let got = &receiver.got()[0];
    assert_eq!((got.param("RecordingUrl"), got.param("New")), (Some(&*private), Some("1")));
    assert_eq!(got.param("RecordingTrack"), None);
    assert!(is_signed(&scene, &receiver.url, got));
}

#[tokio::test]
async fn forgeries_do_not_verify() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[403]).await;
    let placed = scene.place(PlaceRecording::default());
    for forgery in [
        Forgery::Unsigned,
        Forgery::WrongToken,
        Forgery::TamperedBody,
        Forgery::OtherUrl("https://h.example/other".to_owned()),
        Forgery::Signature("c2lnbmF0dXJl".to_owned()),
    ] {
        let to = Destination { forgery: forgery.clone(), ..Destination::from(&*receiver.url) };
        let delivery = scene.world().deliver_recording_status(form(&placed.recording_sid, to)).await.unwrap();
        assert_eq!(delivery.status, Some(403));
        assert!(!is_signed(&scene, &receiver.url, receiver.got().last().unwrap()), "{forgery:?}");
    }
}

#[tokio::test]
async fn fragment_decides_what_is_tried_again() {
    let scene = Scene::start().await;
    let placed = scene.place(PlaceRecording::default());
    for (fragment, statuses, attempts, last) in [
        ("", &[503, 204][..], 1, 503),
        ("#rc=5&rp=all", &[503, 404, 204], 3, 204),
        ("#rc=5&rp=5xx", &[503, 404, 204], 2, 404),
        ("#rc=2&rp=all", &[503], 3, 503),
        ("#rc=0&rp=all", &[503], 1, 503),
    ] {
        let receiver = Receiver::answering(statuses).await;
        let to = Destination::from(&*format!("{}{fragment}", receiver.url));
        let delivery = scene.world().deliver_recording_status(form(&placed.recording_sid, to)).await.unwrap();
        assert_eq!((delivery.attempts.len(), delivery.status), (attempts, Some(last)), "{fragment}");
        let got = receiver.got();
        assert_eq!(got.len(), attempts);
        assert!(got.iter().all(|attempt| attempt.params == got[0].params), "{fragment}");
    }
}

#[tokio::test]
async fn nobody_at_home_is_told_and_tried_twice() {
    let scene = Scene::start().await;
    let placed = scene.place(PlaceRecording::default());
    let to = Destination::from("http://127.0.0.1:1/nobody");
    let delivery = scene.world().deliver_recording_status(form(&placed.recording_sid, to)).await.unwrap();
    assert_eq!((delivery.status, delivery.attempts.len()), (None, 2));
    assert_eq!(delivery.attempts[1].failure, Some(Failure::Connect));
}

#[tokio::test]
async fn configured_url_is_signed_even_when_another_is_called() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[204]).await;
    let placed = scene.place(PlaceRecording::default());
    let to = Destination {
        url: "https://calls.example.com:443/api/twilio/recording?job=JOB456#rc=5&rp=all".to_owned(),
        send_to: Some(format!("{}/api/twilio/recording?job=JOB456", receiver.url)),
        headers: BTreeMap::from([("Host".to_owned(), "abc.execute-api.localhost:4566".to_owned())]),
        forgery: Forgery::None,
    };
    scene.world().deliver_recording_status(form(&placed.recording_sid, to)).await.unwrap();
    let got = &receiver.got()[0];
    assert_eq!(got.header("host"), Some("abc.execute-api.localhost:4566"));
    assert!(is_signed(&scene, "https://calls.example.com/api/twilio/recording?job=JOB456", got));
}

#[tokio::test]
async fn calls_are_reported_and_voice_webhooks_asked() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[200]).await;
    let call_sid = scene.world().place_call(PlaceCall { seconds: Some(61), ..PlaceCall::default() }).unwrap();
    let to = Destination::from(&*receiver.url);
    let status = CallStatusForm { call_sid: call_sid.clone(), to: to.clone(), ..CallStatusForm::default() };
    scene.world().deliver_call_status(status).await.unwrap();
    let voice = VoiceForm { call_sid: call_sid.clone(), to, ..VoiceForm::default() };
    let answer = scene.world().deliver_voice(voice).await.unwrap();
    assert_eq!(answer.body, "<Response/>");
    let got = receiver.got();
    let told: Vec<_> = ["CallStatus", "CallDuration", "Duration"].map(|name| got[0].param(name).unwrap()).into();
    assert_eq!(told, ["completed", "61", "2"]);
    assert_eq!((got[1].param("CallStatus"), got[1].param("CallSid")), (Some("ringing"), Some(&*call_sid)));
    assert_eq!(got[1].param("CallDuration"), None);
    assert!(got.iter().all(|got| is_signed(&scene, &receiver.url, got)));
}

#[tokio::test]
async fn impossible_deliveries_are_errors() {
    let scene = Scene::start().await;
    let sid = scene.place(PlaceRecording::default()).recording_sid;
    for url in ["https://h.example/a", "ftp://h.example", "nonsense", ""] {
        let outcome = scene.world().deliver_recording_status(form(&sid, url.into())).await;
        assert!(matches!(outcome, Err(WorldError::BadDestination { .. })), "{url}");
    }
    let outcome = scene.world().deliver_recording_status(form("RE0", "http://h.example".into())).await;
    assert!(matches!(outcome, Err(WorldError::NotFound { .. })));
}

/// As a receiver checks it, who knows only the URL that he was configured with.
fn is_signed(scene: &Scene, url: &str, got: &Got) -> bool {
    let expected = signature(&scene.account.auth_token, url, &got.params);
    got.header("x-twilio-signature") == Some(&*expected)
}

use serde_json::json;
use standins::{
    ControlClient, ControlError, CreateJob, Destination, Fault, FaultRule, JournalQuery, PlaceRecording,
    RecordingStatusForm, Service,
};

use crate::http::{call, get};
use crate::receiver::Receiver;
use crate::scene::Scene;

#[tokio::test]
async fn another_process_does_what_the_world_does() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[204]).await;
    let client = ControlClient::new(scene.standins.airtable_url());
    assert_eq!(client.addresses().await.unwrap(), scene.world().addresses());
    assert_eq!(client.advance_clock(1_000).await.unwrap(), scene.world().now());
    let placed = client.place_recording(PlaceRecording::default()).await.unwrap();
    assert_eq!(client.recording(placed.recording_sid.clone()).await.unwrap().call_sid, placed.call_sid);
    let to = Destination::from(&*receiver.url);
    let form = RecordingStatusForm { recording_sid: placed.recording_sid, to, ..RecordingStatusForm::default() };
    let delivery = client.deliver_recording_status(form).await.unwrap();
    assert_eq!((delivery.status, receiver.got().len()), (Some(204), 1));
    let id = client.create_job(CreateJob::numbered("JOB456")).await.unwrap();
    assert_eq!(client.job(id.clone()).await.unwrap(), scene.world().job(id.clone()).unwrap());
    assert_eq!(client.job_history(id).await.unwrap(), "");
    let rule = FaultRule::new(Service::Airtable, Fault::CutBody { after: 3 }).regex("x$").from_nth(2);
    client.inject(rule.clone()).await.unwrap();
    assert_eq!(client.faults().await.unwrap()[0].rule, rule);
    client.set_clock_speed(30.0).await.unwrap();
}

#[tokio::test]
async fn control_is_open_at_every_listener_and_leaves_no_trace() {
    let scene = Scene::start().await;
    scene.world().inject(FaultRule::new(Service::Twilio, Fault::Hang)).unwrap();
    for base in [scene.standins.twilio_url(), scene.standins.media_url(), scene.standins.airtable_url()] {
        let reply = get(format!("{base}/_control/now")).send().await;
        assert_eq!((reply.status, reply.json()), (200, json!("2024-03-15T14:30:22Z")));
    }
    assert_eq!(scene.world().journal(JournalQuery::default()), []);
}

#[tokio::test]
async fn refusals_say_why() {
    let scene = Scene::start().await;
    let base = scene.standins.twilio_url();
    for (operation, body, status) in [
        ("nothing", "", 404),
        ("place_recording", "{\"colour\":1}", 400),
        ("make_ready", "\"RE0\"", 404),
        ("inject", r#"{"service":"media","path":{"regex":"("},"fault":{"kind":"hang"}}"#, 422),
    ] {
        let reply = call("POST", format!("{base}/_control/{operation}")).text(body).send().await;
        assert_eq!(reply.status, status, "{operation}");
        assert!(reply.json()["error"].is_string());
    }
    let client = ControlClient::new(base);
    let error = client.job("rec0".to_owned()).await.unwrap_err();
    assert_eq!(error.to_string(), "job: there is no record rec0 (404)");
    let nobody = ControlClient::new("http://127.0.0.1:1");
    assert!(matches!(nobody.now().await, Err(ControlError::Unreachable { .. })));
}

#[tokio::test]
async fn empty_argument_stands_for_the_defaults() {
    let scene = Scene::start().await;
    let url = format!("{}/_control/place_recording", scene.standins.twilio_url());
    let placed = call("POST", url).send().await.json();
    let sid = placed["recording_sid"].as_str().unwrap().to_owned();
    assert!(scene.world().recording(sid).is_ok());
}

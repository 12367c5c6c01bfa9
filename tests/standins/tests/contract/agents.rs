//! Vapi and ElevenLabs as senders.

use serde_json::json;
use standins::{
    Algorithm, ElevenLabsEvent, HmacPlan, PlaceAgentWebhook, PlaceConversation, PlaceVapiCall, VapiAuthentication,
    VapiReport,
};

use crate::receiver::Receiver;
use crate::scene::Scene;

/// 2024-03-15T14:30:22Z, when every scene plays.
const NOW: &str = "1710513022";

#[tokio::test]
async fn a_report_shows_who_sent_it_in_each_documented_way() {
    let scene = Scene::start().await;
    let call_id = scene.world().place_vapi_call(PlaceVapiCall::default()).unwrap();
    let signed = |authentication| {
        let url = "http://127.0.0.1:9/".to_owned();
        let report = VapiReport { call_id: call_id.clone(), url, authentication, ..VapiReport::default() };
        scene.world().sign_vapi_report(report).unwrap()
    };
    assert!(!signed(VapiAuthentication::None).headers.contains_key("authorization"));
    assert_eq!(signed(VapiAuthentication::Bearer("t".to_owned())).headers["authorization"], "Bearer t");
    let secret = VapiAuthentication::Header { name: "X-Vapi-Secret".to_owned(), value: "s".to_owned() };
    assert_eq!(signed(secret).headers["x-vapi-secret"], "s");
    let default = signed(VapiAuthentication::Hmac(HmacPlan::default()));
    assert_eq!((default.headers["x-timestamp"].as_str(), default.headers["x-signature"].len()), (NOW, 64));
    let plan = HmacPlan {
        algorithm: Algorithm::Sha512,
        signature_header: "X-Vapi-Signature".to_owned(),
        signature_prefix: "sha512=".to_owned(),
        timestamp_header: None,
        payload_format: "{body}".to_owned(),
        ..HmacPlan::default()
    };
    let other = signed(VapiAuthentication::Hmac(plan));
    assert!(!other.headers.contains_key("x-timestamp"));
    assert_eq!(other.headers["x-vapi-signature"].len(), "sha512=".len() + 128);
    let message: serde_json::Value = serde_json::from_str(&other.body).unwrap();
    assert_eq!(message["message"]["type"], json!("end-of-call-report"));
    assert_eq!(message["message"]["call"]["id"], json!(call_id));
}

#[tokio::test]
async fn a_webhook_that_fails_ten_times_in_a_row_is_switched_off() {
    let scene = Scene::start().await;
    let receiver = Receiver::answering(&[500]).await;
    let world = scene.world();
    let conversation_id = world.place_conversation(PlaceConversation::default()).unwrap();
    let webhook = PlaceAgentWebhook { url: receiver.url.clone(), ..PlaceAgentWebhook::default() };
    let webhook_id = Some(world.place_agent_webhook(webhook).unwrap());
    let event =
        ElevenLabsEvent { conversation_id, url: receiver.url.clone(), webhook_id, ..ElevenLabsEvent::default() };
    for n in 1..=12 {
        let delivery = world.deliver_elevenlabs_event(event.clone()).await.unwrap();
        assert_eq!(delivery.attempts.len(), usize::from(n <= 10), "delivery {n}");
    }
}

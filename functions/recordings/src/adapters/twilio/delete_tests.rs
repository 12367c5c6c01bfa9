use crate::adapters::http::wire::{Wire, answer, chain};
use crate::recording::{CallId, RecordingId};

use super::fixtures::{BY_KEY, BY_TOKEN, json, path, recording, recording_of, twilio};
use super::*;

async fn delete(answer: Vec<u8>) -> Result<(), PortError> {
    let wire = Wire::answering([answer]).await;
    let result = twilio(&wire).await.delete(&recording()).await;
    assert_eq!(wire.lines(), [format!("DELETE {}", path(".json"))]);
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_TOKEN));
    result
}

#[tokio::test]
async fn what_was_deleted_or_is_gone_is_deleted() {
    delete(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await.unwrap();
    delete(json(404, r#"{"code":20404,"message":"not found","status":404}"#)).await.unwrap();
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let cases = [
        (json(401, r#"{"code":20003}"#), ErrorKind::Refused, "HTTP 401, code 20003"),
        (json(403, "{}"), ErrorKind::Refused, "HTTP 403"),
        (answer(429, &[("Retry-After", "3")], ""), throttled(Some(3)), "HTTP 429"),
        (json(400, r#"{"code":20429}"#), throttled(None), "HTTP 400, code 20429"),
        (json(409, r#"{"code":21220}"#), ErrorKind::Invalid, "HTTP 409, code 21220"),
        (json(400, "{}"), ErrorKind::Invalid, "HTTP 400"),
        (answer(404, &[], "<html>no such host</html>"), ErrorKind::Unavailable, "HTTP 404, but not from Twilio"),
        (answer(302, &[("Location", "https://example.com/")], ""), ErrorKind::Invalid, "HTTP 302"),
        (answer(200, &[], "<html>welcome to the hotel</html>"), ErrorKind::Invalid, "HTTP 200"),
        (answer(500, &[], "oops"), ErrorKind::Unavailable, "HTTP 500"),
        (answer(503, &[], ""), ErrorKind::Unavailable, "HTTP 503"),
    ];
    for (answer, kind, detail) in cases {
        let error = delete(answer).await.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (kind, detail));
    }
}

fn throttled(seconds: Option<u64>) -> ErrorKind {
    ErrorKind::Throttled { retry_after: seconds.map(Duration::from_secs) }
}

#[tokio::test]
async fn a_lost_answer_leaves_open_whether_it_was_deleted() {
    let error = delete(Vec::new()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_api_key_is_preferred_to_the_token() {
    let wire = Wire::answering([answer(204, &[], "")]).await;
    twilio(&wire).await.delete(&recording_of("acme")).await.unwrap();
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_KEY));
}

#[tokio::test]
async fn without_an_account_nothing_is_sent() {
    let wire = Wire::answering([]).await;
    for organisation in ["idle", "stranger"] {
        let error = twilio(&wire).await.delete(&recording_of(organisation)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(!chain(&error).contains("auth-token"));
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn recordings_of_other_providers_are_not_touched() {
    let wire = Wire::answering([]).await;
    let foreign = RecordingRef {
        provider: Provider::ElevenLabs,
        call_id: CallId::parse(Provider::ElevenLabs, "conv_1").unwrap(),
        recording_id: RecordingId::parse(Provider::ElevenLabs, "audio").unwrap(),
        ..recording()
    };
    assert_eq!(twilio(&wire).await.delete(&foreign).await.unwrap_err().kind, ErrorKind::Invalid);
    assert!(wire.seen().is_empty());
}

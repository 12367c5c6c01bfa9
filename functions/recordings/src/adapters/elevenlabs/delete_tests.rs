use crate::adapters::http::wire::{Wire, answer, chain};
use crate::recording::{CallId, RecordingId};

use super::fixtures::{CONVERSATION, elevenlabs, error, json, recording, recording_of};
use super::*;

async fn delete(answer: Vec<u8>) -> Result<(), PortError> {
    let wire = Wire::answering([answer]).await;
    let result = elevenlabs(&wire).delete(&recording()).await;
    assert_eq!(wire.lines(), [format!("DELETE /v1/convai/conversations/{CONVERSATION}")]);
    assert_eq!(wire.seen()[0].header("xi-api-key"), Some("sk_key"));
    result
}

#[tokio::test]
async fn what_was_deleted_or_is_gone_is_deleted() {
    delete(json(200, "{}")).await.unwrap();
    delete(json(200, "null")).await.unwrap();
    delete(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await.unwrap();
    delete(error(404, "document_not_found")).await.unwrap();
    delete(json(404, r#"{"detail":"Not Found"}"#)).await.unwrap();
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let throttled = |seconds: Option<u64>| ErrorKind::Throttled { retry_after: seconds.map(Duration::from_secs) };
    for (answer, kind, detail) in [
        (error(401, "invalid_api_key"), ErrorKind::Refused, "HTTP 401, invalid_api_key"),
        (json(403, "{}"), ErrorKind::Refused, "HTTP 403"),
        (error(429, "system_busy"), throttled(None), "HTTP 429, system_busy"),
        (answer(429, &[("Retry-After", "3")], ""), throttled(Some(3)), "HTTP 429"),
        (json(422, r#"{"detail":[{"msg":"+15551234567"}]}"#), ErrorKind::Invalid, "HTTP 422"),
        (error(400, "Call +15551234567"), ErrorKind::Invalid, "HTTP 400"),
        (answer(404, &[], "<html>"), ErrorKind::Unavailable, "HTTP 404, but not from the API"),
        (json(404, r#"{"detail":null}"#), ErrorKind::Unavailable, "HTTP 404, but not from the API"),
        (answer(200, &[], "<html>hotel</html>"), ErrorKind::Unavailable, "HTTP 200, but not from ElevenLabs"),
        (answer(500, &[], "oops"), ErrorKind::Unavailable, "HTTP 500"),
    ] {
        let error = delete(answer).await.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (kind, detail));
        assert!(!chain(&error).contains("+1555") && !chain(&error).contains("sk_"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn without_a_key_that_can_be_sent_nothing_is() {
    let wire = Wire::answering([]).await;
    for organisation in ["idle", "stranger", "broken"] {
        let error = elevenlabs(&wire).delete(&recording_of(organisation)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{organisation}");
        assert!(!chain(&error).contains("sk"), "{}", chain(&error));
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn recordings_of_other_providers_are_not_touched() {
    let wire = Wire::answering([]).await;
    let foreign = RecordingRef {
        provider: Provider::Vapi,
        call_id: CallId::parse(Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00d").unwrap(),
        recording_id: RecordingId::parse(Provider::Vapi, "mono").unwrap(),
        ..recording()
    };
    assert_eq!(elevenlabs(&wire).delete(&foreign).await.unwrap_err().kind, ErrorKind::Invalid);
    assert!(wire.seen().is_empty());
}

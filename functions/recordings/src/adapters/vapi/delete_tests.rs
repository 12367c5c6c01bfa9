use crate::adapters::http::wire::{Wire, answer, chain};
use crate::recording::{CallId, RecordingId};

use super::fixtures::{BY_KEY, CALL, error, json, recording, recording_of, vapi};
use super::*;

async fn delete(answer: Vec<u8>) -> Result<(), PortError> {
    let wire = Wire::answering([answer]).await;
    let result = vapi(&wire).delete(&recording()).await;
    assert_eq!(wire.lines(), [format!("DELETE /call/{CALL}")]);
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_KEY));
    result
}

#[tokio::test]
async fn what_was_deleted_or_is_gone_is_deleted() {
    delete(json(200, &format!(r#"{{"id":"{CALL}"}}"#))).await.unwrap();
    delete(answer(200, &[], "")).await.unwrap();
    delete(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await.unwrap();
    delete(error(404)).await.unwrap();
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let throttled = |seconds: Option<u64>| ErrorKind::Throttled { retry_after: seconds.map(Duration::from_secs) };
    for (answer, kind, detail) in [
        (error(401), ErrorKind::Refused, "HTTP 401"),
        (error(403), ErrorKind::Refused, "HTTP 403"),
        (error(429), throttled(None), "HTTP 429"),
        (answer(429, &[("Retry-After", "3")], ""), throttled(Some(3)), "HTTP 429"),
        // The call was not deleted: try again, says Vapi.
        (error(503), ErrorKind::Unavailable, "HTTP 503"),
        (error(500), ErrorKind::Unavailable, "HTTP 500"),
        (error(400), ErrorKind::Invalid, "HTTP 400"),
        (answer(404, &[], "<html>no such host</html>"), ErrorKind::Unavailable, "HTTP 404, but not from the API"),
        (json(404, "[404]"), ErrorKind::Unavailable, "HTTP 404, but not from the API"),
        (answer(200, &[], "<html>welcome to the hotel</html>"), ErrorKind::Unavailable, "HTTP 200, but not from Vapi"),
        (answer(302, &[("Location", "https://example.com/")], ""), ErrorKind::Invalid, "HTTP 302"),
    ] {
        let error = delete(answer).await.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (kind, detail));
        assert!(!chain(&error).contains("+1555"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_open_whether_it_was_deleted() {
    assert_eq!(delete(Vec::new()).await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let wire = Wire::answering([]).await;
    for organisation in ["idle", "stranger"] {
        let error = vapi(&wire).delete(&recording_of(organisation, "mono")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused);
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
    assert_eq!(vapi(&wire).delete(&foreign).await.unwrap_err().kind, ErrorKind::Invalid);
    assert!(wire.seen().is_empty());
}

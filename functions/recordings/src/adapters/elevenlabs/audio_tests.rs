use bytes::Bytes;
use futures_util::TryStreamExt;
use serde_json::json;

use crate::adapters::http::wire::{Wire, answer, chain, head};

use super::super::fixtures::{
    CONVERSATION, conversation, elevenlabs, error, json as json_answer, recording, recording_of, told,
};
use super::*;

/// What passes for the beginning of an MP3.
const AUDIO: &[u8] = b"ID3\x04\0\0\0\0\0\x01abcdefghijklmnopqrstuvwxyz";

fn audio() -> Vec<u8> {
    answer(200, &[("Content-Type", "audio/mpeg")], AUDIO)
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let head = head(200, &[("Content-Type", "audio/mpeg"), ("Transfer-Encoding", "chunked")]);
    let chunk =
        if body.is_empty() { Vec::new() } else { [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat() };
    [head, chunk, b"0\r\n\r\n".to_vec()].concat()
}

async fn open_on(wire: &Wire) -> Result<Bytes, FetchError> {
    let opened = elevenlabs(wire).open(&recording()).await?;
    let chunks: Vec<Bytes> = opened.body.try_collect().await?;
    Ok(chunks.concat().into())
}

async fn open(answers: impl IntoIterator<Item = Vec<u8>>) -> Result<Bytes, FetchError> {
    open_on(&Wire::answering(answers).await).await
}

#[track_caller]
fn assert_fails(result: Result<Bytes, FetchError>, code: &str, detail: &str) {
    let error = result.unwrap_err();
    let chain = chain(&error);
    assert_eq!(error.code(), code, "{chain}");
    assert!(chain.contains(detail), "{chain}");
    assert!(!chain.contains("sk_") && !chain.contains("+1555") && !chain.contains('?'), "{chain}");
}

#[tokio::test]
async fn whether_there_is_audio_is_asked_first() {
    let wire = Wire::answering([told("done", Some(true)), audio()]).await;
    assert_eq!(open_on(&wire).await.unwrap(), AUDIO);
    let of = format!("/v1/convai/conversations/{CONVERSATION}");
    assert_eq!(wire.lines(), [format!("GET {of}"), format!("GET {of}/audio")]);
    for asked in wire.seen() {
        assert_eq!(asked.header("xi-api-key"), Some("sk_key"));
    }
    assert_eq!(elevenlabs(&wire).provider_url(&recording()), wire.url(&format!("{of}/audio")));
}

#[tokio::test]
async fn a_conversation_without_audio_is_not_asked_for_any() {
    let deleted = |mut conversation: serde_json::Value| {
        conversation["metadata"]["deletion_settings"] = json!({"deleted_audio_at_time_unix_secs": 1_710_504_100});
        json_answer(200, &conversation.to_string())
    };
    for (looked, code, detail) in [
        (told("done", Some(false)), "provider_absent", "there is no audio"),
        (told("failed", Some(false)), "provider_absent", "there is no audio"),
        (deleted(conversation("done", Some(false))), "provider_gone", "deleted the audio"),
        (told("processing", Some(false)), "provider_not_ready", "being processed"),
        (told("processing", Some(true)), "provider_not_ready", "being processed"),
        (told("in-progress", None), "provider_not_ready", "not over"),
        (told("initiated", None), "provider_not_ready", "not over"),
        (error(404, "document_not_found"), "provider_not_ready", "HTTP 404, document_not_found"),
        (answer(404, &[], "<html>"), "provider_unavailable", "not from the API"),
        (error(401, "invalid_api_key"), "provider_refused", "invalid_api_key"),
        (error(429, "too_many_concurrent_requests"), "provider_throttled", "HTTP 429"),
        (answer(502, &[], ""), "provider_unavailable", "HTTP 502"),
        (json_answer(422, r#"{"detail":[]}"#), "provider_broken", "HTTP 422"),
        (json_answer(200, "{}"), "provider_unavailable", "not the conversation's JSON"),
        (json_answer(200, r#"{"conversation_id":"conv_2","status":"done"}"#), "provider_unavailable", "JSON"),
        (answer(200, &[], "<html>+15551234567</html>"), "provider_unavailable", "not the conversation's JSON"),
    ] {
        let wire = Wire::answering([looked]).await;
        assert_fails(open_on(&wire).await, code, detail);
        assert_eq!(wire.seen().len(), 1);
    }
}

#[tokio::test]
async fn where_nothing_is_said_of_audio_the_audio_tells() {
    for looked in [told("done", None), told("melted", Some(true)), told("melted", None)] {
        assert_eq!(open([looked, audio()]).await.unwrap(), AUDIO);
    }
}

/// Nobody says which of these ElevenLabs answers before the audio is ready.
#[tokio::test]
async fn whatever_is_answered_in_place_of_audio_means_that_it_is_not_ready() {
    for (answered, detail) in [
        (error(404, "audio_not_found"), "HTTP 404, audio_not_found"),
        (answer(404, &[], ""), "HTTP 404"),
        (answer(200, &[("Content-Type", "audio/mpeg")], ""), "HTTP 200 without audio"),
        (answer(200, &[], ""), "HTTP 200 without audio"),
        (json_answer(200, "null"), "HTTP 200 without audio"),
        (json_answer(200, r#"{"detail":{"status":"processing"}}"#), "HTTP 200 without audio"),
        (chunked(b""), "HTTP 200 and nothing more"),
    ] {
        assert_fails(open([told("done", Some(true)), answered]).await, "provider_not_ready", detail);
    }
}

#[tokio::test]
async fn statuses_have_their_meaning() {
    for (answered, code, detail) in [
        (error(401, "invalid_api_key"), "provider_refused", "HTTP 401, invalid_api_key"),
        (error(429, "system_busy"), "provider_throttled", "HTTP 429"),
        (error(500, "internal_server_error"), "provider_unavailable", "HTTP 500"),
        (json_answer(422, r#"{"detail":[{"msg":"+15551234567"}]}"#), "provider_broken", "HTTP 422"),
        (answer(200, &[("Content-Type", "text/html")], "<html>"), "provider_broken", "content type"),
        (answer(302, &[("Location", "https://10.0.0.1/")], ""), "provider_broken", "not public"),
        (Vec::new(), "provider_unavailable", "broke off"),
    ] {
        assert_fails(open([told("done", Some(true)), answered]).await, code, detail);
    }
}

#[tokio::test]
async fn audio_of_unknown_length_is_read_whole_or_breaks_off() {
    assert_eq!(open([told("done", Some(true)), chunked(AUDIO)]).await.unwrap(), AUDIO);
    let mut cut = chunked(AUDIO);
    cut.truncate(cut.len() - 9);
    assert_fails(open([told("done", Some(true)), cut]).await, "provider_unavailable", "broke off");
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect() {
    let media = Wire::answering([audio()]).await;
    let moved = answer(302, &[("Location", &media.url("/a.mp3?token=t"))], "");
    let api = Wire::answering([told("done", Some(true)), moved]).await;
    assert_eq!(open_on(&api).await.unwrap(), AUDIO);
    assert_eq!(media.seen()[0].header("xi-api-key"), None);
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_does_not_go_on_but_serves_slices() {
    let stopped = StoppedAt { offset: 3, announced_bytes: None, version: None };
    let wire = Wire::answering([told("done", Some(true)), audio()]).await;
    assert!(elevenlabs(&wire).open_from(&recording(), &stopped).await.unwrap().is_none());
    let wire = Wire::answering([told("done", Some(true)), chunked(AUDIO)]).await;
    let slice = elevenlabs(&wire).slice(&recording(), 10, 5).await.unwrap();
    let expected = AudioSlice {
        content_type: "audio/mpeg",
        first: 10,
        bytes: Bytes::from_static(&AUDIO[10..15]),
        total: Some(AUDIO.len() as u64),
    };
    assert_eq!(slice, expected);
}

#[tokio::test]
async fn without_a_key_nothing_is_asked() {
    let wire = Wire::answering([]).await;
    let error = elevenlabs(&wire).open(&recording_of("idle")).await.map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "provider_refused");
    assert!(wire.seen().is_empty());
}

use bytes::Bytes;
use futures_util::TryStreamExt;
use serde_json::json;

use crate::adapters::http::wire::{Wire, answer, chain};

use super::super::fixtures::{BY_KEY, CALL, call, error, json as json_answer, recorded, recording, recording_of, vapi};
use super::*;

/// What passes for the beginning of a WAV file.
const AUDIO: &[u8] = b"RIFF\x24\0\0\0WAVEfmt abcdefghijklmnopqrst";

fn audio() -> Vec<u8> {
    answer(200, &[("Content-Type", "audio/wav")], AUDIO)
}

fn moved(location: &str) -> Vec<u8> {
    answer(302, &[("Location", location)], "")
}

async fn open_on(wire: &Wire) -> Result<Bytes, FetchError> {
    let opened = vapi(wire).open(&recording()).await?;
    let chunks: Vec<Bytes> = opened.body.try_collect().await?;
    Ok(chunks.concat().into())
}

#[track_caller]
fn assert_fails(result: Result<Bytes, FetchError>, code: &str, detail: &str) {
    let error = result.unwrap_err();
    let chain = chain(&error);
    assert_eq!(error.code(), code, "{chain}");
    assert!(chain.contains(detail), "{chain}");
    assert!(!chain.contains("private-key") && !chain.contains("+1555") && !chain.contains('?'), "{chain}");
}

#[tokio::test]
async fn the_key_does_not_follow_to_where_the_audio_is() {
    let media = Wire::answering([audio()]).await;
    let api = Wire::answering([moved(&media.url("/a.wav?token=hunter2"))]).await;
    assert_eq!(open_on(&api).await.unwrap(), AUDIO);
    assert_eq!(api.lines(), [format!("GET /call/{CALL}/mono-recording")]);
    assert_eq!(api.seen()[0].header("authorization"), Some(BY_KEY));
    assert_eq!(media.lines(), ["GET /a.wav?token=hunter2"]);
    assert_eq!(media.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn each_variant_has_its_own_path() {
    for variant in ["mono", "stereo", "customer", "assistant"] {
        let wire = Wire::answering([audio()]).await;
        vapi(&wire).open(&recording_of("acme", variant)).await.unwrap();
        assert_eq!(wire.lines(), [format!("GET /call/{CALL}/{variant}-recording")]);
        assert_eq!(wire.seen()[0].header("authorization"), Some("Bearer another-key"));
        let url = vapi(&wire).provider_url(&recording_of("acme", variant));
        assert_eq!(url, wire.url(&format!("/call/{CALL}/{variant}-recording")));
    }
}

#[tokio::test]
async fn statuses_have_their_meaning() {
    for (answered, code, detail) in [
        (error(401), "provider_refused", "HTTP 401"),
        (error(403), "provider_refused", "HTTP 403"),
        (error(429), "provider_throttled", "HTTP 429"),
        (error(500), "provider_unavailable", "HTTP 500"),
        (error(503), "provider_unavailable", "HTTP 503"),
        (error(400), "provider_broken", "HTTP 400"),
        (answer(204, &[], ""), "provider_broken", "HTTP 204"),
        (json_answer(200, "{}"), "provider_broken", "content type"),
        (answer(200, &[("Content-Type", "text/html")], "<html>"), "provider_broken", "content type"),
        (moved("https://169.254.169.254/latest"), "provider_broken", "not public"),
        (Vec::new(), "provider_unavailable", "broke off"),
    ] {
        assert_fails(open_on(&Wire::answering([answered]).await).await, code, detail);
    }
}

#[tokio::test]
async fn the_call_tells_what_a_missing_recording_means() {
    for (looked, code, detail) in [
        (json_answer(200, &call(recorded()).to_string()), "provider_not_ready", "has a recording"),
        (json_answer(200, &call(json!({"status": "in-progress"})).to_string()), "provider_not_ready", "not over"),
        (
            json_answer(200, &call(json!({"endedAt": "2024-03-15T14:29:00Z"})).to_string()),
            "provider_not_ready",
            "not over, or just so",
        ),
        (json_answer(200, &call(json!({"status": "+15551234567"})).to_string()), "provider_not_ready", "not known"),
        (
            json_answer(200, &call(json!({})).to_string()),
            "provider_absent",
            "no recording was made (customer-ended-call)",
        ),
        (
            json_answer(200, &call(json!({"endedReason": "+15551234567"})).to_string()),
            "provider_absent",
            "no recording was made",
        ),
        (error(404), "provider_not_ready", "does not know the call"),
        (answer(404, &[], "<html>"), "provider_unavailable", "not from the API"),
        (error(401), "provider_refused", "HTTP 401"),
        (error(429), "provider_throttled", "HTTP 429"),
        (error(502), "provider_unavailable", "HTTP 502"),
        (json_answer(200, r#"{"id":"another"}"#), "provider_unavailable", "not the call's JSON"),
        (answer(200, &[], "<html>+15551234567</html>"), "provider_unavailable", "not the call's JSON"),
    ] {
        let wire = Wire::answering([error(404), looked]).await;
        assert_fails(open_on(&wire).await, code, detail);
        assert_eq!(wire.lines()[1], format!("GET /call/{CALL}"));
        assert_eq!(wire.seen()[1].header("authorization"), Some(BY_KEY));
    }
}

#[tokio::test]
async fn a_link_that_died_is_worth_another_try() {
    let media = Wire::answering([answer(403, &[], "<Error><Code>AccessDenied</Code></Error>")]).await;
    let api = Wire::answering([moved(&media.url("/a.wav"))]).await;
    assert_fails(open_on(&api).await, "provider_unavailable", "HTTP 403 from the media host");
}

#[tokio::test]
async fn audio_goes_on_where_it_stopped_behind_the_redirect() {
    let part = answer(
        206,
        &[("Content-Type", "audio/wav"), ("Content-Range", "bytes 30-33/34"), ("ETag", "\"v1\"")],
        &AUDIO[30..],
    );
    let media = Wire::answering([part]).await;
    let api = Wire::answering([moved(&media.url("/a.wav"))]).await;
    let stopped = StoppedAt { offset: 30, announced_bytes: Some(34), version: Some("\"v1\"".to_owned()) };
    let opened = vapi(&api).open_from(&recording(), &stopped).await.unwrap().expect("it goes on");
    assert_eq!(opened.announced_bytes, Some(34));
    for asked in api.seen().iter().chain(&media.seen()) {
        assert_eq!((asked.header("range"), asked.header("if-range")), (Some("bytes=30-"), Some("\"v1\"")));
    }
}

#[tokio::test]
async fn a_slice_is_of_the_kind_that_the_answer_says() {
    for (said, first, expected) in [
        ("audio/wav", 0, "audio/wav"),
        ("audio/x-wav", 5, "audio/wav"),
        ("application/octet-stream", 5, "audio/wav"),
        ("audio/mpeg", 5, "audio/mpeg"),
    ] {
        let wire = Wire::answering([answer(200, &[("Content-Type", said)], AUDIO)]).await;
        let slice = vapi(&wire).slice(&recording(), first, 3).await.unwrap();
        assert_eq!((slice.content_type, slice.bytes.len(), slice.total), (expected, 3, Some(AUDIO.len() as u64)));
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_asked() {
    let wire = Wire::answering([]).await;
    let error = vapi(&wire).open(&recording_of("idle", "mono")).await.map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "provider_refused");
    assert!(wire.seen().is_empty());
}

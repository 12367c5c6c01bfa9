use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};

use crate::adapters::http::wire::{Step, Wire, answer, chain, client, client_waiting, head};
use crate::adapters::twilio::fixtures::{
    ACCOUNT, BY_TOKEN, RECORDING, audio, json, path, recording, recording_of, twilio, twilio_with, xml,
};

use super::*;

/// What came of it, as a ledger entry would hold it.
async fn open_on(wire: &Wire) -> Result<String, FetchError> {
    read(twilio(wire).await.open(&recording()).await?).await
}

async fn read<B>(audio: OpenedAudio<B>) -> Result<String, FetchError>
where
    B: futures_util::Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    let chunks: Vec<Bytes> = audio.body.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

async fn open(answers: impl IntoIterator<Item = Vec<u8>>) -> Result<String, FetchError> {
    open_on(&Wire::answering(answers).await).await
}

#[track_caller]
fn assert_fails(result: Result<String, FetchError>, code: &str, detail: &str) {
    let error = result.unwrap_err();
    let chain = chain(&error);
    assert_eq!(error.code(), code, "{chain}");
    assert!(chain.contains(detail), "{chain}");
    assert!(!chain.contains("auth-token") && !chain.contains("+1555") && !chain.contains('?'), "{chain}");
}

#[tokio::test]
async fn audio_is_asked_for_by_ids_and_with_credentials() {
    let wire = Wire::answering([audio("audio")]).await;
    let opened = twilio(&wire).await.open(&recording()).await.unwrap();
    assert_eq!(opened.announced_bytes, Some(5));
    assert_eq!(read(opened).await.unwrap(), "audio");
    assert_eq!(wire.lines(), [format!("GET {}", path(".mp3?RequestedChannels=1"))]);
    assert_eq!(wire.seen()[0].header("authorization"), Some(BY_TOKEN));
}

#[tokio::test]
async fn credentials_do_not_follow_to_the_media_host() {
    let media = Wire::answering([audio("audio")]).await;
    let location = media.url("/media?token=hunter2");
    let api = Wire::answering([answer(307, &[("Location", &location)], "")]).await;
    assert_eq!(open_on(&api).await.unwrap(), "audio");
    assert_eq!(media.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_recording_without_a_second_channel_is_fetched_with_one() {
    let wire = Wire::answering([xml(400, 20001), audio("mono")]).await;
    let twilio = twilio_with(client(), &wire, Channels::Dual).await;
    assert_eq!(read(twilio.open(&recording()).await.unwrap()).await.unwrap(), "mono");
    let asked = [2, 1].map(|channels| format!("GET {}", path(&format!(".mp3?RequestedChannels={channels}"))));
    assert_eq!(wire.lines(), asked);
}

#[tokio::test]
async fn two_channels_are_asked_for_once_where_they_are_there() {
    let wire = Wire::answering([audio("dual")]).await;
    let twilio = twilio_with(client(), &wire, Channels::Dual).await;
    assert_eq!(read(twilio.open(&recording()).await.unwrap()).await.unwrap(), "dual");
}

#[tokio::test]
async fn statuses_have_their_meaning() {
    assert_fails(open([xml(400, 20001)]).await, "provider_broken", "HTTP 400, code 20001");
    assert_fails(open([xml(401, 20003)]).await, "provider_refused", "HTTP 401, code 20003");
    assert_fails(open([answer(403, &[], "")]).await, "provider_refused", "HTTP 403");
    assert_fails(open([answer(429, &[], "")]).await, "provider_throttled", "HTTP 429");
    assert_fails(open([json(400, r#"{"code":20429}"#)]).await, "provider_throttled", "code 20429");
    assert_fails(open([answer(408, &[], "")]).await, "provider_unavailable", "HTTP 408");
    assert_fails(open([answer(500, &[], "+15551234567")]).await, "provider_unavailable", "HTTP 500");
    assert_fails(open([answer(503, &[], "")]).await, "provider_unavailable", "HTTP 503");
    assert_fails(open([answer(204, &[], "")]).await, "provider_broken", "HTTP 204");
    assert_fails(open([answer(418, &[], "")]).await, "provider_broken", "HTTP 418");
    let to_metadata_service = answer(302, &[("Location", "https://169.254.169.254/latest")], "");
    assert_fails(open([to_metadata_service]).await, "provider_broken", "not public");
    assert_fails(open([Vec::new()]).await, "provider_unavailable", "broke off");
}

#[tokio::test]
async fn twilios_wish_to_be_left_alone_is_passed_on() {
    let error = open([answer(429, &[("Retry-After", "17")], "")]).await.unwrap_err();
    let FetchError::Throttled(error) = error else { panic!("{error}") };
    assert_eq!(error.kind, ErrorKind::Throttled { retry_after: Some(Duration::from_secs(17)) });
}

#[tokio::test]
async fn metadata_tells_what_a_missing_audio_means() {
    let cases = [
        (json(200, r#"{"status":"in-progress"}"#), "provider_not_ready", "in-progress"),
        (json(200, r#"{"status":"processing"}"#), "provider_not_ready", "processing"),
        (json(200, r#"{"status":"paused"}"#), "provider_not_ready", "paused"),
        (json(200, r#"{"status":"stopped"}"#), "provider_not_ready", "stopped"),
        (json(200, r#"{"status":"completed","error_code":null}"#), "provider_not_ready", "completed"),
        (json(200, r#"{"status":"+15551234567"}"#), "provider_not_ready", "something unknown"),
        (json(200, r#"{"status":"absent","error_code":16101}"#), "provider_gone", "absent (16101)"),
        (json(200, r#"{"status":"deleted"}"#), "provider_gone", "deleted"),
        (json(404, r#"{"code":20404}"#), "provider_not_ready", "does not know"),
        (json(401, r#"{"code":20003}"#), "provider_refused", "code 20003"),
        (json(429, r#"{"code":20429}"#), "provider_throttled", "code 20429"),
        (answer(502, &[], ""), "provider_unavailable", "HTTP 502"),
        (answer(200, &[], "<html>+15551234567</html>"), "provider_unavailable", "not a recording's JSON"),
        (answer(302, &[("Location", "https://example.com/")], ""), "provider_broken", "HTTP 302"),
    ];
    for (metadata, code, detail) in cases {
        let wire = Wire::answering([xml(404, 20404), metadata]).await;
        assert_fails(open_on(&wire).await, code, detail);
        let [_, look] = &wire.seen()[..] else { panic!("two requests") };
        assert_eq!(look.line(), format!("GET {}", path(".json?IncludeSoftDeleted=true")));
        assert_eq!(look.header("authorization"), Some(BY_TOKEN));
    }
}

#[tokio::test]
async fn a_media_link_that_died_is_worth_another_try() {
    let media = Wire::answering([answer(403, &[], "<Error><Code>AccessDenied</Code></Error>")]).await;
    let api = Wire::answering([answer(302, &[("Location", &media.url("/media"))], "")]).await;
    assert_fails(open_on(&api).await, "provider_unavailable", "HTTP 403 from the media host");
}

#[tokio::test]
async fn only_what_may_be_audio_is_opened() {
    let with_type = |value: &str| answer(200, &[("Content-Type", value)], "body");
    for value in
        ["audio/mpeg", "audio/x-wav", "Audio/MPEG; rate=8000", "application/octet-stream", "binary/octet-stream"]
    {
        assert_eq!(open([with_type(value)]).await.unwrap(), "body", "{value}");
    }
    assert_eq!(open([answer(200, &[], "body")]).await.unwrap(), "body");
    for value in ["text/xml", "application/xml", "text/html; charset=utf-8", "application/json", "text/plain", ""] {
        assert_fails(open([with_type(value)]).await, "provider_broken", "content type");
    }
}

#[tokio::test]
async fn a_chunked_body_announces_no_length() {
    let chunked = [head(200, &[("Content-Type", "audio/mpeg"), ("Transfer-Encoding", "chunked")])];
    let whole = [&chunked[0][..], b"3\r\naud\r\n2\r\nio\r\n0\r\n\r\n"].concat();
    let wire = Wire::answering([whole]).await;
    let opened = twilio(&wire).await.open(&recording()).await.unwrap();
    assert_eq!(opened.announced_bytes, None);
    assert_eq!(read(opened).await.unwrap(), "audio");

    let cut = [&chunked[0][..], b"3\r\naud\r\n2\r\ni"].concat();
    assert_fails(open([cut]).await, "provider_unavailable", "broke off");
    let without_end = [&chunked[0][..], b"3\r\naud\r\n"].concat();
    assert_fails(open([without_end]).await, "provider_unavailable", "broke off");
}

#[tokio::test]
async fn a_body_that_ends_early_is_an_error() {
    let short = [head(200, &[("Content-Type", "audio/mpeg"), ("Content-Length", "6")]), b"audio".to_vec()].concat();
    assert_fails(open([short]).await, "provider_unavailable", "broke off");
}

#[tokio::test]
async fn a_body_that_falls_silent_is_an_error() {
    let start = [head(200, &[("Content-Type", "audio/mpeg"), ("Content-Length", "6")]), b"audio".to_vec()].concat();
    let wire = Wire::start(move |_| vec![Step::Send(start.clone()), Step::Hang]).await;
    let twilio = twilio_with(client_waiting(Duration::from_millis(50)), &wire, Channels::Mono).await;
    let mut opened = twilio.open(&recording()).await.unwrap();
    assert_eq!(opened.body.next().await.unwrap().unwrap(), "audio");
    let error = opened.body.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), "provider_unavailable");
    assert!(chain(&error).contains("no answer in time"), "{}", chain(&error));
}

fn stopped() -> StoppedAt {
    StoppedAt { offset: 3, announced_bytes: Some(5), version: Some("\"v1\"".to_owned()) }
}

fn partial(range: &str, tag: &str, body: &str) -> Vec<u8> {
    answer(206, &[("Content-Type", "audio/mpeg"), ("Content-Range", range), ("ETag", tag)], body)
}

#[tokio::test]
async fn audio_goes_on_where_it_stopped_behind_a_redirect_too() {
    let media = Wire::answering([partial("bytes 3-4/5", "\"v1\"", "io")]).await;
    let api = Wire::answering([answer(302, &[("Location", &media.url("/media?token=t"))], "")]).await;
    let opened = twilio(&api).await.open_from(&recording(), &stopped()).await.unwrap().expect("it goes on");
    assert_eq!((opened.announced_bytes, opened.version.as_deref()), (Some(5), Some("\"v1\"")));
    assert_eq!(read(opened).await.unwrap(), "io");
    for asked in api.seen().iter().chain(&media.seen()) {
        assert_eq!((asked.header("range"), asked.header("if-range")), (Some("bytes=3-"), Some("\"v1\"")));
    }
    assert_eq!(media.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn audio_goes_on_only_as_what_it_was() {
    let unsatisfiable = |range: &str| answer(416, &[("Content-Range", range)], "");
    for (answered, goes_on) in [
        (partial("bytes 3-4/5", "\"v1\"", "io"), true),
        (unsatisfiable("bytes */3"), false),
        (audio("audio"), false),
        (partial("bytes 3-5/6", "\"v1\"", "ion"), false),
        (partial("bytes 2-4/5", "\"v1\"", "dio"), false),
        (partial("bytes 3-4/*", "\"v1\"", "io"), false),
        (partial("bytes 3-4/5", "\"v2\"", "io"), false),
        (partial("bytes 3-4/5", "W/\"v1\"", "io"), false),
        (partial("nonsense", "\"v1\"", "io"), false),
    ] {
        let wire = Wire::answering([answered.clone()]).await;
        let opened = twilio(&wire).await.open_from(&recording(), &stopped()).await.unwrap();
        assert_eq!(opened.is_some(), goes_on, "{}", String::from_utf8_lossy(&answered));
    }
}

#[tokio::test]
async fn what_was_read_whole_ends_there() {
    let whole = StoppedAt { offset: 5, announced_bytes: None, version: None };
    let wire = Wire::answering([answer(416, &[("Content-Range", "bytes */5")], "")]).await;
    let opened = twilio(&wire).await.open_from(&recording(), &whole).await.unwrap().expect("the end");
    assert_eq!(opened.announced_bytes, Some(5));
    assert_eq!(read(opened).await.unwrap(), "");
}

#[tokio::test]
async fn what_fails_from_the_middle_fails_as_from_the_start() {
    for (answers, code) in [
        (vec![answer(429, &[], "")], "provider_throttled"),
        (vec![answer(503, &[], "")], "provider_unavailable"),
        (vec![xml(404, 20404), json(200, r#"{"status":"deleted"}"#)], "provider_gone"),
        (
            vec![answer(
                206,
                &[("Content-Type", "text/html"), ("Content-Range", "bytes 3-4/5"), ("ETag", "\"v1\"")],
                "<b",
            )],
            "provider_broken",
        ),
    ] {
        let wire = Wire::answering(answers).await;
        let failed = twilio(&wire).await.open_from(&recording(), &stopped()).await.map(|_| ());
        assert_eq!(failed.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn without_an_account_nothing_is_asked() {
    let wire = Wire::answering([]).await;
    let error = twilio(&wire).await.open(&recording_of("idle")).await.map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "provider_refused");
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn the_providers_url_names_the_account_before_anything_was_fetched() {
    let wire = Wire::answering([]).await;
    let twilio = twilio(&wire).await;
    let expected = wire.url(&format!("/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.mp3"));
    assert_eq!(twilio.provider_url(&recording()), expected);
    assert_eq!(twilio.provider_url(&recording_of("acme")), expected);
    assert_eq!(
        twilio.provider_url(&recording_of("idle")),
        wire.url(&format!("/2010-04-01/Recordings/{RECORDING}.mp3"))
    );
}

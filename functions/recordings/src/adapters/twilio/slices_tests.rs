use std::time::Duration;

use bytes::Bytes;

use crate::adapters::http::wire::{Step, Wire, answer, chain, client, client_waiting, head};
use crate::adapters::media::{self, Pace};
use crate::adapters::twilio::fixtures::{BY_TOKEN, json, path, recording, twilio, twilio_with, xml};
use crate::ports::{AudioSlice, AudioSlices, FetchError};
use crate::recording::Channels;

/// What passes for the beginning of an MP3.
const AUDIO: &[u8] = b"ID3\x04\0\0\0\0\0\x01abcdefghijklmnopqrstuvwxyz";

async fn slice_on(wire: &Wire, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
    twilio(wire).await.slice(&recording(), first, most).await
}

async fn slice(answered: Vec<u8>, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
    slice_on(&Wire::answering([answered]).await, first, most).await
}

fn part(range: &str, body: &[u8]) -> Vec<u8> {
    answer(206, &[("Content-Type", "audio/mpeg"), ("Content-Range", range)], body)
}

fn whole(body: &[u8]) -> Vec<u8> {
    answer(200, &[("Content-Type", "audio/mpeg")], body)
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let head = head(200, &[("Content-Type", "audio/mpeg"), ("Transfer-Encoding", "chunked")]);
    let (one, other) = body.split_at(7);
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    [head, chunk(one), chunk(other), b"0\r\n\r\n".to_vec()].concat()
}

fn given(first: u64, bytes: &[u8], total: Option<u64>) -> AudioSlice {
    AudioSlice { content_type: "audio/mpeg", first, bytes: Bytes::copy_from_slice(bytes), total }
}

#[tokio::test]
async fn a_part_is_asked_for_behind_a_redirect_and_without_credentials_there() {
    let media = Wire::answering([part("bytes 12-15/36", &AUDIO[12..16])]).await;
    let api = Wire::answering([answer(302, &[("Location", &media.url("/media?token=t"))], "")]).await;
    assert_eq!(slice_on(&api, 12, 4).await.unwrap(), given(12, &AUDIO[12..16], Some(36)));
    assert_eq!(api.lines(), [format!("GET {}", path(".mp3?RequestedChannels=1"))]);
    assert_eq!(api.seen()[0].header("authorization"), Some(BY_TOKEN));
    assert_eq!(media.seen()[0].header("authorization"), None);
    for asked in api.seen().iter().chain(&media.seen()) {
        assert_eq!(asked.header("range"), Some("bytes=12-15"));
    }
}

#[tokio::test]
async fn a_slice_is_the_same_whatever_the_provider_does_with_ranges() {
    for (first, most, expected) in [
        (0, 36, given(0, AUDIO, Some(36))),
        (0, 2, given(0, &AUDIO[..2], Some(36))),
        (0, 20, given(0, &AUDIO[..20], Some(36))),
        (3, 10, given(3, &AUDIO[3..13], Some(36))),
        (35, 1, given(35, &AUDIO[35..], Some(36))),
        (20, 100, given(20, &AUDIO[20..], Some(36))),
        (36, 5, given(36, b"", Some(36))),
        (50, u64::MAX, given(50, b"", Some(36))),
    ] {
        let last = (first + most.clamp(12, 100)).min(36);
        let from_a_part = match first < 36 {
            true => part(&format!("bytes {first}-{}/36", last - 1), &AUDIO[first as usize..last as usize]),
            false => answer(416, &[("Content-Range", "bytes */36")], "<html>"),
        };
        // The server may end where it was told to, or a little later.
        assert_eq!(slice(from_a_part, first, most).await.unwrap(), expected, "206 {first} {most}");
        assert_eq!(slice(whole(AUDIO), first, most).await.unwrap(), expected, "200 {first} {most}");
        assert_eq!(slice(chunked(AUDIO), first, most).await.unwrap(), expected, "chunked {first} {most}");
    }
}

#[tokio::test]
async fn a_part_of_what_nobody_knows_the_size_of_has_no_total() {
    assert_eq!(slice(part("bytes 12-15/*", &AUDIO[12..16]), 12, 4).await.unwrap(), given(12, &AUDIO[12..16], None));
    assert_eq!(slice(answer(416, &[], ""), 50, 4).await.unwrap(), given(50, b"", None));
}

/// A provider that sends so much and then nothing more, and a listener who does not wait long.
async fn from_a_slow_one(start: Vec<u8>, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
    const PACE: Pace = Pace { filling: Duration::from_millis(50), counting: Duration::from_millis(50) };
    let wire = Wire::start(move |_| vec![Step::Send(start.clone()), Step::Hang]).await;
    let twilio = twilio_with(client_waiting(Duration::from_millis(500)), &wire, Channels::Mono).await;
    media::slice_at(&twilio, PACE, &recording(), first, most).await
}

#[tokio::test]
async fn the_size_is_not_counted_for_ever() {
    let head = head(200, &[("Content-Type", "audio/mpeg"), ("Transfer-Encoding", "chunked")]);
    let start = [&head, &b"24\r\n"[..], AUDIO, b"\r\n"].concat();
    assert_eq!(from_a_slow_one(start, 0, 20).await.unwrap(), given(0, &AUDIO[..20], None));
}

#[tokio::test]
async fn of_a_slow_provider_comes_what_has_come() {
    let head = |status, range: &str| {
        head(status, &[("Content-Type", "audio/mpeg"), ("Content-Range", range), ("Content-Length", "36")])
    };
    let part = [head(206, "bytes 0-35/36"), AUDIO[..20].to_vec()].concat();
    assert_eq!(from_a_slow_one(part, 0, 36).await.unwrap(), given(0, &AUDIO[..20], Some(36)));
    let whole = [head(200, ""), AUDIO[..20].to_vec()].concat();
    assert_eq!(from_a_slow_one(whole.clone(), 4, 36).await.unwrap(), given(4, &AUDIO[4..20], Some(36)));
    let nothing_of_it = from_a_slow_one(whole, 30, 6).await.unwrap_err();
    assert_eq!(nothing_of_it.code(), "provider_unavailable");
}

#[tokio::test]
async fn what_is_not_the_part_that_was_asked_for_is_refused() {
    for (answered, code, detail) in [
        (part("bytes 11-14/36", &AUDIO[11..15]), "provider_broken", "another part"),
        (part("bytes 12-13/36", &AUDIO[12..14]), "provider_broken", "another part"),
        (part("nonsense", &AUDIO[12..16]), "provider_broken", "without a range"),
        (part("bytes */36", b""), "provider_broken", "without bytes"),
        (answer(206, &[("Content-Type", "audio/mpeg")], "mnop"), "provider_broken", "without a range"),
        (part("bytes 12-15/36", &AUDIO[12..14]), "provider_unavailable", "ended early"),
        (answer(206, &[("Content-Type", "multipart/byteranges")], "--x"), "provider_broken", "content type"),
        (
            answer(206, &[("Content-Type", "text/html"), ("Content-Range", "bytes 12-15/36")], "html"),
            "provider_broken",
            "content type",
        ),
        (answer(200, &[("Content-Type", "application/xml")], "<a/>"), "provider_broken", "content type"),
        (answer(429, &[], ""), "provider_throttled", "429"),
        (answer(503, &[], ""), "provider_unavailable", "503"),
        (xml(401, 20003), "provider_refused", "code 20003"),
    ] {
        let error = slice(answered, 12, 4).await.unwrap_err();
        assert_eq!(error.code(), code, "{}", chain(&error));
        assert!(chain(&error).contains(detail), "{}", chain(&error));
    }
}

#[tokio::test]
async fn what_begins_as_no_audio_is_no_audio_whatever_its_type_says() {
    let page: &[u8] = b"<!DOCTYPE html><html><head><title>502</title>";
    for answered in [
        whole(page),
        part("bytes 0-11/45", &page[..12]),
        whole(b""),
        answer(416, &[("Content-Range", "bytes */0")], ""),
    ] {
        assert_eq!(slice(answered, 0, 1).await.unwrap_err().code(), "provider_broken");
    }
}

#[tokio::test]
async fn what_is_missing_is_told_apart_as_for_the_whole() {
    for (metadata, code) in [
        (json(200, r#"{"status":"processing"}"#), "provider_not_ready"),
        (json(200, r#"{"status":"deleted"}"#), "provider_gone"),
    ] {
        let wire = Wire::answering([xml(404, 20404), metadata]).await;
        assert_eq!(slice_on(&wire, 0, 1).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn a_recording_without_a_second_channel_is_heard_with_one() {
    let wire = Wire::answering([xml(400, 20001), part("bytes 12-15/36", &AUDIO[12..16])]).await;
    let twilio = twilio_with(client(), &wire, Channels::Dual).await;
    assert_eq!(twilio.slice(&recording(), 12, 4).await.unwrap().bytes, &AUDIO[12..16]);
    assert!(wire.seen().iter().all(|asked| asked.header("range") == Some("bytes=12-15")));
}

#[tokio::test]
async fn a_body_that_breaks_off_or_falls_silent_is_an_error() {
    let start = [head(200, &[("Content-Type", "audio/mpeg"), ("Content-Length", "36")]), AUDIO[..15].to_vec()].concat();
    assert_eq!(slice(start.clone(), 12, 4).await.unwrap_err().code(), "provider_unavailable");
    let wire = Wire::start(move |_| vec![Step::Send(start.clone()), Step::Hang]).await;
    let twilio = twilio_with(client_waiting(Duration::from_millis(50)), &wire, Channels::Mono).await;
    assert_eq!(twilio.slice(&recording(), 12, 4).await.unwrap_err().code(), "provider_unavailable");
    assert_eq!(twilio.slice(&recording(), 12, 3).await.unwrap().bytes, &AUDIO[12..15], "what was wanted had come");
}

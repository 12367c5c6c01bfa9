//! What is to be heard in a recording is found out once it is safe, and stops nothing.

use bytes::Bytes;
use recordings::audio::{Container, Finding, Waveform};
use recordings::fakes::{Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::ObjectKey;
use recordings::ports::{ErrorKind, TransferQueue};
use recordings::recording::{RecordingRef, Report};

use crate::logs;
use crate::stage::{Stage, recorded, recorded_as};

const SPEECH: &[u8] = include_bytes!("../../../recordings/src/audio/fixtures/pcm16_8000_stereo.wav");
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

/// A recording of this audio that has come home, and whether anything is left to do for it.
fn stored(bytes: &[u8], seconds: u32) -> (Stage, RecordingRef) {
    stored_as(ProviderRecording::completed(Bytes::copy_from_slice(bytes)), seconds)
}

fn stored_as(held: ProviderRecording, seconds: u32) -> (Stage, RecordingRef) {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded_as(&stage.world, &recording, 1, held);
    let report = Report { duration_seconds: Some(seconds), ..request.report.clone() };
    stage.report(&TransferRequest { report, ..request });
    (stage, recording)
}

/// Somebody wants to know what is to be heard.
fn listen(stage: &Stage, recording: &RecordingRef) {
    let entry = stage.world.entry(recording).unwrap();
    let request = TransferRequest::to_listen(&entry, Origin::Demand);
    stage.world.run(TransferQueue::send(&stage.world, &request)).unwrap();
    stage.deliver();
}

fn waveform(stage: &Stage, recording: &RecordingRef) -> Option<Waveform> {
    let written = stage.world.document(&ObjectKey::Waveform(recording).to_string())?;
    Some(serde_json::from_str(&written).unwrap())
}

fn findings(stage: &Stage, recording: &RecordingRef) -> Vec<Finding> {
    stage.world.entry(recording).unwrap().findings()
}

#[test]
fn real_speech_is_drawn_and_nothing_is_found_in_it() {
    let (stage, recording) = stored(SPEECH, 1);
    assert_eq!(waveform(&stage, &recording), None, "nobody asked");
    let records = logs::during(|| listen(&stage, &recording));
    let heard = waveform(&stage, &recording).unwrap();
    assert_eq!((heard.channels.len(), heard.sample_rate, heard.findings), (2, 8_000, vec![]));
    assert_eq!((findings(&stage, &recording), stage.metrics.of("heard")), (vec![], 1.0));
    assert!(logs::types(&records).contains(&"recording_heard"));
    assert_eq!(stage.state(&recording), State::Settled);
}

#[test]
fn what_only_samples_tell_is_flagged_on_the_record_and_stays_when_somebody_listens_again() {
    let silent = [&SPEECH[..44], &vec![0; SPEECH.len() - 44]].concat();
    let (stage, recording) = stored(&silent, 1);
    assert_eq!((findings(&stage, &recording), stage.state(&recording)), (vec![], State::Settled));
    for _ in 0..2 {
        listen(&stage, &recording);
        assert_eq!(findings(&stage, &recording), [Finding::Silence]);
        assert_eq!(waveform(&stage, &recording).unwrap().findings, [Finding::Silence]);
    }
    assert_eq!(stage.metrics.of("heard_something_wrong"), 2.0);
}

#[test]
fn every_recording_is_listened_to_where_that_is_asked_for_and_after_its_line() {
    let stage = Stage::configured(World::new(1), &[("AUDIO_FINDINGS", "every")]);
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    assert!(waveform(&stage, &recording).is_some());
    assert_eq!(stage.state(&recording), State::Settled);
}

/// A broken file, as its provider serves it.
struct Broken {
    name: &'static str,
    bytes: Vec<u8>,
    seconds: u32,
    said: Option<Container>,
    expected: Finding,
}

fn broken_files() -> [Broken; 7] {
    let wav = |seconds| sample::wav(seconds, 1).to_vec();
    let at_the_wrong_rate = {
        let mut bytes = wav(20);
        let rate = u32::from_le_bytes(bytes[24..28].try_into().unwrap());
        bytes[24..28].copy_from_slice(&(rate * 2).to_le_bytes());
        bytes
    };
    let broken = |name, bytes, expected| Broken { name, bytes, seconds: 12, said: None, expected };
    let wrong_extension = broken("wrong extension", wav(12), Finding::OtherFormat);
    let wrong_rate = broken("wrong sample rate", at_the_wrong_rate, Finding::SampleRate);
    [
        broken("empty", Vec::new(), Finding::Empty),
        broken("text", b"<html><body>502 Bad Gateway</body></html>".to_vec(), Finding::Text),
        broken("truncated", wav(12)[..60_000].to_vec(), Finding::Truncated),
        broken("header only", wav(12)[..44].to_vec(), Finding::HeaderOnly),
        broken("bad header", [&wav(12)[..], b"\0\0\0\0\0\0\0\0"].concat(), Finding::BadHeader),
        Broken { said: Some(Container::Mp3), ..wrong_extension },
        Broken { seconds: 20, ..wrong_rate },
    ]
}

#[test]
fn each_kind_of_broken_file_gets_its_finding_and_stops_nothing() {
    const A_DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
    for Broken { name, bytes, seconds, said, expected } in broken_files() {
        let held = ProviderRecording { said, ..ProviderRecording::completed(Bytes::from(bytes)) };
        let (stage, recording) = stored_as(held, seconds);
        let other = sample::recording(2);
        stage.report(&recorded(&stage.world, &other, 1));
        assert_eq!(stage.state(&other), State::Settled, "{name} holds up nobody");
        stage.live_for(A_DAY);
        assert!(findings(&stage, &recording).contains(&expected), "{name}: {:?}", findings(&stage, &recording));
        assert!(stage.world.provider_has(&recording) || name == "wrong extension", "{name}");
        listen(&stage, &recording);
        assert!(findings(&stage, &recording).contains(&expected), "{name}, once somebody listened");
    }
}

#[test]
fn whatever_fails_meanwhile_the_recording_stays_as_it_is_and_nothing_is_tried_again() {
    for port in ["AudioRead", "WaveformStore", "LedgerWrite"] {
        let (stage, recording) = stored(SPEECH, 1);
        let before = stage.world.entry(&recording).unwrap();
        stage.world.set_plan(Plan::none().always(Where::ports(&[port]), DOWN));
        let silent_before = stage.metrics.of("not_heard");
        listen(&stage, &recording);
        let queued = [QueueName::Transfer, QueueName::Retry].map(|queue| stage.world.queued(queue));
        assert_eq!(queued, [0, 0], "{port}");
        assert_eq!(stage.world.entry(&recording).unwrap(), before, "{port}");
        let noticed = stage.metrics.of("not_heard") - silent_before;
        assert_eq!(noticed, if port == "LedgerWrite" { 0.0 } else { 1.0 }, "{port}: nothing was found to be noted");
    }
}

/// A waveform that is there is never asked for again: it must not be there before the record says what was found.
#[test]
fn what_was_found_is_on_the_record_before_the_waveform_is_in_the_bucket() {
    let silent = [&SPEECH[..44], &vec![0; SPEECH.len() - 44]].concat();
    let crash = |port| Plan::none().nth(1, Where::ports(&[port]), Fault::CrashApplied);
    for plan in
        [crash("LedgerWrite"), crash("WaveformStore"), Plan::none().always(Where::ports(&["LedgerWrite"]), DOWN)]
    {
        let (stage, recording) = stored(&silent, 1);
        stage.world.set_plan(plan);
        listen(&stage, &recording);
        let is_drawn = waveform(&stage, &recording).is_some();
        assert!(!is_drawn || findings(&stage, &recording) == [Finding::Silence], "drawn, and nothing said");
        stage.world.set_plan(Plan::none());
        listen(&stage, &recording);
        assert!(waveform(&stage, &recording).is_some() && findings(&stage, &recording) == [Finding::Silence]);
    }
}

#[test]
fn what_was_heard_does_not_outlive_an_erasure() {
    let (stage, recording) = stored(SPEECH, 1);
    listen(&stage, &recording);
    assert!(waveform(&stage, &recording).is_some());
    let entry = stage.world.entry(&recording).unwrap();
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(std::time::Duration::from_secs(3_600)));
    assert_eq!(waveform(&stage, &recording), None);

    // Somebody asked before the erasure, and is heard after it.
    let late = TransferRequest::to_listen(&entry, Origin::Demand);
    stage.world.run(TransferQueue::send(&stage.world, &late)).unwrap();
    stage.deliver();
    assert_eq!((waveform(&stage, &recording), stage.state(&recording)), (None, State::Erased));
}

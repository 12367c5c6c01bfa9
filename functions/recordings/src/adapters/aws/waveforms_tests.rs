use super::super::wire::{CALL, Wire, answer, s3_error};
use super::*;
use crate::audio::{ChannelWaveform, Finding, WAVEFORM_VERSION};
use crate::ports::ErrorKind;
use crate::recording::Provider;

fn recording() -> RecordingRef {
    RecordingRef::parse("acme", Provider::Twilio, CALL, "RE0123456789abcdef0123456789abcdef").unwrap()
}

fn waveform() -> Waveform {
    Waveform {
        version: WAVEFORM_VERSION,
        seconds: 1.5,
        sample_rate: 8_000,
        channels: vec![ChannelWaveform { peaks: vec![0, 40, 100] }],
        findings: vec![Finding::Clipping { channel: 1 }],
    }
}

#[tokio::test]
async fn what_was_heard_is_the_object_of_its_recording() {
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"e\"")], "")]);
    S3Waveforms::new(&clients, "bucket").put(&recording(), &waveform()).await.unwrap();
    let sent = wire.only();
    let key = format!("/bucket/waveforms/{}.json", recording());
    assert!(sent.line.starts_with("PUT ") && sent.line.contains(&key), "{}", sent.line);
    assert_eq!((sent.header("if-none-match"), sent.header("if-match")), (None, None), "who listens again writes again");
    assert_eq!(serde_json::from_value::<Waveform>(sent.json()).unwrap(), waveform());
}

#[tokio::test]
async fn it_is_read_back_and_what_is_none_is_located() {
    let body = serde_json::to_string(&waveform()).unwrap();
    let (_, clients) = Wire::with([
        answer(200, &[("etag", "\"e\"")], &body),
        s3_error(404, "NoSuchKey"),
        answer(200, &[("etag", "\"e\"")], "[]"),
    ]);
    let waveforms = S3Waveforms::new(&clients, "bucket");
    assert_eq!(waveforms.get(&recording()).await.unwrap(), Some(waveform()));
    assert_eq!(waveforms.get(&recording()).await.unwrap(), None);
    assert_eq!(waveforms.get(&recording()).await.unwrap_err().kind, ErrorKind::Invalid);
}

//! The bodies of queue messages, and of the notes in the bucket that are written in the same way.

use std::fmt::Debug;

use recordings::audio::Container;
use recordings::messages::{self, CompletedCall, Continuation, HistoryRequest, TransferRequest};
use recordings::object_key::{AudioPrefix, ObjectKey};
use recordings::ports::{Part, StoppedAt};
use recordings::recording::RecordingRef;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::targets::{Target, Verdict};

pub(crate) const TARGET: Target = Target { name: "messages", body, seeds };

fn body(data: &[u8]) -> Verdict {
    // SQS gives text.
    let body = &*String::from_utf8_lossy(data);
    let transfer: Option<TransferRequest> = read(body);
    let history: Option<HistoryRequest> = read(body);
    let call: Option<CompletedCall> = read(body);
    if let Some(request) = &transfer {
        keys_are_plain(&request.recording);
        let event = request.event();
        assert_eq!((&event.recording, event.continuation.is_none()), (&request.recording, true));
        if let Some(continuation) = &request.continuation {
            goes_on(continuation, &request.recording);
        }
    }
    if let Some(request) = &history {
        keys_are_plain(&request.recording);
        // Source of the limits of a group's name: botocore `data/sqs/2012-11-05/service-2.json`, `MessageGroupId`.
        let group = request.group(&"appA1b2C3d4E5f6G7".parse().unwrap());
        assert!(group.len() <= 128 && group.bytes().all(|b| b.is_ascii_graphic()), "{group}");
    }
    Verdict::taken_if(transfer.is_some() || history.is_some() || call.is_some())
}

/// What is read is of our version, and is written and read as what it was.
fn read<T: DeserializeOwned + Serialize + PartialEq + Debug>(body: &str) -> Option<T> {
    let message: T = messages::read(body).ok()?;
    let written = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<Value>(body).unwrap()["version"], 1);
    assert_eq!(messages::read::<T>(&written).unwrap(), message, "{written}");
    assert!(written.len() <= 6 * body.len() + 1_024, "{} bytes became {}", body.len(), written.len());
    Some(message)
}

/// No id leads out of its folder.
fn keys_are_plain(recording: &RecordingRef) {
    for key in [ObjectKey::Ledger(recording).to_string(), ObjectKey::Open(recording).to_string()] {
        let is_plain = |part: &str| {
            !matches!(part, "" | "." | "..") && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        assert!(key.split('/').count() == 5 && key.split('/').all(is_plain), "{key}");
    }
}

/// Whatever a continuation says, going on from it ends in a value.
fn goes_on(continuation: &Continuation, recording: &RecordingRef) {
    let upload = continuation.upload(recording);
    assert_eq!((&upload.object.key, &upload.id), (&continuation.key, &continuation.upload_id));
    assert!(continuation.parts.iter().zip(1..).all(|(part, number)| part.number == number));
    let mut measurement = continuation.measurement.clone();
    measurement.feed(&[0x55; 300]);
    let _ = measurement.finish();
}

fn seeds() -> Vec<Vec<u8>> {
    const EVENTS: [&str; 3] = [
        include_str!("../../../events/transfer-queue-ten.json"),
        include_str!("../../../events/transfer-history-ten.json"),
        include_str!("../../../events/transfer-queue-one.json"),
    ];
    let bodies = EVENTS.iter().flat_map(|event| {
        let event: Value = serde_json::from_str(event).unwrap();
        let records = event["Records"].as_array().unwrap().clone();
        records.into_iter().map(|record| record["body"].as_str().unwrap().to_owned())
    });
    let mut bodies: Vec<String> = bodies.collect();
    bodies.push(serde_json::to_string(&continued(bodies.last().unwrap())).unwrap());
    bodies.push(
        r#"{"version":1,"organisation":"default","provider":"twilio","call_id":"CA0123456789abcdef0123456789abcdef",
            "job_number":"JOB456","completed_at":"2024-03-15T14:31:22Z"}"#
            .to_owned(),
    );
    bodies.into_iter().map(String::into_bytes).collect()
}

/// A request whose transfer is half done.
pub(crate) fn continued(body: &str) -> TransferRequest {
    let mut request: TransferRequest = messages::read(body).unwrap();
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let mut measurement = recordings::audio::Measurement::new();
    measurement.feed(&recordings::fakes::sample::wav(12, 1)[..50_000]);
    let part = |number| Part { number, etag: format!("\"{number:032x}\""), crc64nvme: "AAAAAAAAAAA=".to_owned() };
    request.continuation = Some(Box::new(Continuation {
        key: prefix.audio_key(&request.recording, request.received_at, None, Container::Wav),
        container: Container::Wav,
        upload_id: "upload-1".to_owned(),
        parts: (1..=3).map(part).collect(),
        stopped: StoppedAt { offset: 50_000, announced_bytes: Some(96_044), version: Some("\"v1\"".to_owned()) },
        measurement,
        outlived: true,
        from_legacy: false,
    }));
    request
}

use super::super::wire::{CALL, Wire, answer, noon, recording, transfer};
use std::time::Duration;

use super::*;
use crate::adapters::aws::SqsRetryQueue;
use crate::messages::MESSAGE_VERSION;
use crate::ports::RetryQueue;
use crate::recording::{JobNumber, RecordingRef};
use crate::secrets::Secrets;

/// Of `acme`, whose recordings these are, and of nobody else.
const ITS_BASE: &str = "appOfAcme00000001";

/// A secret that never changes.
#[derive(Debug)]
struct Fixed;

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        let json = serde_json::json!({
            "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
            "organisations": {
                "acme": {"airtable": {"token": "pat", "base_id": ITS_BASE}}, "bolt": {"airtable": {"token": "pat"}},
                "idle": {},
            },
        });
        Ok(Arc::new(Secrets::parse(&json.to_string()).unwrap()))
    }
}

const URL: &str = "http://aws.test/123456789012/queue";

fn sent_answer() -> http::Response<aws_smithy_types::body::SdkBody> {
    answer(200, &[("content-type", "application/x-amz-json-1.0")], r#"{"MessageId":"m","MD5OfMessageBody":""}"#)
}

fn history(job: Option<&str>, entry_version: &str) -> HistoryRequest {
    HistoryRequest {
        version: MESSAGE_VERSION,
        recording: recording(),
        job_number: job.map(|job| job.parse::<JobNumber>().unwrap()),
        received_at: noon(),
        entry_version: entry_version.to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: false,
    }
}

async fn history_sent(request: &HistoryRequest) -> serde_json::Value {
    let (wire, clients) = Wire::with([sent_answer()]);
    let installations = "appA1b2C3d4E5f6G7".parse().unwrap();
    SqsHistoryQueue::new(&clients, URL, Arc::new(Fixed), installations).send(request).await.unwrap();
    wire.only().json()
}

#[tokio::test]
async fn a_transfer_goes_to_its_queue_in_its_organisations_group() {
    let (wire, clients) = Wire::with([sent_answer()]);
    SqsTransferQueue::new(&clients, URL).send(&transfer()).await.unwrap();
    let sent = wire.only();
    assert_eq!(sent.header("x-amz-target"), Some("AmazonSQS.SendMessage"));
    let json = sent.json();
    assert_eq!((&json["QueueUrl"], &json["MessageGroupId"]), (&URL.into(), &"acme".into()));
    let body: TransferRequest = serde_json::from_str(json["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(body, transfer());
}

#[tokio::test]
async fn a_history_waits_behind_its_job_and_the_same_state_comes_once() {
    let json = history_sent(&history(Some("JOB456"), "v1")).await;
    assert_eq!(json["MessageGroupId"], format!("{ITS_BASE}.job.JOB456"));
    let id = json["MessageDeduplicationId"].as_str().unwrap();
    assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert_eq!(history_sent(&history(Some("JOB456"), "v1")).await["MessageDeduplicationId"], id);
    assert_ne!(history_sent(&history(Some("JOB456"), "v2")).await["MessageDeduplicationId"], id);
    let unknown = history_sent(&history(None, "v1")).await;
    assert_eq!(unknown["MessageGroupId"], format!("{ITS_BASE}.call.{CALL}"));
    assert_ne!(unknown["MessageDeduplicationId"], id, "it may be sent again as soon as its job is known");
}

#[tokio::test]
async fn a_job_is_its_bases_and_organisations_that_share_one_share_its_jobs() {
    for (organisation, base) in [
        ("acme", ITS_BASE),
        ("bolt", "appA1b2C3d4E5f6G7"),
        ("idle", "appA1b2C3d4E5f6G7"),
        ("gone", "appA1b2C3d4E5f6G7"),
    ] {
        let recording = RecordingRef { organisation: organisation.parse().unwrap(), ..recording() };
        let json = history_sent(&HistoryRequest { recording, ..history(Some("JOB456"), "v1") }).await;
        assert_eq!(json["MessageGroupId"], format!("{base}.job.JOB456"), "{organisation}");
    }
}

#[tokio::test]
async fn a_retry_waits_as_long_as_sqs_can() {
    for (delay, seconds) in [(0.0, 0), (0.2, 1), (300.0, 300), (900.0, 900), (2400.0, 900), (1e12, 900)] {
        let (wire, clients) = Wire::with([sent_answer()]);
        let delay = Duration::from_secs_f64(delay);
        SqsRetryQueue::new(&clients, URL).send(&transfer(), delay).await.unwrap();
        let sent = wire.only().json();
        assert_eq!(sent["DelaySeconds"], seconds, "{delay:?}");
        assert_eq!((&sent["MessageGroupId"], sent.get("MessageDeduplicationId")), (&"acme".into(), None));
    }
}

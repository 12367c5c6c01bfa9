use serde_json::json;

use super::super::wire::{CALL, RECORDING, Wire, answer, noon, recording, s3_error};
use super::*;
use crate::ports::{DeletedBecause, ErrorKind};
use crate::recording::{CallRef, Provider};

fn receipt() -> Receipt {
    Receipt {
        call: CallRef::parse("acme", Provider::Twilio, CALL).unwrap(),
        recording_id: Some(recording().recording_id),
        why: DeletedBecause::Orphaned,
        at: noon(),
        filed_at: noon(),
        bytes: 9,
        crc64nvme: Some("rosUhgp5mIg=".to_owned()),
        number: 255,
    }
}

#[tokio::test]
async fn a_receipt_says_what_was_deleted_and_why() {
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"e\"")], "")]);
    assert_eq!(Receipts::append(&S3Receipts::new(&clients, "bucket"), &receipt()).await.unwrap(), Put::Created);
    let sent = wire.only();
    let key = format!("/bucket/receipts/acme/2024/03/15/twilio-{CALL}-00000000000000ff.json");
    assert!(sent.line.starts_with("PUT ") && sent.line.contains(&key), "{}", sent.line);
    assert_eq!(sent.header("if-none-match"), Some("*"));
    let said = json!({
        "organisation": "acme", "provider": "twilio", "call_id": CALL, "recording_id": RECORDING, "why": "orphaned",
        "at": "2024-03-15T12:00:00.25Z", "bytes": 9, "crc64nvme": "rosUhgp5mIg=",
    });
    assert_eq!(sent.json(), said);
}

#[tokio::test]
async fn a_receipt_that_is_there_is_told_apart_from_a_race() {
    let (wire, clients) = Wire::with([
        s3_error(412, "PreconditionFailed"),
        s3_error(409, "ConditionalRequestConflict"),
        s3_error(500, "InternalError"),
    ]);
    let receipts = S3Receipts::new(&clients, "bucket");
    assert_eq!(Receipts::append(&receipts, &receipt()).await.unwrap(), Put::Occupied);
    assert_eq!(Receipts::append(&receipts, &receipt()).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(Receipts::append(&receipts, &receipt()).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(wire.sent().len(), 3, "each was sent once");
}

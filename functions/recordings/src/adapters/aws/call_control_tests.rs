use serde_json::json;

use super::super::wire::{CALL, Wire, answer, noon, s3_error};
use super::*;
use crate::recording::Provider;

fn call() -> CallRef {
    CallRef::parse("acme", Provider::Twilio, CALL).unwrap()
}

#[tokio::test]
async fn what_is_decided_lies_next_to_the_entries_and_is_written_from_what_was_read() {
    let (wire, clients) =
        Wire::with([answer(200, &[("etag", "\"one\"")], ""), answer(200, &[("etag", "\"two\"")], "")]);
    let port = S3CallControl::new(&clients, "bucket");
    let first = CallControl::of(call());
    let version = port.write(&first, None).await.unwrap();
    assert_eq!(version, Version("\"one\"".to_owned()));
    port.write(&first.erased(noon(), "user-7").unwrap(), Some(&version)).await.unwrap();

    let sent = wire.sent();
    let key = format!("/bucket/ledger/acme/twilio/{CALL}.json");
    assert!(sent.iter().all(|sent| sent.line.starts_with("PUT ") && sent.line.contains(&key)), "{sent:?}");
    assert_eq!((sent[0].header("if-none-match"), sent[0].header("if-match")), (Some("*"), None));
    assert_eq!((sent[1].header("if-none-match"), sent[1].header("if-match")), (None, Some("\"one\"")));
    let said = json!({
        "schema": 1, "organisation": "acme", "provider": "twilio", "call_id": CALL, "hold": false,
        "erased": {"at": "2024-03-15T12:00:00.25Z", "by": "user-7"},
    });
    assert_eq!(sent[1].json(), said);
}

#[tokio::test]
async fn who_comes_second_meets_a_conflict() {
    let (_wire, clients) = Wire::with([s3_error(412, "PreconditionFailed"), s3_error(404, "NoSuchKey")]);
    let port = S3CallControl::new(&clients, "bucket");
    let control = CallControl::of(call());
    for read in [None, Some(Version("\"one\"".to_owned()))] {
        assert_eq!(port.write(&control, read.as_ref()).await.unwrap_err().kind, ErrorKind::Conflict);
    }
}

#[tokio::test]
async fn what_is_about_another_call_is_not_believed() {
    let other = CallControl::of(CallRef::parse("other", Provider::Twilio, CALL).unwrap());
    let body = serde_json::to_string(&other).unwrap();
    let (_wire, clients) = Wire::with([answer(200, &[("etag", "\"one\"")], &body), s3_error(404, "NoSuchKey")]);
    let port = S3CallControl::new(&clients, "bucket");
    assert_eq!(port.get(&call()).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(port.get(&call()).await.unwrap(), None, "nobody decided anything");
}

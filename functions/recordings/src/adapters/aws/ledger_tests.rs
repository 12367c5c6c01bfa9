use super::super::audit_log::S3AuditLog;
use super::super::call_notes::S3CallNotes;
use super::super::day_index::S3DayIndex;
use super::super::wire::{CALL, RECORDING, Wire, answer, noon, recording, report, s3_error};
use super::*;
use crate::messages::CompletedCall;
use crate::ports::{AuditLog, AuditRecord, CallNotes, DayIndex};
use crate::recording::{CallRef, Parties, Provider};

fn entry() -> LedgerEntry {
    LedgerEntry::received(recording(), None, &report(), noon())
}

fn etag(value: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    answer(200, &[("etag", value)], "")
}

#[tokio::test]
async fn the_first_entry_is_written_only_where_there_is_none() {
    let (wire, clients) = Wire::with([etag("\"v1\"")]);
    let version = S3Ledger::new(&clients, "bucket").create(&entry()).await.unwrap();
    assert_eq!(version, Version("\"v1\"".to_owned()));
    let sent = wire.only();
    let key = format!("/bucket/ledger/acme/twilio/{CALL}/{RECORDING}.json");
    assert!(sent.line.starts_with(&format!("PUT http://aws.test{key}")), "{}", sent.line);
    assert_eq!(sent.header("if-none-match"), Some("*"));
    assert_eq!(sent.header("if-match"), None);
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert!(sent.header("x-amz-checksum-crc32").is_some(), "S3 checks the bytes: {sent:?}");
    assert_eq!(serde_json::from_str::<LedgerEntry>(&sent.body).unwrap(), entry());
}

#[tokio::test]
async fn a_change_names_the_version_that_was_read() {
    let (wire, clients) = Wire::with([etag("\"v2\"")]);
    let version = S3Ledger::new(&clients, "bucket").replace(&entry(), &Version("\"v1\"".to_owned())).await.unwrap();
    assert_eq!(version, Version("\"v2\"".to_owned()));
    let sent = wire.only();
    assert_eq!((sent.header("if-match"), sent.header("if-none-match")), (Some("\"v1\""), None));
}

#[tokio::test]
async fn losing_a_race_is_a_conflict_and_nothing_is_sent_twice() {
    let refusals = [(412, "PreconditionFailed"), (409, "ConditionalRequestConflict"), (404, "NoSuchKey")];
    for (status, code) in refusals {
        let (wire, clients) = Wire::with([s3_error(status, code)]);
        let ledger = S3Ledger::new(&clients, "bucket");
        let error = ledger.replace(&entry(), &Version("\"v1\"".to_owned())).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "{code}");
        wire.only();
    }
    let (wire, clients) = Wire::with([s3_error(503, "SlowDown")]);
    let error = S3Ledger::new(&clients, "bucket").create(&entry()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled { retry_after: None });
    wire.only();
}

#[tokio::test(start_paused = true)]
async fn an_entry_comes_back_with_its_version() {
    let json = serde_json::to_string(&entry()).unwrap();
    let (wire, clients) = Wire::with([s3_error(503, "SlowDown"), answer(200, &[("etag", "\"v1\"")], &json)]);
    let found = S3Ledger::new(&clients, "bucket").get(&recording()).await.unwrap().unwrap();
    assert_eq!(found, Versioned { entry: entry(), version: Version("\"v1\"".to_owned()) });
    assert_eq!(wire.sent().len(), 2, "a read is tried again");
}

#[tokio::test]
async fn an_unknown_recording_has_no_entry_but_a_missing_bucket_is_an_error() {
    let (_, clients) = Wire::with([s3_error(404, "NoSuchKey"), s3_error(404, "NoSuchBucket")]);
    let ledger = S3Ledger::new(&clients, "bucket");
    assert_eq!(ledger.get(&recording()).await.unwrap(), None);
    assert_eq!(ledger.get(&recording()).await.unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_named_and_not_quoted() {
    let other = serde_json::to_string(&entry()).unwrap().replace("acme", "evil");
    for body in [r#"{"schema":"+14155550100"}"#, &other] {
        let (_, clients) = Wire::with([answer(200, &[("etag", "\"v1\"")], body)]);
        let error = S3Ledger::new(&clients, "bucket").get(&recording()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(RECORDING) && !shown.contains("+1415"), "{shown}");
    }
}

#[tokio::test]
async fn the_day_is_an_empty_object_whose_key_says_everything() {
    let (wire, clients) = Wire::with([etag("\"e\"")]);
    S3DayIndex::new(&clients, "bucket").add(&recording(), noon()).await.unwrap();
    let sent = wire.only();
    let key = format!("/bucket/days/acme/2024-03-15/20240315T120000Z-twilio-{CALL}-{RECORDING}");
    assert!(sent.line.contains(&key) && sent.body.is_empty(), "{sent:?}");
}

#[tokio::test]
async fn a_completed_call_is_noted_under_its_id() {
    let (wire, clients) = Wire::with([etag("\"e\"")]);
    let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
    let note = CompletedCall { version: 1, call, job_number: None, completed_at: noon(), parties: Parties::default() };
    S3CallNotes::new(&clients, "bucket").put(&note).await.unwrap();
    let sent = wire.only();
    assert!(sent.line.contains(&format!("/bucket/calls/acme/twilio/{CALL}")), "{}", sent.line);
    assert_eq!(serde_json::from_str::<CompletedCall>(&sent.body).unwrap(), note);
}

#[tokio::test]
async fn an_audit_record_is_never_written_over() {
    let (wire, clients) = Wire::with([etag("\"e\""), s3_error(412, "PreconditionFailed")]);
    let record = AuditRecord {
        organisation: recording().organisation,
        recording: recording(),
        at: noon(),
        user: "link".to_owned(),
        ip: None,
        user_agent: None,
        tier: "s3",
        outcome: "redirected",
        number: 7,
    };
    let log = S3AuditLog::new(&clients, "bucket");
    log.append(&record).await.unwrap();
    assert_eq!(log.append(&record).await.unwrap_err().kind, ErrorKind::Conflict);
    let sent = wire.sent();
    let key = format!("/bucket/audit/acme/2024/03/15/120000250-twilio-{CALL}-{RECORDING}-0000000000000007.json");
    assert!(sent[0].line.contains(&key), "{sent:?}");
    assert_eq!(sent[0].header("if-none-match"), Some("*"));
    assert_eq!(sent[0].json()["user"], "link");
}

#[tokio::test]
async fn the_entries_of_a_call_are_listed_without_what_is_not_ours() {
    let keys = [format!("ledger/acme/twilio/{CALL}/{RECORDING}.json"), format!("ledger/acme/twilio/{CALL}/notes.txt")];
    let contents: String = keys.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    let list = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>");
    let (wire, clients) = Wire::with([answer(200, &[], &list)]);
    let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
    assert_eq!(S3Ledger::new(&clients, "bucket").list(&call).await.unwrap(), [recording()]);
    let line = wire.only().line;
    assert!(line.contains(&format!("prefix=ledger%2Facme%2Ftwilio%2F{CALL}%2F")), "{line}");
}

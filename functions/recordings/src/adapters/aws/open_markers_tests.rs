use super::super::wire::{CALL, RECORDING, Wire, answer, recording, s3_error, transfer};
use super::*;
use crate::ports::ErrorKind;

#[tokio::test(start_paused = true)]
async fn a_marker_holds_the_event_and_may_be_written_again() {
    let (wire, clients) = Wire::with([s3_error(500, "InternalError"), answer(200, &[("etag", "\"e\"")], "")]);
    S3OpenMarkers::new(&clients, "bucket").put(&transfer()).await.unwrap();
    let sent = wire.sent();
    assert_eq!(sent.len(), 2);
    for attempt in sent {
        assert!(attempt.line.contains(&format!("/bucket/open/acme/twilio/{CALL}/{RECORDING}")), "{attempt:?}");
        assert_eq!(attempt.header("if-none-match"), None);
        assert_eq!(serde_json::from_str::<TransferRequest>(&attempt.body).unwrap(), transfer());
    }
}

#[tokio::test]
async fn removing_a_marker_deletes_its_object() {
    let (wire, clients) = Wire::with([answer(204, &[], "")]);
    S3OpenMarkers::new(&clients, "bucket").remove(&recording()).await.unwrap();
    let line = wire.only().line;
    assert!(line.starts_with("DELETE ") && line.contains(&format!("/bucket/open/acme/twilio/{CALL}/")), "{line}");
}

#[tokio::test]
async fn a_page_tells_our_markers_from_foreign_keys_and_where_to_go_on() {
    let marker = format!("open/acme/twilio/{CALL}/{RECORDING}");
    let list = |truncated: bool| {
        let entry = |key: &str| {
            format!("<Contents><Key>{key}</Key><LastModified>2024-03-15T12:00:01.000Z</LastModified></Contents>")
        };
        let contents = entry(&marker) + &entry("open/notes.txt");
        let body = format!("<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{contents}</ListBucketResult>");
        answer(200, &[], &body)
    };
    let (wire, clients) = Wire::with([list(true), list(false)]);
    let markers = S3OpenMarkers::new(&clients, "bucket");
    let first = markers.page(None).await.unwrap();
    let written = "2024-03-15T12:00:01Z".parse().unwrap();
    assert_eq!(first.markers, [(recording(), written)]);
    assert_eq!(first.foreign, ["open/notes.txt"]);
    assert_eq!(first.next.as_deref(), Some("open/notes.txt"));
    let last = markers.page(first.next.as_deref()).await.unwrap();
    assert_eq!(last.next, None);
    let sent = wire.sent();
    assert!(sent[0].line.contains("list-type=2") && sent[0].line.contains("prefix=open%2F"), "{}", sent[0].line);
    assert!(!sent[0].line.contains("start-after"), "{}", sent[0].line);
    assert!(sent[1].line.contains("start-after=open%2Fnotes.txt"), "{}", sent[1].line);
}

#[tokio::test]
async fn a_marker_that_is_gone_reads_as_nothing_and_a_broken_one_is_named() {
    let event = serde_json::to_string(&transfer()).unwrap();
    let etag = [("etag", "\"e\"")];
    let (_, clients) =
        Wire::with([s3_error(404, "NoSuchKey"), answer(200, &etag, &event), answer(200, &etag, "not json")]);
    let markers = S3OpenMarkers::new(&clients, "bucket");
    assert_eq!(markers.read(&recording()).await.unwrap(), None);
    let read = markers.read(&recording()).await.unwrap().unwrap();
    assert_eq!((read.event, read.version.0.as_str()), (transfer(), "\"e\""));
    let error = markers.read(&recording()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.detail.contains(RECORDING), "{error}");
}

#[tokio::test]
async fn a_marker_is_renewed_only_where_nobody_knows_more() {
    let done = || answer(200, &[("etag", "\"f\"")], "");
    let (wire, clients) = Wire::with([
        done(),
        done(),
        s3_error(412, "PreconditionFailed"),
        s3_error(409, "ConditionalRequestConflict"),
        s3_error(404, "NoSuchKey"),
        s3_error(403, "AccessDenied"),
    ]);
    let markers = S3OpenMarkers::new(&clients, "bucket");
    let read = Version("\"e\"".to_owned());
    markers.renew(&transfer(), None).await.unwrap();
    for _ in 0..4 {
        markers.renew(&transfer(), Some(&read)).await.unwrap();
    }
    assert_eq!(markers.renew(&transfer(), None).await.unwrap_err().kind, ErrorKind::Refused);
    let sent = wire.sent();
    assert_eq!(sent[0].header("if-none-match"), Some("*"));
    assert_eq!(sent[1].header("if-match"), Some("\"e\""));
}

#[tokio::test]
async fn organisations_are_told_by_their_folders_however_many_markers_lie_there() {
    let list = |next: Option<&str>, folders: &[&str], keys: &[&str]| {
        let folders: String =
            folders.iter().map(|f| format!("<CommonPrefixes><Prefix>open/{f}/</Prefix></CommonPrefixes>")).collect();
        let keys: String = keys.iter().map(|key| format!("<Contents><Key>open/{key}</Key></Contents>")).collect();
        let token = next.map(|next| format!("<NextContinuationToken>{next}</NextContinuationToken>"));
        let (truncated, token) = (next.is_some(), token.unwrap_or_default());
        let body = format!(
            "<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{token}{keys}{folders}</ListBucketResult>"
        );
        answer(200, &[], &body)
    };
    let (wire, clients) =
        Wire::with([list(Some("t1"), &["acme", "Not Ours"], &["notes.txt"]), list(None, &["bolt"], &[])]);
    let found = S3OpenMarkers::new(&clients, "bucket").organisations().await.unwrap();
    assert_eq!(found.organisations.iter().map(Organisation::as_str).collect::<Vec<_>>(), ["acme", "bolt"]);
    assert_eq!(found.foreign, ["open/notes.txt", "open/Not Ours/"]);
    let sent = wire.sent();
    assert!(sent[0].line.contains("delimiter=%2F") && sent[0].line.contains("prefix=open%2F"), "{}", sent[0].line);
    assert!(sent[1].line.contains("continuation-token=t1"), "{}", sent[1].line);
}

#[tokio::test]
async fn a_page_of_an_organisation_is_as_long_as_it_may_be_and_holds_nobody_elses() {
    let body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    let (wire, clients) = Wire::with([answer(200, &[], body)]);
    let page = S3OpenMarkers::new(&clients, "bucket").page_of(&"acme".parse().unwrap(), Some("open/acme/x"), 7).await;
    assert_eq!(page.unwrap(), OpenPage { markers: Vec::new(), foreign: Vec::new(), next: None });
    let line = wire.only().line;
    for part in ["prefix=open%2Facme%2F", "start-after=open%2Facme%2Fx", "max-keys=7"] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

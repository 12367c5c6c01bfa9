use super::super::wire::{CALL, RECORDING, Wire, answer};
use super::*;
use crate::recording::Provider;

fn call() -> CallRef {
    CallRef::parse("acme", Provider::Twilio, CALL).unwrap()
}

fn list(keys: &[&str]) -> String {
    let entry = |key: &&str| {
        format!("<Contents><Key>{key}</Key><LastModified>2024-03-15T12:00:01.000Z</LastModified></Contents>")
    };
    let contents: String = keys.iter().map(entry).collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>")
}

#[tokio::test]
async fn a_page_tells_our_notes_from_foreign_keys() {
    let note = format!("calls/acme/twilio/{CALL}");
    let (wire, clients) = Wire::with([answer(200, &[], &list(&[&note, "calls/notes.txt"]))]);
    let page = S3CallNotes::new(&clients, "bucket").page(Some("calls/acme")).await.unwrap();
    assert_eq!(page.calls, [(call(), "2024-03-15T12:00:01Z".parse().unwrap())]);
    assert_eq!((page.foreign, page.next), (vec!["calls/notes.txt".to_owned()], None));
    let line = wire.only().line;
    assert!(line.contains("prefix=calls%2F") && line.contains("start-after=calls%2Facme"), "{line}");
}

#[tokio::test]
async fn removing_a_note_deletes_its_object() {
    let (wire, clients) = Wire::with([answer(204, &[], "")]);
    S3CallNotes::new(&clients, "bucket").remove(&call()).await.unwrap();
    let line = wire.only().line;
    assert!(line.starts_with("DELETE ") && line.contains(&format!("/bucket/calls/acme/twilio/{CALL}")), "{line}");
}

#[tokio::test]
async fn a_call_is_known_by_what_lies_in_its_own_folder() {
    let marker = format!("open/acme/twilio/{CALL}/{RECORDING}");
    let (wire, clients) = Wire::with([answer(200, &[], &list(&[&marker])), answer(200, &[], &list(&[]))]);
    let calls = S3CallNotes::new(&clients, "bucket");
    assert!(calls.has_marker(&call()).await.unwrap());
    assert!(!calls.has_marker(&call()).await.unwrap());
    for sent in wire.sent() {
        assert!(sent.line.contains(&format!("prefix=open%2Facme%2Ftwilio%2F{CALL}%2F")), "{}", sent.line);
    }
}

use jiff::civil::date;

use super::super::wire::{CALL, RECORDING, Wire, answer, noon, recording};
use super::*;

#[tokio::test]
async fn a_recording_is_listed_by_an_empty_object() {
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"e\"")], "")]);
    S3DayIndex::new(&clients, "bucket").add(&recording(), noon()).await.unwrap();
    let sent = wire.only();
    let key = format!("/bucket/days/acme/2024-03-15/20240315T120000Z-twilio-{CALL}-{RECORDING}");
    assert!(sent.line.starts_with("PUT ") && sent.line.contains(&key), "{}", sent.line);
    assert_eq!(sent.body, "");
}

#[tokio::test]
async fn a_page_of_a_day_tells_our_entries_from_foreign_keys_and_where_to_go_on() {
    let entry = format!("days/acme/2024-03-15/20240315T120000Z-twilio-{CALL}-{RECORDING}");
    let list = |truncated: bool| {
        let contents = [entry.as_str(), "days/acme/2024-03-15/notes.txt"]
            .map(|key| format!("<Contents><Key>{key}</Key></Contents>"))
            .concat();
        answer(
            200,
            &[],
            &format!("<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{contents}</ListBucketResult>"),
        )
    };
    let (wire, clients) = Wire::with([list(true), list(false)]);
    let days = S3DayIndex::new(&clients, "bucket");
    let organisation = recording().organisation;
    let first = days.page(&organisation, date(2024, 3, 15), None).await.unwrap();
    assert_eq!(first.recordings, [(recording(), "2024-03-15T12:00:00Z".parse().unwrap())]);
    assert_eq!(first.foreign, ["days/acme/2024-03-15/notes.txt"]);
    assert_eq!(first.next.as_deref(), Some("days/acme/2024-03-15/notes.txt"));
    let last = days.page(&organisation, date(2024, 3, 15), first.next.as_deref()).await.unwrap();
    assert_eq!(last.next, None);
    let sent = wire.sent();
    assert!(sent[0].line.contains("list-type=2"), "{}", sent[0].line);
    assert!(sent[0].line.contains("prefix=days%2Facme%2F2024-03-15%2F"), "{}", sent[0].line);
    assert!(!sent[0].line.contains("start-after"), "{}", sent[0].line);
    assert!(sent[1].line.contains("start-after=days%2Facme%2F2024-03-15%2Fnotes.txt"), "{}", sent[1].line);
}

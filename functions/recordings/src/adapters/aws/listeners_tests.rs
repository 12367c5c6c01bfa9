use jiff::{SignedDuration, Timestamp};

use super::super::wire::{Wire, answer, s3_error};
use super::*;
use crate::live::Ticket;
use crate::ports::ErrorKind;

fn organisation() -> Organisation {
    "acme".parse().unwrap()
}

fn listeners() -> Listeners {
    let now: Timestamp = "2024-03-15T14:30:22Z".parse().unwrap();
    let mut listeners = Listeners::default();
    let ticket = Ticket::new(organisation(), 1, now + SignedDuration::from_hours(1), now);
    listeners.admit(&ticket, "L0SM9cOFvHcCIhw=".parse().unwrap(), now).unwrap();
    listeners
}

#[tokio::test]
async fn who_listens_is_swapped_against_what_was_read() {
    let (wire, clients) = Wire::with([
        answer(200, &[("etag", "\"a\"")], ""),
        answer(200, &[("etag", "\"b\"")], ""),
        s3_error(412, "PreconditionFailed"),
        s3_error(404, "NoSuchKey"),
    ]);
    let port = S3Listeners::new(&clients, "bucket");
    port.swap(&organisation(), &listeners(), None).await.unwrap();
    let version = Version("\"a\"".to_owned());
    port.swap(&organisation(), &listeners(), Some(&version)).await.unwrap();
    for _ in 0..2 {
        let error = port.swap(&organisation(), &listeners(), Some(&version)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict);
    }
    let sent = wire.sent();
    assert_eq!(sent.len(), 4, "none is sent twice");
    assert!(sent[0].line.starts_with("PUT ") && sent[0].line.contains("/bucket/connections/acme/listeners.json"));
    assert_eq!((sent[0].header("if-none-match"), sent[0].header("if-match")), (Some("*"), None));
    assert_eq!((sent[1].header("if-none-match"), sent[1].header("if-match")), (None, Some("\"a\"")));
    assert_eq!(serde_json::from_value::<Listeners>(sent[0].json()).unwrap(), listeners());
}

#[tokio::test]
async fn it_is_read_back_with_its_version() {
    let body = serde_json::to_string(&listeners()).unwrap();
    let (_, clients) = Wire::with([answer(200, &[("etag", "\"a\"")], &body), s3_error(404, "NoSuchKey")]);
    let port = S3Listeners::new(&clients, "bucket");
    assert_eq!(port.get(&organisation()).await.unwrap(), Some((listeners(), Version("\"a\"".to_owned()))));
    assert_eq!(port.get(&organisation()).await.unwrap(), None);
}

use serde_json::json;

use super::super::wire::{Wire, answer};
use super::*;
use crate::recording::RetrievalId;

const STAGE: &str = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live";

fn news() -> News {
    News::JobProgress { id: RetrievalId::of(7) }
}

fn connection() -> ConnectionId {
    "L0SM9cOFvHcCIhw=".parse().unwrap()
}

fn refusal(status: u16, code: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    answer(status, &[("x-amzn-errortype", code), ("content-type", "application/json")], r#"{"message":"no"}"#)
}

#[tokio::test]
async fn news_is_posted_to_the_connection_and_signed() {
    let (wire, clients) = Wire::with([answer(200, &[], "")]);
    let api = LiveApi::new(&clients, Some(STAGE.to_owned()));
    assert_eq!(api.send(&connection(), &news()).await.unwrap(), Sent::Delivered);
    let sent = wire.only();
    assert_eq!(sent.line, format!("POST {STAGE}/@connections/L0SM9cOFvHcCIhw%3D"));
    assert!(sent.header("authorization").unwrap().contains("/execute-api/aws4_request"));
    assert_eq!(sent.json(), json!({ "type": "job_progress", "id": RetrievalId::of(7).to_string() }));
}

#[tokio::test]
async fn who_has_gone_is_told_from_what_failed_and_nothing_is_sent_twice() {
    let (wire, clients) = Wire::with([
        refusal(410, "GoneException"),
        refusal(403, "ForbiddenException"),
        refusal(429, "LimitExceededException"),
        refusal(413, "PayloadTooLargeException"),
        refusal(500, "InternalServerError"),
    ]);
    let api = LiveApi::new(&clients, Some(STAGE.to_owned()));
    assert_eq!(api.send(&connection(), &news()).await.unwrap(), Sent::Gone);
    for kind in
        [ErrorKind::Refused, ErrorKind::Throttled { retry_after: None }, ErrorKind::Invalid, ErrorKind::Unavailable]
    {
        assert_eq!(api.send(&connection(), &news()).await.unwrap_err().kind, kind);
    }
    assert_eq!(wire.sent().len(), 5);
}

#[tokio::test]
async fn where_there_is_no_live_api_nothing_is_sent() {
    let (wire, clients) = Wire::with([]);
    let error = LiveApi::new(&clients, None).send(&connection(), &news()).await.unwrap_err();
    assert_eq!((error.kind, wire.sent().len()), (ErrorKind::Refused, 0));
}

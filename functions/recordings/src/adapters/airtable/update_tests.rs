use super::fixtures::{airtable, ok, organisation, record_id, refusals};
use super::*;
use crate::adapters::http::wire::Wire;

fn to(digit: u8, history: &str) -> HistoryUpdate {
    HistoryUpdate { id: record_id(digit), history: history.to_owned() }
}

async fn update(wire: &Wire, updates: &[HistoryUpdate]) -> Result<Vec<HistoryUpdate>, PortError> {
    airtable(wire).update(&organisation(), updates).await
}

#[tokio::test]
async fn histories_are_written_in_one_request_and_read_back() {
    let wire = Wire::answering([ok(&json!({"records": [
        {"id": record_id(1), "fields": {"job_history": "what Airtable holds", "Job number": "J1", "Customer": "someone"}},
        {"id": record_id(2), "fields": {"Job number": "J2"}},
    ]}))])
    .await;
    let written = update(&wire, &[to(1, "one\ntwo"), to(2, "")]).await.unwrap();
    assert_eq!(written, [to(1, "what Airtable holds"), to(2, "")]);
    let [seen] = &wire.seen()[..] else { panic!("one request") };
    assert_eq!(seen.line(), "PATCH /v0/appA1b2C3d4E5f6G7/My%20jobs");
    assert_eq!(seen.header("authorization"), Some("Bearer pat-hunter2"));
    let body = json!({"records": [
        {"id": record_id(1), "fields": {"job_history": "one\ntwo"}},
        {"id": record_id(2), "fields": {"job_history": ""}},
    ]});
    assert_eq!(seen.json(), body);
}

#[tokio::test]
async fn ten_records_fit_and_eleven_do_not() {
    let updates = |n: u8| (0..n).map(|digit| to(digit % 10, "x")).collect::<Vec<_>>();
    let wire = Wire::answering([ok(&json!({"records": []}))]).await;
    assert_eq!(update(&wire, &updates(10)).await.unwrap(), []);
    assert_eq!(update(&wire, &updates(11)).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(update(&wire, &[]).await.unwrap(), []);
    assert_eq!(wire.seen().len(), 1);
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    for (answer, _, kind, detail) in refusals() {
        let wire = Wire::answering([answer]).await;
        let error = update(&wire, &[to(1, "x")]).await.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (kind, detail));
    }
}

#[tokio::test]
async fn an_answer_without_a_text_confirms_nothing() {
    let wire = Wire::answering([ok(&json!({"records": [{"id": record_id(1), "fields": {"job_history": 7}}]}))]).await;
    assert_eq!(update(&wire, &[to(1, "x")]).await.unwrap_err().kind, ErrorKind::Invalid);
}

use super::fixtures::{airtable, ok, organisation, record_id, refusals};
use super::*;
use crate::adapters::http::wire::{Wire, answer};
use crate::ports::{JobField, JobTable, TableState};

fn refusal(status: u16, word: &str) -> Vec<u8> {
    answer(status, &[], json!({"error": {"type": word, "message": "+15551234567"}}).to_string())
}

fn some_record() -> Vec<u8> {
    ok(&json!({"records": [{"id": record_id(1), "fields": {"job_history": "+15551234567"}}], "offset": "more"}))
}

#[tokio::test]
async fn a_table_with_every_field_is_seen_in_one_request_of_one_record() {
    let wire = Wire::answering([some_record()]).await;
    assert_eq!(airtable(&wire).table(&organisation()).await.unwrap(), TableState::AsSet);
    let [seen] = &wire.seen()[..] else { panic!("one request") };
    assert_eq!(seen.line(), "POST /v0/appA1b2C3d4E5f6G7/My%20jobs/listRecords");
    assert_eq!(seen.header("authorization"), Some("Bearer pat-hunter2"));
    let query = json!({"fields": ["Job number", "Calls", "job_history"], "maxRecords": 1, "pageSize": 1});
    assert_eq!(seen.json(), query);
}

#[tokio::test]
async fn an_organisations_own_table_is_looked_at() {
    let wire = Wire::answering([some_record()]).await;
    let acme = "acme".parse().unwrap();
    assert_eq!(airtable(&wire).table(&acme).await.unwrap(), TableState::AsSet);
    assert_eq!(wire.seen()[0].line(), "POST /v0/appOfAcme00000001/tblOfAcme00000001/listRecords");
    assert_eq!(wire.seen()[0].json()["fields"], json!(["Order", "Phone calls", "Notes"]));
}

#[tokio::test]
async fn fields_that_are_missing_are_told_one_by_one() {
    let unknown = || refusal(422, "UNKNOWN_FIELD_NAME");
    let wire = Wire::answering([unknown(), some_record(), unknown(), unknown()]).await;
    let lacks = TableState::Lacks(vec![JobField::CallIds, JobField::History]);
    assert_eq!(airtable(&wire).table(&organisation()).await.unwrap(), lacks);
    let asked: Vec<Value> = wire.seen().iter().skip(1).map(|seen| seen.json()["fields"].clone()).collect();
    assert_eq!(asked, [json!(["Job number"]), json!(["Calls"]), json!(["job_history"])]);
}

#[tokio::test]
async fn a_base_or_table_that_is_not_there_and_a_token_that_is_none_are_told_apart() {
    for (refused, state) in [
        (refusal(401, "AUTHENTICATION_REQUIRED"), TableState::TokenRefused),
        (refusal(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"), TableState::OutOfReach),
        (answer(404, &[], r#"{"error":"NOT_FOUND"}"#), TableState::OutOfReach),
        (refusal(404, "TABLE_NOT_FOUND"), TableState::OutOfReach),
        (refusal(422, "MODEL_ID_NOT_FOUND"), TableState::OutOfReach),
    ] {
        let wire = Wire::answering([refused]).await;
        assert_eq!(airtable(&wire).table(&organisation()).await.unwrap(), state);
    }
}

#[tokio::test]
async fn any_other_refusal_says_nothing_about_the_table() {
    for (refused, kind, _, detail) in refusals() {
        if matches!(kind, ErrorKind::Refused | ErrorKind::NotFound) || detail.contains("NOT_FOUND") {
            continue;
        }
        let wire = Wire::answering([refused]).await;
        assert_eq!(airtable(&wire).table(&organisation()).await.unwrap_err().kind, kind, "{detail}");
    }
}

#[tokio::test]
async fn nothing_is_asked_for_an_organisation_without_a_token() {
    let wire = Wire::answering([]).await;
    let error = airtable(&wire).table(&"idle".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(wire.seen().is_empty());
}

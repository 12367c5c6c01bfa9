use super::fixtures::{airtable, call, call_sid, number, ok, organisation, record_id, refusals};
use super::*;
use crate::adapters::http::wire::{Wire, answer, chain};

async fn find(wire: &Wire, keys: &[JobKey]) -> Result<Vec<JobRecord>, PortError> {
    airtable(wire).find(&organisation(), keys).await
}

fn page(records: Value) -> Vec<u8> {
    ok(&json!({ "records": records }))
}

#[tokio::test]
async fn all_keys_are_looked_for_in_one_request() {
    let wire = Wire::answering([page(json!([
        {"id": record_id(1), "createdTime": "2024-03-15T14:30:22.000Z", "fields": {"Job number": "JOB456", "job_history": "old"}},
        {"id": record_id(2), "fields": {"Calls": format!("x, {}", call_sid(7))}},
    ]))])
    .await;
    let found = find(&wire, &[number("JOB456"), call(7), number("JOB9")]).await.unwrap();
    let first = JobRecord {
        id: record_id(1),
        number: Some("JOB456".parse().unwrap()),
        call_ids: String::new(),
        history: "old".to_owned(),
    };
    let second =
        JobRecord { id: record_id(2), number: None, call_ids: format!("x, {}", call_sid(7)), history: String::new() };
    assert_eq!(found, [first, second]);
    let [seen] = &wire.seen()[..] else { panic!("one request") };
    assert_eq!(seen.line(), "POST /v0/appA1b2C3d4E5f6G7/My%20jobs/listRecords");
    assert_eq!(seen.header("authorization"), Some("Bearer pat-hunter2"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let formula =
        format!("OR(({{Job number}}&'')='JOB456',FIND('{}',{{Calls}}&''),({{Job number}}&'')='JOB9')", call_sid(7));
    let query = json!({
        "filterByFormula": formula, "fields": ["Job number", "Calls", "job_history"], "maxRecords": 100, "pageSize": 100,
    });
    assert_eq!(seen.json(), query);
}

#[tokio::test]
async fn nothing_is_asked_without_keys() {
    let wire = Wire::answering([]).await;
    assert_eq!(find(&wire, &[]).await.unwrap(), []);
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn fields_of_other_types_are_read_as_texts() {
    for (value, expected) in [
        (json!(456), Some("456")),
        (json!(["456"]), Some("456")),
        (json!("456"), Some("456")),
        (json!("456 and 457"), None),
        (json!(["456", "457"]), None),
        (json!({"name": "456"}), None),
        (json!(true), None),
        (json!(null), None),
    ] {
        let record =
            json!([{"id": record_id(1), "fields": {"Job number": value, "Calls": [call_sid(1), call_sid(2)]}}]);
        let wire = Wire::answering([page(record)]).await;
        let [job] = &find(&wire, &[call(2)]).await.unwrap()[..] else { panic!("one job") };
        assert_eq!(job.number.as_ref().map(|number| number.as_str()), expected);
    }
}

#[tokio::test]
async fn records_that_no_key_means_are_left_out() {
    let wire = Wire::answering([page(json!([
        {"id": record_id(1), "fields": {"Job number": "JOB4567"}},
        {"id": record_id(2), "fields": {"Calls": format!("{}0", call_sid(1))}},
        {"id": record_id(3), "fields": {}},
        {"id": record_id(4), "fields": {"Calls": format!("<{}>", call_sid(1))}},
    ]))])
    .await;
    let found = find(&wire, &[number("JOB456"), call(1)]).await.unwrap();
    assert_eq!(found.iter().map(|job| &job.id).collect::<Vec<_>>(), [&record_id(4)]);
}

#[tokio::test]
async fn a_history_that_cannot_be_seen_is_not_taken_for_empty() {
    for fields in [
        json!({"fld00000000000001": "JOB1", "fld00000000000002": "old"}),
        json!({"Job number": "JOB1", "Job_History": "old"}),
        json!({"Job number": "JOB1", "job_history": ["old"]}),
        json!({"Job number": "JOB1", "job_history": {"state": "generated", "value": "old"}}),
    ] {
        let wire = Wire::answering([page(json!([{"id": record_id(1), "fields": fields}]))]).await;
        assert_eq!(find(&wire, &[number("JOB1")]).await.unwrap_err().kind, ErrorKind::Invalid, "{fields}");
    }
}

#[tokio::test]
async fn pages_are_followed() {
    let first = ok(&json!({"records": [{"id": record_id(1), "fields": {"Job number": "J1"}}], "offset": "itr1/rec2"}));
    let second = page(json!([{"id": record_id(2), "fields": {"Job number": "J1"}}]));
    let wire = Wire::answering([first, second]).await;
    assert_eq!(find(&wire, &[number("J1")]).await.unwrap().len(), 2);
    let [first, second] = &wire.seen()[..] else { panic!("two requests") };
    assert_eq!((first.json()["offset"].as_str(), second.json()["offset"].as_str()), (None, Some("itr1/rec2")));
    assert_eq!(first.json()["filterByFormula"], second.json()["filterByFormula"]);
}

fn expired() -> Vec<u8> {
    answer(422, &[], json!({"error": {"type": "LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "message": ""}}).to_string())
}

#[tokio::test]
async fn an_expired_listing_is_begun_again_once() {
    let begun =
        || ok(&json!({"records": [{"id": record_id(1), "fields": {"Job number": "J1"}}], "offset": "itr1/rec2"}));
    let whole = page(json!([{"id": record_id(1), "fields": {"Job number": "J1"}}]));
    let wire = Wire::answering([begun(), expired(), whole]).await;
    assert_eq!(find(&wire, &[number("J1")]).await.unwrap().len(), 1);
    assert_eq!(wire.seen()[2].json().get("offset"), None);

    let wire = Wire::answering([begun(), expired(), begun(), expired()]).await;
    let error = find(&wire, &[number("J1")]).await.unwrap_err();
    assert_eq!((error.kind, wire.seen().len()), (ErrorKind::Invalid, 4));
}

#[tokio::test]
async fn a_listing_without_end_is_given_up() {
    let wire =
        Wire::start(|_| vec![crate::adapters::http::wire::Step::Send(ok(&json!({"records": [], "offset": "again"})))])
            .await;
    assert_eq!(find(&wire, &[number("J1")]).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wire.seen().len(), 5);
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    for (answer, kind, _, detail) in refusals() {
        let wire = Wire::answering([answer]).await;
        let error = find(&wire, &[number("J1")]).await.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (kind, detail));
        let chain = chain(&error);
        assert!(!chain.contains("hunter2") && !chain.contains("+1555"), "{chain}");
    }
}

#[tokio::test]
async fn a_record_without_an_id_is_invalid() {
    let wire = Wire::answering([page(json!([{"id": "../x", "fields": {"Job number": "J1"}}]))]).await;
    assert_eq!(find(&wire, &[number("J1")]).await.unwrap_err().kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let wire = Wire::answering([]).await;
    let error = airtable(&wire).find(&"idle".parse().unwrap(), &[number("J1")]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn each_organisations_jobs_are_looked_for_in_its_own_base_and_by_its_own_names() {
    let wire = Wire::answering([
        page(json!([{"id": record_id(1), "fields": {"Order": "JOB456", "Notes": "theirs"}}])),
        page(json!([{"id": record_id(2), "fields": {"Job number": "JOB456", "job_history": "ours"}}])),
        page(json!([])),
    ])
    .await;
    let airtable = airtable(&wire);
    let mut histories = Vec::new();
    for organisation in ["acme", "default", "bolt"] {
        let found = airtable.find(&organisation.parse().unwrap(), &[number("JOB456")]).await.unwrap();
        histories.extend(found.into_iter().map(|job| job.history));
    }
    assert_eq!(histories, ["theirs", "ours"]);
    let seen = wire.seen();
    let asked: Vec<_> =
        seen.iter().map(|seen| (seen.line(), seen.header("authorization").unwrap_or_default())).collect();
    let expected = [
        ("POST /v0/appOfAcme00000001/tblOfAcme00000001/listRecords", "Bearer pat-of-acme"),
        ("POST /v0/appA1b2C3d4E5f6G7/My%20jobs/listRecords", "Bearer pat-hunter2"),
        ("POST /v0/appA1b2C3d4E5f6G7/tblOfBolt00000001/listRecords", "Bearer pat-of-bolt"),
    ];
    assert_eq!(asked, expected);
    assert_eq!(seen[0].json()["fields"], json!(["Order", "Phone calls", "Notes"]));
    assert_eq!(seen[0].json()["filterByFormula"], json!("OR(({Order}&'')='JOB456')"));
}

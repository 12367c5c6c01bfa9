use serde_json::{Value, json};
use standins::{AirtableBehaviour, CreateJob, ErrorShape, ViolationKind};

use crate::http::{Reply, get};
use crate::scene::Scene;

#[tokio::test]
async fn formula_finds_by_query_and_by_body() {
    let scene = Scene::start().await;
    let ids = ["JOB1", "JOB2", "JOB3"].map(|number| scene.job(number));
    let formula = "OR({job_number}='JOB1',{job_number}='JOB3')";
    let query: String = form_urlencoded::Serializer::new("?".to_owned())
        .append_pair("filterByFormula", formula)
        .append_pair("fields[]", "job_number")
        .finish();
    let by_query = scene.table("GET", &query.replace("?&", "?")).send().await;
    let by_body = scene.list(json!({"filterByFormula": formula, "fields": ["job_number"]})).await;
    for reply in [by_query, by_body] {
        assert_eq!(found(&reply), [ids[0].as_str(), ids[2].as_str()]);
        assert_eq!(reply.json()["records"][0]["fields"], json!({"job_number": "JOB1"}));
    }
    let one = scene.list(json!({"filterByFormula": format!("RECORD_ID()='{}'", ids[1])})).await;
    assert_eq!(found(&one), [ids[1].as_str()]);
}

#[tokio::test]
async fn empty_cells_are_left_out() {
    let scene = Scene::start().await;
    let job = CreateJob { history: Some(String::new()), ..CreateJob::numbered("JOB1") };
    let id = scene.world().create_job(job).unwrap();
    let reply = scene.table("GET", &format!("/{id}")).send().await;
    assert_eq!(reply.json()["fields"], json!({"job_number": "JOB1"}));
    assert_eq!(reply.json()["createdTime"], "2024-03-15T14:30:22.000Z");
}

#[tokio::test]
async fn pages_follow_the_offset_until_there_is_none() {
    let scene = Scene::start().await;
    let ids: Vec<String> = (0..5).map(|index| scene.job(&format!("JOB{index}"))).collect();
    let first = scene.list(json!({"pageSize": 2})).await;
    let second = scene.list(json!({"pageSize": 2, "offset": first.json()["offset"]})).await;
    let third = scene.list(json!({"pageSize": 2, "offset": second.json()["offset"]})).await;
    let seen: Vec<String> = [&first, &second, &third].into_iter().flat_map(found).collect();
    assert_eq!(seen, ids);
    assert!(third.json()["offset"].is_null());
    assert_eq!(found(&scene.list(json!({"maxRecords": 3, "pageSize": 100})).await).len(), 3);
    scene.world().expire_iterators();
    scene.world().advance_clock(1_000);
    let expired = scene.list(json!({"pageSize": 2, "offset": first.json()["offset"]})).await;
    assert_eq!((expired.status, kind(&expired)), (422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE".to_owned()));
}

#[tokio::test]
async fn bad_lists_are_422() {
    let scene = Scene::start().await;
    scene.world().set_airtable_behaviour(AirtableBehaviour { base_limit: None, ..AirtableBehaviour::default() });
    for (body, expected) in [
        (json!({"filterByFormula": "{job_number}='it's'"}), "INVALID_FILTER_BY_FORMULA"),
        (json!({"filterByFormula": "{gone}='x'"}), "INVALID_FILTER_BY_FORMULA"),
        (json!({"fields": ["gone"]}), "UNKNOWN_FIELD_NAME"),
        (json!({"pageSize": 101}), "INVALID_REQUEST_UNKNOWN"),
        (json!({"pageSize": 0}), "INVALID_REQUEST_UNKNOWN"),
        (json!({"sort": []}), "INVALID_REQUEST_UNKNOWN"),
    ] {
        let reply = scene.list(body.clone()).await;
        assert_eq!((reply.status, kind(&reply)), (422, expected.to_owned()), "{body}");
    }
    let not_json = scene.table("POST", "/listRecords").text("{").send().await;
    assert_eq!(not_json.status, 400);
}

#[tokio::test]
async fn long_urls_are_refused_and_long_bodies_are_not() {
    let scene = Scene::start().await;
    let id = scene.job("JOB1");
    let formula = format!("OR({{job_number}}='JOB1',{{customer}}='{}')", "x".repeat(15_900));
    let query = form_urlencoded::byte_serialize(formula.as_bytes()).collect::<String>();
    let by_query = scene.table("GET", &format!("?filterByFormula={query}")).send().await;
    assert_eq!(by_query.status, 414);
    assert_eq!(found(&scene.list(json!({ "filterByFormula": formula })).await), [id]);
}

#[tokio::test]
async fn token_base_and_table_are_checked() {
    let scene = Scene::start().await;
    let id = scene.job("JOB1");
    let url = format!("{}/v0/{}/{}", scene.standins.airtable_url(), scene.base.base_id, scene.base.table_id);
    let token = &scene.base.token;
    for (call, status, expected) in [
        (get(&url), 401, "AUTHENTICATION_REQUIRED"),
        (get(&url).bearer("patWrong"), 401, "AUTHENTICATION_REQUIRED"),
        (get(&url).basic("", token), 401, "AUTHENTICATION_REQUIRED"),
        (get(url.replace("appS", "appX")).bearer(token), 403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"),
        (get(url.replace("tblS", "tblX")).bearer(token), 403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"),
    ] {
        let reply = call.send().await;
        assert_eq!((reply.status, kind(&reply)), (status, expected.to_owned()));
    }
    let by_name = get(url.replace(&scene.base.table_id, &scene.base.table_name)).bearer(token).send().await;
    assert_eq!(found(&by_name), [id]);
    let missing = scene.table("GET", "/rec00000000000000").send().await;
    assert_eq!((missing.status, missing.json()), (404, json!({"error": "NOT_FOUND"})));
}

#[tokio::test]
async fn schema_names_the_fields() {
    let scene = Scene::start().await;
    let url = format!("{}/v0/meta/bases/{}/tables", scene.standins.airtable_url(), scene.base.base_id);
    let tables = get(&url).bearer(&scene.base.token).send().await.json();
    let fields = tables["tables"][0]["fields"].as_array().unwrap();
    let history = fields.iter().find(|field| field["name"] == "job_history").unwrap();
    assert_eq!(history["type"], "multilineText");
    assert_eq!(tables["tables"][0]["id"], scene.base.table_id);
}

#[tokio::test]
async fn errors_come_in_each_form_that_was_seen() {
    let scene = Scene::start().await;
    for (error_shape, body) in [
        (ErrorShape::Natural, r#"{"error":"NOT_FOUND"}"#),
        (ErrorShape::Word, r#"{"error":"NOT_FOUND"}"#),
        (ErrorShape::Object, r#""type":"NOT_FOUND""#),
        (ErrorShape::List, r#"{"errors":[{"error":"NOT_FOUND""#),
        (ErrorShape::Empty, ""),
        (ErrorShape::NotJson, "<html>"),
    ] {
        let base_limit = None;
        scene.world().set_airtable_behaviour(AirtableBehaviour {
            error_shape,
            base_limit,
            ..AirtableBehaviour::default()
        });
        let reply = scene.table("GET", "/rec00000000000000").send().await;
        assert_eq!(reply.status, 404);
        assert!(reply.text().contains(body), "{error_shape:?}: {}", reply.text());
        assert!(error_shape != ErrorShape::Empty || reply.body.is_empty());
    }
}

#[tokio::test]
async fn unknown_routes_and_parameters_are_violations() {
    let scene = Scene::start().await;
    assert_eq!(scene.table("DELETE", "/rec00000000000000").send().await.status, 404);
    assert_eq!(scene.table("GET", "?sort[0][field]=x").send().await.status, 422);
    let violations = scene.world().violations();
    assert!(violations.iter().all(|violation| violation.kind == ViolationKind::UnknownRequest));
    assert_eq!(violations.len(), 2);
}

fn found(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let records = body["records"].as_array().unwrap_or_else(|| panic!("{body}"));
    records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

fn kind(reply: &Reply) -> String {
    let body = reply.json();
    let kind = if body["error"].is_object() { &body["error"]["type"] } else { &body["error"] };
    kind.as_str().map_or_else(|| Value::Null.to_string(), str::to_owned)
}

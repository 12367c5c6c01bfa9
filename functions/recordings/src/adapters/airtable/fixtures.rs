//! What the tests of this module share.

use crate::adapters::http::wire::{Wire, answer, client};
use crate::recording::{CallId, JobRecordId, Provider};
use crate::secrets::Secrets;

use super::*;

/// A secret that never changes.
pub(super) struct Fixed(Arc<Secrets>);

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

pub(super) fn airtable(wire: &Wire) -> Airtable<Fixed> {
    let json = json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {
            "default": {"airtable": {"token": "pat-hunter2"}},
            "acme": {"airtable": {
                "token": "pat-of-acme", "base_id": "appOfAcme00000001", "table_id": "tblOfAcme00000001",
                "job_number_field": "Order", "call_id_field": "Phone calls", "history_field": "Notes",
            }},
            "bolt": {"airtable": {"token": "pat-of-bolt", "table_id": "tblOfBolt00000001"}},
            "idle": {},
        },
    });
    let secrets = Arc::new(Fixed(Arc::new(Secrets::parse(&json.to_string()).unwrap())));
    let fields =
        JobFields { number: "Job number".into(), call_ids: Some("Calls".into()), history: "job_history".into() };
    let settings = AirtableSettings {
        base_url: wire.base(),
        base_id: "appA1b2C3d4E5f6G7".parse().unwrap(),
        table: "My jobs".into(),
        fields,
    };
    Airtable::new(client(), secrets, settings)
}

pub(super) fn organisation() -> Organisation {
    Organisation::default_organisation()
}

pub(super) fn ok(body: &Value) -> Vec<u8> {
    answer(200, &[("Content-Type", "application/json")], body.to_string())
}

pub(super) fn record_id(digit: u8) -> JobRecordId {
    format!("rec{}", digit.to_string().repeat(14)).parse().unwrap()
}

pub(super) fn number(text: &str) -> JobKey {
    JobKey::Number(text.parse().unwrap())
}

pub(super) fn call(digit: u8) -> JobKey {
    JobKey::Call(CallId::parse(Provider::Twilio, &call_sid(digit)).unwrap())
}

pub(super) fn call_sid(digit: u8) -> String {
    format!("CA{}", digit.to_string().repeat(32))
}

/// What both requests can be answered with, and what it means for each: find, update, detail.
pub(super) fn refusals() -> Vec<(Vec<u8>, ErrorKind, ErrorKind, &'static str)> {
    use ErrorKind::{Invalid, NotFound, QuotaExhausted, Refused, Unavailable};
    let throttled = |seconds| ErrorKind::Throttled { retry_after: Some(Duration::from_secs(seconds)) };
    let object = |status, word: &str| {
        let body = json!({"error": {"type": word, "message": "+15551234567"}});
        answer(status, &[("Content-Type", "application/json")], body.to_string())
    };
    let list = |word: &str| answer(429, &[], json!({"errors": [{"error": word, "message": "wait"}]}).to_string());
    let same = |answer, kind, detail| (answer, kind, kind, detail);
    vec![
        same(list("RATE_LIMIT_REACHED"), throttled(30), "HTTP 429 RATE_LIMIT_REACHED"),
        same(answer(429, &[], ""), throttled(30), "HTTP 429"),
        same(answer(429, &[("Retry-After", "5")], ""), throttled(30), "HTTP 429"),
        same(answer(429, &[("Retry-After", "60")], ""), throttled(60), "HTTP 429"),
        same(list("PUBLIC_API_BILLING_LIMIT_EXCEEDED"), QuotaExhausted, "HTTP 429 PUBLIC_API_BILLING_LIMIT_EXCEEDED"),
        same(object(401, "AUTHENTICATION_REQUIRED"), Refused, "HTTP 401 AUTHENTICATION_REQUIRED"),
        same(
            object(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"),
            Refused,
            "HTTP 403 INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
        ),
        (answer(404, &[], r#"{"error":"NOT_FOUND"}"#), Refused, NotFound, "HTTP 404 NOT_FOUND"),
        same(object(404, "TABLE_NOT_FOUND"), Refused, "HTTP 404 TABLE_NOT_FOUND"),
        same(object(422, "ROW_DOES_NOT_EXIST"), NotFound, "HTTP 422 ROW_DOES_NOT_EXIST"),
        same(object(422, "UNKNOWN_FIELD_NAME"), Refused, "HTTP 422 UNKNOWN_FIELD_NAME"),
        same(object(422, "INVALID_FILTER_BY_FORMULA"), Refused, "HTTP 422 INVALID_FILTER_BY_FORMULA"),
        same(object(422, "INVALID_VALUE_FOR_COLUMN"), Invalid, "HTTP 422 INVALID_VALUE_FOR_COLUMN"),
        same(object(413, "REQUEST_TOO_LARGE"), Invalid, "HTTP 413 REQUEST_TOO_LARGE"),
        same(answer(400, &[], "{"), Invalid, "HTTP 400"),
        same(answer(302, &[("Location", "https://example.com/")], ""), Invalid, "HTTP 302"),
        same(answer(408, &[], ""), Unavailable, "HTTP 408"),
        same(answer(500, &[], "<html>+15551234567</html>"), Unavailable, "HTTP 500"),
        same(object(503, "SERVICE_UNAVAILABLE"), Unavailable, "HTTP 503 SERVICE_UNAVAILABLE"),
        same(
            answer(200, &[], "<html>maintenance</html>"),
            Unavailable,
            "HTTP 200, but the answer is not JSON of the documented shape",
        ),
        same(Vec::new(), Unavailable, "the connection broke off"),
    ]
}

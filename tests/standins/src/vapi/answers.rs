use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::journal::Caller;

/// Vapi's errors: a sentence, and the status once more in the body.
pub(super) fn error(status: StatusCode, message: &str) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    (status, axum::Json(json!({"message": message, "error": reason, "statusCode": status.as_u16()}))).into_response()
}

pub(crate) fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "Not Found")
}

/// Who asks has no key of an organisation's.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoKey;

impl NoKey {
    pub(super) fn answer(self) -> Response {
        error(StatusCode::UNAUTHORIZED, "Invalid Key. Hot tip, you may be using the public key.")
    }
}

/// The organisation of who asks.
pub(super) fn organisation(caller: &Caller) -> Result<&str, NoKey> {
    match caller {
        Caller::VapiOrganisation { id } => Ok(id),
        _ => Err(NoKey),
    }
}

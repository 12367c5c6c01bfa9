use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::journal::Caller;

/// ElevenLabs' errors: a detail with a word and a sentence.
pub(super) fn error(status: StatusCode, word: &str, message: &str) -> Response {
    (status, axum::Json(json!({"detail": {"status": word, "message": message}}))).into_response()
}

/// The errors of a request that makes no sense: a detail that is a list.
pub(super) fn unprocessable(name: &str) -> Response {
    let detail = json!([{"loc": ["query", name], "msg": "Input should be valid", "type": "value_error"}]);
    (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(json!({ "detail": detail }))).into_response()
}

pub(crate) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, axum::Json(json!({"detail": "Not Found"}))).into_response()
}

pub(super) fn no_conversation() -> Response {
    error(StatusCode::NOT_FOUND, "document_not_found", "Document with id was not found.")
}

pub(super) fn no_agent() -> Response {
    error(StatusCode::NOT_FOUND, "document_not_found", "Agent with id was not found.")
}

/// Who asks has no key of a workspace's.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoKey;

impl NoKey {
    pub(super) fn answer(self) -> Response {
        error(StatusCode::UNAUTHORIZED, "invalid_api_key", "Invalid API key")
    }
}

/// The workspace of who asks.
pub(super) fn workspace(caller: &Caller) -> Result<&str, NoKey> {
    match caller {
        Caller::Workspace { id } => Ok(id),
        _ => Err(NoKey),
    }
}

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The forms in which Airtable's errors were seen (protocols.md 2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// As each error was seen most: 404 a word, 429 a list, others an object.
    #[default]
    Natural,
    /// `{"error":"NOT_FOUND"}`.
    Word,
    /// `{"error":{"type":"…","message":"…"}}`.
    Object,
    /// `{"errors":[{"error":"…","message":"…"}]}`.
    List,
    /// No body.
    Empty,
    /// HTML.
    NotJson,
}

/// An error of Airtable's API.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    kind: &'static str,
    message: String,
}

/// Airtable's answer about a path that it does not know.
pub(crate) fn not_found() -> Response {
    ApiError::not_found().answer(ErrorShape::Natural)
}

impl ApiError {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Could not find what you are looking for")
    }

    pub(super) fn authentication_required() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AUTHENTICATION_REQUIRED", "Authentication required")
    }

    pub(super) fn no_such_model() -> Self {
        let message = "Invalid permissions, or the requested model was not found. Check that both your user and \
                       your token have the required permissions, and that the model names and/or ids are correct.";
        Self::new(StatusCode::FORBIDDEN, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", message)
    }

    pub(super) fn rate_limited() -> Self {
        let message = "Rate limit exceeded. Please try again later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_REACHED", message)
    }

    pub(super) fn quota_exhausted() -> Self {
        let message = "The API request limit of your workspace's plan was exceeded";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "PUBLIC_API_BILLING_LIMIT_EXCEEDED", message)
    }

    pub(super) fn unprocessable(kind: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, message)
    }

    pub(super) fn bad_json() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Could not parse request body")
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn answer(&self, shape: ErrorShape) -> Response {
        match self.body(shape) {
            Some(body) => (self.status, axum::Json(body)).into_response(),
            None if shape == ErrorShape::NotJson => {
                (self.status, [(CONTENT_TYPE, "text/html")], "<html><body>Error</body></html>").into_response()
            }
            None => self.status.into_response(),
        }
    }

    fn body(&self, shape: ErrorShape) -> Option<Value> {
        let Self { kind, message, .. } = self;
        match shape {
            ErrorShape::Empty | ErrorShape::NotJson => None,
            ErrorShape::Word => Some(json!({ "error": kind })),
            ErrorShape::Object => Some(json!({"error": {"type": kind, "message": message}})),
            ErrorShape::List => Some(json!({"errors": [{"error": kind, "message": message}]})),
            ErrorShape::Natural => self.body(match self.status {
                StatusCode::NOT_FOUND => ErrorShape::Word,
                StatusCode::TOO_MANY_REQUESTS => ErrorShape::List,
                _ => ErrorShape::Object,
            }),
        }
    }
}

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error of Twilio's API. The 2010-04-01 API answers in XML unless the path ends in `.json` (protocols.md 1.7).
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: u32,
    pub(super) message: String,
}

/// The concurrency limit is reached (protocols.md 1.9).
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooMany;

impl TooMany {
    pub(crate) fn answer(self, path: &str) -> Response {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, 20429, "Too Many Requests").answer(path)
    }
}

/// Twilio's answer about what is not there: 404 with code 20404.
pub(crate) fn not_found(path: &str) -> Response {
    ApiError::not_found(path).answer(path)
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn not_found(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, 20404, format!("The requested resource {path} was not found"))
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 20003, "Authenticate")
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 20001, message)
    }

    /// The error in the form that the path asks for.
    pub(super) fn answer(&self, path: &str) -> Response {
        let mut response = if path.ends_with(".json") { self.json() } else { self.xml() };
        if self.status == StatusCode::UNAUTHORIZED {
            let realm = axum::http::HeaderValue::from_static("Basic realm=\"Twilio API\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        response
    }

    fn more_info(&self) -> String {
        format!("https://www.twilio.com/docs/errors/{}", self.code)
    }

    fn json(&self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": self.more_info(),
            "status": self.status.as_u16(),
        });
        (self.status, axum::Json(body)).into_response()
    }

    fn xml(&self) -> Response {
        let body = format!(
            "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>{}</Code>\
             <Message>{}</Message><MoreInfo>{}</MoreInfo><Status>{}</Status></RestException></TwilioResponse>",
            self.code,
            escaped(&self.message),
            self.more_info(),
            self.status.as_u16(),
        );
        (self.status, [(CONTENT_TYPE, "application/xml")], body).into_response()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

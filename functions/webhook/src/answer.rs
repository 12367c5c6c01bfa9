//! Answers to people and programs.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A sentence for a person. It is the same for everybody, so it is never kept by a cache in between.
pub(crate) fn sentence(status: StatusCode, text: &'static str) -> Response {
    with_body(status, "text/plain; charset=utf-8", text)
}

/// The same, for what may be there in a while.
pub(crate) fn later(seconds: u32, text: &'static str) -> Response {
    let mut response = sentence(StatusCode::SERVICE_UNAVAILABLE, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A document for Twilio.
pub(crate) fn twiml(document: String) -> Response {
    with_body(StatusCode::OK, "text/xml; charset=utf-8", document)
}

/// A redirect that nobody keeps.
pub(crate) fn redirect(to: &str) -> Option<Response> {
    let mut response = empty(StatusCode::FOUND);
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(to).ok()?);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}

fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

//! Answers to people and programs.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use recordings::ports::AudioSlice;

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

/// What cannot be led to for a moment.
pub(crate) fn out_of_reach() -> Response {
    later(5, "The recording cannot be reached just now.\n")
}

/// A page for a person.
pub(crate) fn html(page: &'static str) -> Response {
    with_body(StatusCode::OK, "text/html; charset=utf-8", page)
}

/// A part of somebody's audio, or the word that there is nothing where it was asked for.
pub(crate) fn slice(slice: AudioSlice) -> Response {
    let AudioSlice { content_type, first, bytes, total } = slice;
    let (status, range) = match (bytes.len() as u64, total) {
        (0, total) => (StatusCode::RANGE_NOT_SATISFIABLE, total.map(|total| format!("bytes */{total}"))),
        (length, total) => {
            let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
            (StatusCode::PARTIAL_CONTENT, Some(format!("bytes {first}-{}/{total}", first + length - 1)))
        }
    };
    let mut response = audio(status, content_type, bytes);
    let range = range.and_then(|range| HeaderValue::from_str(&range).ok());
    response.headers_mut().extend(range.map(|range| (CONTENT_RANGE, range)));
    response
}

/// What audio is, without the audio.
pub(crate) fn described(content_type: &'static str, length: Option<u64>) -> Response {
    // A body that says nothing of its size, so that no length is made up where none is known.
    let nothing = Body::from_stream(stream::empty::<Result<&[u8], Infallible>>());
    let mut response = audio(StatusCode::OK, content_type, nothing);
    response.headers_mut().extend(length.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
    response
}

fn audio(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = with_body(status, content_type, body);
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
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
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

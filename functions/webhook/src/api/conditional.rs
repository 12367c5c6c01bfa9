//! Answers that need not be sent again to who has them.
//!
//! An answer that is the same until something changes carries a strong `ETag`, made of its bytes. One that holds a signed URL
//! carries none: each is made for the one who asks, leaves a trace of its own, and ends at a time of its own.

use std::convert::Infallible;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use headers::{HeaderMapExt, IfNoneMatch};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Who may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// The caller's own cache, which asks each time whether it is still right.
    Cached,
    /// No cache at all, because the answer tells of persons, or holds a link. A program that kept it may ask all the same.
    OnlyByTheProgram,
}

impl Keeping {
    fn directives(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Cached => "private, no-cache",
            Self::OnlyByTheProgram => "private, no-store",
        })
    }
}

/// An answer that is one caller's own, and the same until something changes.
pub(super) fn tagged<T: Serialize>(keeping: Keeping, content: &T) -> Response {
    match serde_json::to_vec(content) {
        Ok(bytes) => {
            let mut response = Response::new(Body::empty());
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, keeping.directives());
            headers.extend(etag(&bytes));
            *response.body_mut() = bytes.into();
            response
        }
        // It says what is wrong with it.
        Err(_) => Json(content).into_response(),
    }
}

/// The tag of what is made of these bytes.
pub(crate) fn etag(bytes: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let text = format!("\"{}\"", hex::encode(&Sha256::digest(bytes)[..16]));
    Some((ETAG, HeaderValue::try_from(text).ok()?))
}

/// Answers 304, without the content, where the caller has it.
/// Source: RFC 9110, 13.1.2 and 15.4.5.
pub(crate) async fn unless_it_is_known(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().typed_get::<IfNoneMatch>().filter(|_| is_read);
    let mut response = next.run(request).await;
    let tag = response.headers().typed_get::<headers::ETag>().filter(|_| response.status() == StatusCode::OK);
    if known.zip(tag).is_some_and(|(known, tag)| !known.precondition_passes(&tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        // A body without a size, because the length that would be told of an empty one is not that of the content.
        *response.body_mut() = Body::from_stream(stream::empty::<Result<Vec<u8>, Infallible>>());
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

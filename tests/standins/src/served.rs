//! Audio as a host serves it: the whole or a part, with its length or without.

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use sha1::{Digest, Sha1};

use crate::byte_range::{ByteRange, Wanted};
use crate::speech::Track;

/// How a host serves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// With `Content-Length`; otherwise chunked.
    pub(crate) content_length: bool,
    /// A `Range` header is minded, and `ETag` and `Accept-Ranges` are sent.
    pub(crate) ranges: bool,
}

/// The answer to who asks for this audio. `name` is the same for the same bytes.
pub(crate) fn audio(
    track: &Track,
    name: &str,
    content_type: &'static str,
    manner: Manner,
    headers: &HeaderMap,
) -> Response {
    let etag = format!("\"{}\"", hex::encode(&Sha1::digest(name)[..16]));
    let wanted = if manner.ranges { asked(headers, &etag, track.length()) } else { Wanted::Whole };
    let mut response = match wanted {
        Wanted::Whole => part(track.clone(), ByteRange::whole(track.length()), manner),
        Wanted::Part(range) => partial(track, range, manner),
        Wanted::Unsatisfiable => unsatisfiable(track.length()),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if manner.ranges {
        headers.extend(HeaderValue::from_str(&etag).ok().map(|etag| (ETAG, etag)));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    response
}

/// A refusal as object stores write it.
pub(crate) fn refusal(status: StatusCode, message: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Message>{message}</Message></Error>");
    (status, [(CONTENT_TYPE, "application/xml")], body).into_response()
}

fn asked(headers: &HeaderMap, etag: &str, length: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let unchanged = text(IF_RANGE).is_none_or(|condition| condition == etag);
    text(RANGE).filter(|_| unchanged).map_or(Wanted::Whole, |range| Wanted::parse(range, length))
}

fn part(track: Track, range: ByteRange, manner: Manner) -> Response {
    let length = range.end - range.start;
    let bytes = track.stream(range.start, range.end).map(Ok::<_, std::convert::Infallible>);
    let mut response = Response::new(Body::from_stream(bytes));
    if manner.content_length {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response
}

fn partial(track: &Track, range: ByteRange, manner: Manner) -> Response {
    let length = track.length();
    let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
    (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, content_range)], part(track.clone(), range, manner)).into_response()
}

fn unsatisfiable(length: u64) -> Response {
    (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, format!("bytes */{length}"))]).into_response()
}

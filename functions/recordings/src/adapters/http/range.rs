//! Asking for a part of a whole, and telling which part came (RFC 9110, section 14).

use headers::{ContentRange, ETag, HeaderMapExt};
use reqwest::Response;
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_RANGE, RANGE};

/// The part that an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) struct Part {
    /// Its first byte; none when the wanted one is behind the end.
    pub(in crate::adapters) first: Option<u64>,
    /// Its last byte.
    pub(in crate::adapters) last: Option<u64>,
    /// The size of the whole, where it is known.
    pub(in crate::adapters) whole: Option<u64>,
}

/// Asks for everything from `first` on; of `version` only, where one is known.
pub(in crate::adapters) fn from(first: u64, version: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::try_from(format!("bytes={first}-")).ok().map(|range| (RANGE, range)));
    headers.extend(version.and_then(|tag| HeaderValue::try_from(tag).ok()).map(|tag| (IF_RANGE, tag)));
    headers
}

/// Asks for the bytes from `first` to `last`, both included.
pub(in crate::adapters) fn between(first: u64, last: u64) -> HeaderMap {
    HeaderMap::from_iter(HeaderValue::try_from(format!("bytes={first}-{last}")).ok().map(|range| (RANGE, range)))
}

/// The part that an answer of 206 or 416 says it is.
pub(in crate::adapters) fn part(response: &Response) -> Option<Part> {
    let range: ContentRange = response.headers().typed_get()?;
    let (first, last) = range.bytes_range().unzip();
    Some(Part { first, last, whole: range.bytes_len() })
}

/// What tells a representation from others. A weak tag does not promise the same bytes.
pub(in crate::adapters) fn strong_tag(response: &Response) -> Option<String> {
    response.headers().typed_get::<ETag>()?;
    let tag = response.headers().get(ETAG)?.to_str().ok()?;
    (!tag.starts_with("W/")).then(|| tag.to_owned())
}

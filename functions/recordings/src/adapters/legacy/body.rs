//! What a host serves, as audio that is told apart from everything else.

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};

use super::{OPEN, fetch_error};
use crate::adapters::http::{failure, range};
use crate::audio::Container;
use crate::ports::{ErrorKind, FetchError, OpenedAudio, PortError, StoppedAt};

/// The audio as it arrives.
pub type Body = BoxStream<'static, Result<Bytes, FetchError>>;

/// The rest of what was read so far, if that is what came: the part that was asked for, of the same whole.
pub(super) fn going_on(response: Response, stopped: &StoppedAt) -> Result<Option<OpenedAudio<Body>>, FetchError> {
    let is_the_end = response.status() == StatusCode::RANGE_NOT_SATISFIABLE;
    let version = range::strong_tag(&response);
    let Some(part) = range::part(&response) else { return Ok(None) };
    let same_size = stopped.announced_bytes.is_none_or(|bytes| part.whole == Some(bytes));
    let same_version = stopped.version.is_none() || is_the_end || version == stopped.version;
    let same_place = if is_the_end { part.whole == Some(stopped.offset) } else { part.first == Some(stopped.offset) };
    match same_size && same_version && same_place {
        false => Ok(None),
        true if is_the_end => {
            let body = futures_util::stream::empty().boxed();
            Ok(Some(OpenedAudio { announced_bytes: part.whole, version, said: None, body }))
        }
        true => with_body(response, part.whole).map(Some),
    }
}

/// An answer whose body is audio, or may be: the bytes are looked at later anyway.
pub(super) fn with_body(response: Response, announced_bytes: Option<u64>) -> Result<OpenedAudio<Body>, FetchError> {
    if !may_be_audio(&response) {
        let detail = format!("HTTP {} with a content type that is not audio's", response.status().as_u16());
        return Err(FetchError::Broken(PortError::new(ErrorKind::Invalid, OPEN, detail)));
    }
    let version = range::strong_tag(&response);
    let said = response.headers().get(CONTENT_TYPE).and_then(|value| Container::of_content_type(value.to_str().ok()?));
    let body = response.bytes_stream().map_err(|error| fetch_error(failure(OPEN, error))).boxed();
    Ok(OpenedAudio { announced_bytes, version, said, body })
}

/// Archives call audio many things, and pages text.
fn may_be_audio(response: &Response) -> bool {
    let Some(value) = response.headers().get(CONTENT_TYPE) else { return true };
    let value = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    !(value.starts_with("text/") || value.starts_with("application/json") || value.starts_with("application/xml"))
}

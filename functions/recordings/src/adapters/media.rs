//! Audio that a provider serves by HTTP: the whole, the rest, and slices of it. What differs between providers is how it
//! is asked for, and what a refusal means.

mod slices;

use std::future::Future;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};

use super::http::{Fetched, failure, range};
use crate::audio::Container;
use crate::ports::{ErrorKind, FetchError, OpenedAudio, PortError, StoppedAt};
use crate::recording::RecordingRef;

#[cfg(test)]
pub(super) use slices::Pace;
pub(super) use slices::{PACE, slice_at};

use slices::container;

/// A provider's audio as it arrives.
pub(super) type Body = BoxStream<'static, Result<Bytes, FetchError>>;

/// A provider whose audio is a body of HTTP.
pub(super) trait Media: Sync {
    /// What opening the audio is called in errors.
    const OPEN: &'static str;
    /// What fetching a slice of it is called in errors.
    const SLICE: &'static str;

    /// What the audio is where an answer does not say.
    fn usual_container(&self) -> Container;

    /// Asks for the audio, or for the part of it that `conditions` name.
    fn get(
        &self,
        recording: &RecordingRef,
        conditions: &HeaderMap,
    ) -> impl Future<Output = Result<Fetched, FetchError>> + Send;

    /// What an answer means that is not audio.
    fn why_none(&self, recording: &RecordingRef, fetched: Fetched) -> impl Future<Output = FetchError> + Send;
}

/// Opens the audio from its first byte.
pub(super) async fn open<M: Media>(provider: &M, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
    let fetched = provider.get(recording, &HeaderMap::new()).await?;
    match fetched.response.status() {
        StatusCode::OK => {
            let announced_bytes = fetched.response.content_length();
            with_body::<M>(fetched.response, announced_bytes)
        }
        _ => Err(provider.why_none(recording, fetched).await),
    }
}

/// Opens the audio where an earlier reading stopped, if the provider goes on from there.
pub(super) async fn open_from<M: Media>(
    provider: &M,
    recording: &RecordingRef,
    stopped: &StoppedAt,
) -> Result<Option<OpenedAudio<Body>>, FetchError> {
    let conditions = range::from(stopped.offset, stopped.version.as_deref());
    let fetched = provider.get(recording, &conditions).await?;
    match fetched.response.status() {
        StatusCode::OK => Ok(None),
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => going_on::<M>(fetched.response, stopped),
        _ => Err(provider.why_none(recording, fetched).await),
    }
}

/// The rest of what was read so far, if that is what came: the part that was asked for, of the same whole.
fn going_on<M: Media>(response: Response, stopped: &StoppedAt) -> Result<Option<OpenedAudio<Body>>, FetchError> {
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
        true => with_body::<M>(response, part.whole).map(Some),
    }
}

fn with_body<M: Media>(response: Response, announced_bytes: Option<u64>) -> Result<OpenedAudio<Body>, FetchError> {
    check_type::<M>(&response)?;
    let version = range::strong_tag(&response);
    let said = container(&response);
    let body = response.bytes_stream().map_err(|error| fetch_error(failure(M::OPEN, error))).boxed();
    Ok(OpenedAudio { announced_bytes, version, said, body })
}

fn check_type<M: Media>(response: &Response) -> Result<(), FetchError> {
    if may_be_audio(response) {
        return Ok(());
    }
    let detail = format!("HTTP {} with a content type that is not audio's", response.status().as_u16());
    Err(FetchError::Broken(PortError::new(ErrorKind::Invalid, M::OPEN, detail)))
}

/// Error pages were saved as audio before. No type at all is let through: the bytes are looked at later anyway.
fn may_be_audio(response: &Response) -> bool {
    essence(response).is_none_or(|essence| essence.starts_with("audio/") || essence.ends_with("/octet-stream"))
}

/// The media type of an answer, in lower case and without its parameters.
pub(super) fn essence(response: &Response) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?;
    let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
    Some(value.split(';').next().unwrap_or_default().trim().to_owned())
}

/// What a failure means for the recording.
pub(super) fn fetch_error(error: PortError) -> FetchError {
    match error.kind {
        ErrorKind::Refused | ErrorKind::QuotaExhausted => FetchError::Refused(error),
        ErrorKind::Throttled { .. } => FetchError::Throttled(error),
        ErrorKind::Unavailable | ErrorKind::Conflict => FetchError::Unavailable(error),
        ErrorKind::NotFound => FetchError::NotReady(error),
        ErrorKind::Invalid => FetchError::Broken(error),
    }
}

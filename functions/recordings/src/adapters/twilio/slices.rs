use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Response, StatusCode};

use super::audio::check_type;
use super::problem::fetch_error;
use super::{MediaFormat, Twilio};
use crate::adapters::http::{failure, range};
use crate::audio::Container;
use crate::ports::{AudioSlice, AudioSlices, ErrorKind, FetchError, PortError, SecretSource};
use crate::recording::RecordingRef;

const SLICE: &str = "twilio GET recording audio slice";

/// How long bytes that nobody asked for are counted, where nothing else tells the size of the whole.
const COUNTING_TIME: Duration = Duration::from_secs(5);

impl<S: SecretSource + Send> AudioSlices for Twilio<S> {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        let login = self.login(SLICE, recording).await.map_err(fetch_error)?;
        // The first bytes say whether it is audio, also where fewer were asked for.
        let wanted = if first == 0 { most.max(Container::SNIFF_LEN as u64) } else { most.max(1) };
        let last = first.saturating_add(wanted - 1);
        let fetched = self.get_audio(&login, recording, &range::between(first, last)).await?;
        let slice = match fetched.response.status() {
            StatusCode::OK => from_the_whole(fetched.response, first, last).await?,
            StatusCode::PARTIAL_CONTENT => from_the_part(fetched.response, first, last).await?,
            StatusCode::RANGE_NOT_SATISFIABLE => Slice::behind_the_end(&fetched.response),
            _ => return Err(self.why_no_audio(&login, recording, fetched).await),
        };
        let Slice { mut bytes, total } = slice;
        let content_type = match first {
            0 => begins_as(&bytes)?,
            _ => self.settings.format.content_type(),
        };
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(AudioSlice { content_type, first, bytes, total })
    }
}

impl MediaFormat {
    fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => Container::Mp3.content_type(),
            Self::Wav => Container::Wav.content_type(),
        }
    }
}

struct Slice {
    bytes: Bytes,
    total: Option<u64>,
}

impl Slice {
    fn behind_the_end(response: &Response) -> Self {
        Self { bytes: Bytes::new(), total: range::part(response).and_then(|part| part.whole) }
    }
}

/// A part that was asked for, if it is that part.
async fn from_the_part(mut response: Response, first: u64, last: u64) -> Result<Slice, FetchError> {
    check_type(&response)?;
    let part = range::part(&response).ok_or_else(|| broken("HTTP 206 without a range of bytes"))?;
    let (Some(begin), Some(end)) = (part.first, part.last) else { return Err(broken("HTTP 206 without bytes")) };
    // It may be shorter than what was asked for only where the whole ends.
    let is_short = end < last && part.whole.is_some_and(|whole| end + 1 < whole);
    if begin != first || end < begin || is_short {
        return Err(broken("HTTP 206 with another part than was asked for"));
    }
    let mut window = Window::over(first, first, end.min(last).saturating_add(1));
    if window.fill_from(&mut response).await? {
        Ok(Slice { bytes: window.kept.freeze(), total: part.whole })
    } else {
        let error = PortError::new(ErrorKind::Unavailable, SLICE, "the part ended early");
        Err(FetchError::Unavailable(error))
    }
}

/// A part out of the whole, which is what a server sends that knows no ranges. What is before it is read and dropped.
async fn from_the_whole(mut response: Response, first: u64, last: u64) -> Result<Slice, FetchError> {
    check_type(&response)?;
    let announced = response.content_length();
    if announced.is_some_and(|total| first >= total) {
        return Ok(Slice { bytes: Bytes::new(), total: announced });
    }
    let mut window = Window::over(0, first, last.saturating_add(1));
    let total = match window.fill_from(&mut response).await? {
        true if announced.is_some() => announced,
        true => count_on(window.at, response).await,
        false => Some(window.at),
    };
    Ok(Slice { bytes: window.kept.freeze(), total })
}

/// Players take the end of a slice for the end of the whole where nobody tells them its size, so it is worth some reading.
async fn count_on(mut at: u64, mut response: Response) -> Option<u64> {
    let counting = async {
        while let Some(chunk) = response.chunk().await.ok()? {
            at += chunk.len() as u64;
        }
        Some(at)
    };
    tokio::time::timeout(COUNTING_TIME, counting).await.ok().flatten()
}

/// Keeps some of the bytes that pass.
struct Window {
    /// Where the next byte is that passes.
    at: u64,
    /// The first byte to keep.
    first: u64,
    /// The first byte behind it that is not to be kept.
    end: u64,
    kept: BytesMut,
}

impl Window {
    fn over(at: u64, first: u64, end: u64) -> Self {
        Self { at, first, end, kept: BytesMut::new() }
    }

    /// Reads until everything to be kept has passed. Says whether it has, before the body ended.
    async fn fill_from(&mut self, response: &mut Response) -> Result<bool, FetchError> {
        while self.at < self.end {
            match response.chunk().await.map_err(|error| fetch_error(failure(SLICE, error)))? {
                Some(chunk) => self.pass(&chunk),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn pass(&mut self, chunk: &[u8]) {
        let after = self.at + chunk.len() as u64;
        // Both are within the chunk, and so fit.
        let [from, to] = [self.first, self.end].map(|byte| (byte.clamp(self.at, after) - self.at) as usize);
        self.kept.extend_from_slice(&chunk[from..to]);
        self.at = after;
    }
}

fn begins_as(bytes: &[u8]) -> Result<&'static str, FetchError> {
    Container::sniff(bytes)
        .map(Container::content_type)
        .ok_or_else(|| broken("the first bytes are of no known audio format"))
}

fn broken(detail: &'static str) -> FetchError {
    FetchError::Broken(PortError::new(ErrorKind::Invalid, SLICE, detail))
}

#[cfg(test)]
#[path = "slices_tests.rs"]
mod tests;

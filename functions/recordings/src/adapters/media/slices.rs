use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::{Media, check_type, fetch_error};
use crate::adapters::http::{failure, range};
use crate::audio::Container;
use crate::ports::{AudioSlice, ErrorKind, FetchError, PortError};
use crate::recording::RecordingRef;

/// How long somebody who listens is kept waiting.
#[derive(Clone, Copy)]
pub(in crate::adapters) struct Pace {
    /// After this time a slice is given with what has come of it, so that a slow provider is heard too.
    pub(in crate::adapters) filling: Duration,
    /// For this time bytes that nobody asked for are counted, where nothing else tells the size of the whole.
    pub(in crate::adapters) counting: Duration,
}

/// The pace of production.
pub(in crate::adapters) const PACE: Pace = Pace { filling: Duration::from_secs(10), counting: Duration::from_secs(5) };

/// Fetches a slice of a provider's audio.
pub(in crate::adapters) async fn slice_at<M: Media>(
    provider: &M,
    pace: Pace,
    recording: &RecordingRef,
    first: u64,
    most: u64,
) -> Result<AudioSlice, FetchError> {
    // The first bytes say whether it is audio, also where fewer were asked for.
    let wanted = if first == 0 { most.max(Container::SNIFF_LEN as u64) } else { most.max(1) };
    let last = first.saturating_add(wanted - 1);
    let fetched = provider.get(recording, &range::between(first, last)).await?;
    let said = container(&fetched.response);
    let slice = match fetched.response.status() {
        StatusCode::OK => from_the_whole::<M>(fetched.response, first, last, pace).await?,
        StatusCode::PARTIAL_CONTENT => from_the_part::<M>(fetched.response, first, last, pace).await?,
        StatusCode::RANGE_NOT_SATISFIABLE => Slice::behind_the_end(&fetched.response),
        _ => return Err(provider.why_none(recording, fetched).await),
    };
    let Slice { mut bytes, total } = slice;
    let content_type = match first {
        0 => begins_as::<M>(&bytes)?,
        _ => said.unwrap_or_else(|| provider.usual_container()).content_type(),
    };
    bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(AudioSlice { content_type, first, bytes, total })
}

/// The container that an answer names.
pub(super) fn container(response: &Response) -> Option<Container> {
    let value = response.headers().get(CONTENT_TYPE)?;
    Container::of_content_type(value.to_str().unwrap_or_default())
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
async fn from_the_part<M: Media>(
    mut response: Response,
    first: u64,
    last: u64,
    pace: Pace,
) -> Result<Slice, FetchError> {
    check_type::<M>(&response)?;
    let part = range::part(&response).ok_or_else(|| broken::<M>("HTTP 206 without a range of bytes"))?;
    let (Some(begin), Some(end)) = (part.first, part.last) else { return Err(broken::<M>("HTTP 206 without bytes")) };
    // It may be shorter than what was asked for only where the whole ends.
    let is_short = end < last && part.whole.is_some_and(|whole| end + 1 < whole);
    if begin != first || end < begin || is_short {
        return Err(broken::<M>("HTTP 206 with another part than was asked for"));
    }
    let mut window = Window::over(first, first, end.min(last).saturating_add(1));
    match window.fill_from::<M>(&mut response, pace.filling).await? {
        Filling::Full | Filling::Slow => Ok(Slice { bytes: window.kept.freeze(), total: part.whole }),
        Filling::Ended => {
            let error = PortError::new(ErrorKind::Unavailable, M::SLICE, "the part ended early");
            Err(FetchError::Unavailable(error))
        }
    }
}

/// A part out of the whole, which is what a server sends that knows no ranges. What is before it is read and dropped.
async fn from_the_whole<M: Media>(
    mut response: Response,
    first: u64,
    last: u64,
    pace: Pace,
) -> Result<Slice, FetchError> {
    check_type::<M>(&response)?;
    let announced = response.content_length();
    if announced.is_some_and(|total| first >= total) {
        return Ok(Slice { bytes: Bytes::new(), total: announced });
    }
    let mut window = Window::over(0, first, last.saturating_add(1));
    let total = match window.fill_from::<M>(&mut response, pace.filling).await? {
        Filling::Ended => Some(window.at),
        Filling::Full if announced.is_none() => count_on(window.at, response, pace.counting).await,
        Filling::Full | Filling::Slow => announced,
    };
    Ok(Slice { bytes: window.kept.freeze(), total })
}

/// Players take the end of a slice for the end of the whole where nobody tells them its size, so it is worth some reading.
async fn count_on(mut at: u64, mut response: Response, time: Duration) -> Option<u64> {
    let counting = async {
        while let Some(chunk) = response.chunk().await.ok()? {
            at += chunk.len() as u64;
        }
        Some(at)
    };
    tokio::time::timeout(time, counting).await.ok().flatten()
}

/// How a window was filled.
enum Filling {
    /// Everything passed that was to be kept.
    Full,
    /// The body ended before that.
    Ended,
    /// The time was over before that.
    Slow,
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

    /// Reads until everything to be kept has passed, or the time is over and something of it has.
    async fn fill_from<M: Media>(&mut self, response: &mut Response, time: Duration) -> Result<Filling, FetchError> {
        let end = Instant::now() + time;
        while self.at < self.end {
            let chunk = match timeout_at(end, response.chunk()).await {
                Ok(chunk) => chunk,
                // Less could not be recognised.
                Err(_) if self.kept.len() < Container::SNIFF_LEN => response.chunk().await,
                Err(_) => return Ok(Filling::Slow),
            };
            match chunk.map_err(|error| fetch_error(failure(M::SLICE, error)))? {
                Some(chunk) => self.pass(&chunk),
                None => return Ok(Filling::Ended),
            }
        }
        Ok(Filling::Full)
    }

    fn pass(&mut self, chunk: &[u8]) {
        let after = self.at + chunk.len() as u64;
        // Both are within the chunk, and so fit.
        let [from, to] = [self.first, self.end].map(|byte| (byte.clamp(self.at, after) - self.at) as usize);
        self.kept.extend_from_slice(&chunk[from..to]);
        self.at = after;
    }
}

fn begins_as<M: Media>(bytes: &[u8]) -> Result<&'static str, FetchError> {
    Container::sniff(bytes)
        .map(Container::content_type)
        .ok_or_else(|| broken::<M>("the first bytes are of no known audio format"))
}

fn broken<M: Media>(detail: &'static str) -> FetchError {
    FetchError::Broken(PortError::new(ErrorKind::Invalid, M::SLICE, detail))
}

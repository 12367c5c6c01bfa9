use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response, StatusCode};

use super::Twilio;
use super::login::Login;
use super::problem::{Problem, fetch_error};
use crate::adapters::http::{Fetched, failure, range};
use crate::ports::{AudioSource, ErrorKind, FetchError, OpenedAudio, PortError, SecretSource, StoppedAt};
use crate::recording::{Channels, RecordingRef};

pub(super) const OPEN: &str = "twilio GET recording audio";

type Body = BoxStream<'static, Result<Bytes, FetchError>>;

impl<S: SecretSource + Send> AudioSource for Twilio<S> {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
        let login = self.login(OPEN, recording).await.map_err(fetch_error)?;
        let fetched = self.get_audio(&login, recording, &HeaderMap::new()).await?;
        match fetched.response.status() {
            StatusCode::OK => opened(fetched.response),
            _ => Err(self.why_no_audio(&login, recording, fetched).await),
        }
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        let login = self.login(OPEN, recording).await.map_err(fetch_error)?;
        let conditions = range::from(stopped.offset, stopped.version.as_deref());
        let fetched = self.get_audio(&login, recording, &conditions).await?;
        match fetched.response.status() {
            StatusCode::OK => Ok(None),
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => going_on(fetched.response, stopped),
            _ => Err(self.why_no_audio(&login, recording, fetched).await),
        }
    }

    /// An organisation without an account in the secret, for which nothing can be fetched either, gets a URL without one.
    fn provider_url(&self, recording: &RecordingRef) -> String {
        let file = self.audio_file(recording);
        match self.accounts.of(&recording.organisation) {
            Some(account) => self.recording_url(&account, &file).into(),
            None => self.settings.base_url.join(&["2010-04-01", "Recordings", &file]).into(),
        }
    }
}

impl<S: SecretSource> Twilio<S> {
    pub(super) async fn get_audio(
        &self,
        login: &Login,
        recording: &RecordingRef,
        conditions: &HeaderMap,
    ) -> Result<Fetched, FetchError> {
        let channels = self.settings.channels;
        let fetched = self.get_channels(login, recording, channels, conditions).await?;
        // Twilio's own advice for a recording that has no second channel.
        // Source: <https://www.twilio.com/docs/voice/api/recording>, `RequestedChannels`
        if channels == Channels::Dual && fetched.response.status() == StatusCode::BAD_REQUEST {
            return self.get_channels(login, recording, Channels::Mono, conditions).await;
        }
        Ok(fetched)
    }

    async fn get_channels(
        &self,
        login: &Login,
        recording: &RecordingRef,
        channels: Channels,
        conditions: &HeaderMap,
    ) -> Result<Fetched, FetchError> {
        let mut url = self.recording_url(&login.account, &self.audio_file(recording));
        url.query_pairs_mut().append_pair("RequestedChannels", &channels.count().to_string());
        let request = login.sign(self.http.request(Method::GET, url));
        self.http.get_following(OPEN, request, conditions).await.map_err(fetch_error)
    }

    pub(super) async fn why_no_audio(&self, login: &Login, recording: &RecordingRef, fetched: Fetched) -> FetchError {
        let problem = Problem::read(fetched.response).await;
        match problem.kind() {
            ErrorKind::NotFound => self.why_not_found(login, recording, &problem).await,
            // The link that Twilio redirected to does not work, or no longer does; the next try gets a fresh one.
            ErrorKind::Refused if fetched.redirected => {
                let detail = format!("{} from the media host", problem.detail());
                FetchError::Unavailable(PortError::new(ErrorKind::Unavailable, OPEN, detail))
            }
            _ => fetch_error(problem.port_error(OPEN)),
        }
    }

    fn audio_file(&self, recording: &RecordingRef) -> String {
        format!("{}.{}", recording.recording_id, self.settings.format.as_str())
    }
}

fn opened(response: Response) -> Result<OpenedAudio<Body>, FetchError> {
    let announced_bytes = response.content_length();
    with_body(response, announced_bytes)
}

/// The rest of what was read so far, if that is what came: the part that was asked for, of the same whole.
fn going_on(response: Response, stopped: &StoppedAt) -> Result<Option<OpenedAudio<Body>>, FetchError> {
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
            Ok(Some(OpenedAudio { announced_bytes: part.whole, version, body }))
        }
        true => with_body(response, part.whole).map(Some),
    }
}

fn with_body(response: Response, announced_bytes: Option<u64>) -> Result<OpenedAudio<Body>, FetchError> {
    check_type(&response)?;
    let version = range::strong_tag(&response);
    let body = response.bytes_stream().map_err(|error| fetch_error(failure(OPEN, error))).boxed();
    Ok(OpenedAudio { announced_bytes, version, body })
}

pub(super) fn check_type(response: &Response) -> Result<(), FetchError> {
    if may_be_audio(response) {
        return Ok(());
    }
    let detail = format!("HTTP {} with a content type that is not audio's", response.status().as_u16());
    Err(FetchError::Broken(PortError::new(ErrorKind::Invalid, OPEN, detail)))
}

/// Twilio's error pages were saved as audio before. No type at all is let through: the bytes are looked at later anyway.
fn may_be_audio(response: &Response) -> bool {
    let Some(value) = response.headers().get(CONTENT_TYPE) else { return true };
    let value = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.starts_with("audio/") || essence.ends_with("/octet-stream")
}

#[cfg(test)]
#[path = "audio_tests.rs"]
mod tests;

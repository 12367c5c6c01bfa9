use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response, StatusCode};

use super::Twilio;
use super::login::Login;
use super::problem::{Problem, fetch_error};
use crate::adapters::http::{Fetched, failure};
use crate::ports::{AudioSource, ErrorKind, FetchError, OpenedAudio, PortError, SecretSource};
use crate::recording::{Channels, RecordingRef};

pub(super) const OPEN: &str = "twilio GET recording audio";

impl<S: SecretSource + Send> AudioSource for Twilio<S> {
    type Body = BoxStream<'static, Result<Bytes, FetchError>>;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Self::Body>, FetchError> {
        let login = self.login(OPEN, recording).await.map_err(fetch_error)?;
        let channels = self.settings.channels;
        let mut fetched = self.get_audio(&login, recording, channels).await?;
        // Twilio's own advice for a recording that has no second channel.
        // Source: <https://www.twilio.com/docs/voice/api/recording>, `RequestedChannels`
        if channels == Channels::Dual && fetched.response.status() == StatusCode::BAD_REQUEST {
            fetched = self.get_audio(&login, recording, Channels::Mono).await?;
        }
        match fetched.response.status() {
            StatusCode::OK => opened(fetched.response),
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
    async fn get_audio(
        &self,
        login: &Login,
        recording: &RecordingRef,
        channels: Channels,
    ) -> Result<Fetched, FetchError> {
        let mut url = self.recording_url(&login.account, &self.audio_file(recording));
        url.query_pairs_mut().append_pair("RequestedChannels", &channels.count().to_string());
        let request = login.sign(self.http.request(Method::GET, url));
        self.http.get_following(OPEN, request).await.map_err(fetch_error)
    }

    async fn why_no_audio(&self, login: &Login, recording: &RecordingRef, fetched: Fetched) -> FetchError {
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

fn opened(response: Response) -> Result<OpenedAudio<BoxStream<'static, Result<Bytes, FetchError>>>, FetchError> {
    if !may_be_audio(&response) {
        let error = PortError::new(ErrorKind::Invalid, OPEN, "HTTP 200 with a content type that is not audio's");
        return Err(FetchError::Broken(error));
    }
    let announced_bytes = response.content_length();
    let body = response.bytes_stream().map_err(|error| fetch_error(failure(OPEN, error))).boxed();
    Ok(OpenedAudio { announced_bytes, body })
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

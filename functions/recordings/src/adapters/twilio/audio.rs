use reqwest::Method;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::login::Login;
use super::problem::Problem;
use super::{MediaFormat, Twilio};
use crate::adapters::http::Fetched;
use crate::adapters::media::{self, Body, Media, PACE, fetch_error};
use crate::audio::Container;
use crate::ports::{
    AudioSlice, AudioSlices, AudioSource, ErrorKind, FetchError, OpenedAudio, PortError, SecretSource, StoppedAt,
};
use crate::recording::{Channels, RecordingRef};

pub(super) const OPEN: &str = "twilio GET recording audio";

impl<S: SecretSource + Send> AudioSource for Twilio<S> {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
        media::open(self, recording).await
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        media::open_from(self, recording, stopped).await
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

impl<S: SecretSource + Send> AudioSlices for Twilio<S> {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        media::slice_at(self, PACE, recording, first, most).await
    }
}

impl<S: SecretSource + Send> Media for Twilio<S> {
    const OPEN: &'static str = OPEN;
    const SLICE: &'static str = "twilio GET recording audio slice";

    fn usual_container(&self) -> Container {
        match self.settings.format {
            MediaFormat::Mp3 => Container::Mp3,
            MediaFormat::Wav => Container::Wav,
        }
    }

    async fn get(&self, recording: &RecordingRef, conditions: &HeaderMap) -> Result<Fetched, FetchError> {
        let login = self.login(OPEN, recording).await.map_err(fetch_error)?;
        let channels = self.settings.channels;
        let fetched = self.get_channels(&login, recording, channels, conditions).await?;
        // Twilio's own advice for a recording that has no second channel.
        // Source: <https://www.twilio.com/docs/voice/api/recording>, `RequestedChannels`
        if channels == Channels::Dual && fetched.response.status() == StatusCode::BAD_REQUEST {
            return self.get_channels(&login, recording, Channels::Mono, conditions).await;
        }
        Ok(fetched)
    }

    async fn why_none(&self, recording: &RecordingRef, fetched: Fetched) -> FetchError {
        let problem = Problem::read(fetched.response).await;
        match problem.kind() {
            ErrorKind::NotFound => self.why_not_found(recording, &problem).await,
            // The link that Twilio redirected to does not work, or no longer does; the next try gets a fresh one.
            ErrorKind::Refused if fetched.redirected => {
                let detail = format!("{} from the media host", problem.detail());
                FetchError::Unavailable(PortError::new(ErrorKind::Unavailable, OPEN, detail))
            }
            _ => fetch_error(problem.port_error(OPEN)),
        }
    }
}

impl<S: SecretSource + Send> Twilio<S> {
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

    fn audio_file(&self, recording: &RecordingRef) -> String {
        format!("{}.{}", recording.recording_id, self.settings.format.as_str())
    }
}

#[cfg(test)]
#[path = "audio_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "slices_tests.rs"]
mod slices_tests;

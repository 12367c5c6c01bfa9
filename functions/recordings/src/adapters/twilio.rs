//! Twilio's recordings: their audio, the deletion of Twilio's copy, and Twilio's own lists.

mod audio;
mod list;
mod login;
mod metadata;
mod numbers;
mod problem;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use url::Url;

use super::http::{BaseUrl, HttpClient};
use crate::ports::{ErrorKind, FetchError, PortError, ProviderCopies, SecretSource, TranscriptSource};
use crate::recording::{AccountSid, CallRef, Channels, Organisation, Provider, RecordingRef, Transcript};

use login::{Accounts, Login};
use problem::Problem;

const DELETE: &str = "twilio DELETE recording";

/// For answers that are not audio.
const API_TIMEOUT: Duration = Duration::from_secs(10);

/// How recordings are asked for.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// Where Twilio's REST API answers: `https://api.twilio.com`, or a region's own.
    pub base_url: BaseUrl,
    /// What the audio is to be.
    pub format: MediaFormat,
    /// How many channels it is to have; a recording without two is fetched with one.
    pub channels: Channels,
}

/// A format that Twilio serves audio in.
/// Source: <https://www.twilio.com/docs/voice/api/recording>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaFormat {
    /// 32 kbit/s.
    Mp3,
    /// 128 kbit/s a channel.
    Wav,
}

impl MediaFormat {
    /// The ending of the URL, and the word in `RECORDING_FORMAT`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
        }
    }
}

/// Twilio, with each organisation's own account.
pub struct Twilio<S> {
    http: HttpClient,
    secrets: Arc<S>,
    settings: TwilioSettings,
    accounts: Accounts,
    page_size: u16,
}

impl<S: SecretSource> Twilio<S> {
    /// Reads the secret once, to know the accounts that
    /// [`provider_url`](crate::ports::AudioSource::provider_url) names.
    ///
    /// # Errors
    /// Those of the secret.
    pub async fn new(http: HttpClient, secrets: Arc<S>, settings: TwilioSettings) -> Result<Self, PortError> {
        let accounts = Accounts::default();
        accounts.learn(&*secrets.current().await?);
        Ok(Self { http, secrets, settings, accounts, page_size: list::PAGE_SIZE })
    }

    /// Asks for so many recordings a page instead, from one to 250.
    #[must_use]
    pub fn with_page_size(self, recordings: u16) -> Self {
        Self { page_size: recordings.clamp(1, list::PAGE_SIZE), ..self }
    }

    async fn login(&self, operation: &'static str, recording: &RecordingRef) -> Result<Login, PortError> {
        self.login_of(operation, recording.provider, &recording.organisation).await
    }

    async fn login_of(
        &self,
        operation: &'static str,
        provider: Provider,
        organisation: &Organisation,
    ) -> Result<Login, PortError> {
        if provider != Provider::Twilio {
            return Err(PortError::new(ErrorKind::Invalid, operation, "not a recording of Twilio's"));
        }
        let secrets = self.secrets.current().await?;
        self.accounts.learn(&secrets);
        Login::of(&secrets, organisation).ok_or_else(|| {
            PortError::new(ErrorKind::Refused, operation, "the secret holds no Twilio account of the organisation")
        })
    }

    /// Built from checked ids only, so that it leads nowhere else, whatever a webhook says.
    fn recording_url(&self, account: &AccountSid, file: &str) -> Url {
        self.settings.base_url.join(&["2010-04-01", "Accounts", account.as_str(), "Recordings", file])
    }
}

/// Twilio writes down nothing of a recording by itself.
impl<S: SecretSource + Send> TranscriptSource for Twilio<S> {
    async fn transcript(&self, _: &CallRef) -> Result<Option<Transcript>, FetchError> {
        Ok(None)
    }
}

impl<S: SecretSource + Send> ProviderCopies for Twilio<S> {
    async fn delete(&self, recording: &RecordingRef) -> Result<(), PortError> {
        let login = self.login(DELETE, recording).await?;
        let url = self.recording_url(&login.account, &format!("{}.json", recording.recording_id));
        let request = login.sign(self.http.request(Method::DELETE, url)).timeout(API_TIMEOUT);
        let response = self.http.send(DELETE, request).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(());
        }
        let problem = Problem::read(response).await;
        match problem.kind() {
            ErrorKind::NotFound if problem.is_twilios_own() => Ok(()),
            // A deletion is recorded for good, so the word of somebody in between does not do.
            ErrorKind::NotFound => Err(PortError::new(ErrorKind::Unavailable, DELETE, "HTTP 404, but not from Twilio")),
            _ => Err(problem.port_error(DELETE)),
        }
    }
}

#[cfg(test)]
mod fixtures;

#[cfg(test)]
#[path = "twilio/delete_tests.rs"]
mod tests;

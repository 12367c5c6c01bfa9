//! All providers as one: each recording's own is asked, and none for the canary, whose audio is made here.

mod canary;

use std::sync::Arc;

use super::elevenlabs::{ElevenLabs, ElevenLabsSettings};
use super::http::HttpClient;
use super::media::Body;
use super::twilio::{Twilio, TwilioSettings};
use super::vapi::{Vapi, VapiSettings};
use crate::ports::{
    AgentId, AgentSettings, AudioSlice, AudioSlices, AudioSource, ErrorKind, FetchError, ListCursor, ListPage,
    NumberSettings, OpenedAudio, PhoneNumbers, PortError, ProviderCopies, ProviderList, SecretSource, StoppedAt,
    TranscriptSource, VoiceAgents,
};
use crate::recording::{CallRef, Organisation, Provider, RecordingRef, Transcript};

/// How each provider is asked.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Twilio.
    pub twilio: TwilioSettings,
    /// Vapi.
    pub vapi: VapiSettings,
    /// ElevenLabs.
    pub elevenlabs: ElevenLabsSettings,
}

/// Every provider. What an organisation has no credentials for is refused by the provider's own adapter.
pub struct Providers<S> {
    twilio: Twilio<S>,
    vapi: Vapi<S>,
    elevenlabs: ElevenLabs<S>,
}

impl<S: SecretSource> Providers<S> {
    /// Reads the secret once, to know the accounts that Twilio's URLs name.
    ///
    /// # Errors
    /// Those of the secret.
    pub async fn new(http: HttpClient, secrets: Arc<S>, settings: ProviderSettings) -> Result<Self, PortError> {
        let ProviderSettings { twilio, vapi, elevenlabs } = settings;
        Ok(Self {
            twilio: Twilio::new(http.clone(), Arc::clone(&secrets), twilio).await?,
            vapi: Vapi::new(http.clone(), Arc::clone(&secrets), vapi),
            elevenlabs: ElevenLabs::new(http, secrets, elevenlabs),
        })
    }
}

/// Has the provider's own adapter do it. A further provider is one line more.
macro_rules! ask {
    ($providers:expr, $provider:expr, $adapter:ident => $call:expr) => {
        match $provider {
            Provider::Twilio => {
                let $adapter = &$providers.twilio;
                $call
            }
            Provider::Vapi => {
                let $adapter = &$providers.vapi;
                $call
            }
            Provider::ElevenLabs => {
                let $adapter = &$providers.elevenlabs;
                $call
            }
        }
    };
}

impl<S: SecretSource + Send> AudioSource for Providers<S> {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
        if recording.is_canary() {
            return Ok(canary::open());
        }
        ask!(self, recording.provider, provider => provider.open(recording).await)
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        if recording.is_canary() {
            return Ok(None);
        }
        ask!(self, recording.provider, provider => provider.open_from(recording, stopped).await)
    }

    fn provider_url(&self, recording: &RecordingRef) -> String {
        ask!(self, recording.provider, provider => provider.provider_url(recording))
    }
}

impl<S: SecretSource + Send> AudioSlices for Providers<S> {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        if recording.is_canary() {
            return Ok(canary::slice(first, most));
        }
        ask!(self, recording.provider, provider => provider.slice(recording, first, most).await)
    }
}

impl<S: SecretSource + Send> TranscriptSource for Providers<S> {
    async fn transcript(&self, call: &CallRef) -> Result<Option<Transcript>, FetchError> {
        ask!(self, call.provider, provider => provider.transcript(call).await)
    }
}

impl<S: SecretSource + Send> ProviderCopies for Providers<S> {
    async fn delete(&self, recording: &RecordingRef) -> Result<(), PortError> {
        // There is no copy: what it would be is made each time it is asked for.
        if recording.is_canary() {
            return Ok(());
        }
        ask!(self, recording.provider, provider => provider.delete(recording).await)
    }
}

impl<S: SecretSource + Send> ProviderList for Providers<S> {
    async fn page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        ask!(self, at.list().provider(), provider => provider.page(at).await)
    }
}

impl<S: SecretSource + Send> VoiceAgents for Providers<S> {
    async fn settings(&self, organisation: &Organisation, provider: Provider) -> Result<AgentSettings, PortError> {
        match provider {
            Provider::Twilio => Err(PortError::new(ErrorKind::Invalid, "list voice agents", "Twilio has none")),
            Provider::Vapi => self.vapi.settings(organisation, provider).await,
            Provider::ElevenLabs => self.elevenlabs.settings(organisation, provider).await,
        }
    }

    async fn record(&self, organisation: &Organisation, provider: Provider, agent: &AgentId) -> Result<(), PortError> {
        match provider {
            Provider::Twilio => Err(PortError::new(ErrorKind::Invalid, "have an agent record", "Twilio has none")),
            Provider::Vapi => self.vapi.record(organisation, provider, agent).await,
            Provider::ElevenLabs => self.elevenlabs.record(organisation, provider, agent).await,
        }
    }
}

impl<S: SecretSource + Send> PhoneNumbers for Providers<S> {
    async fn numbers(&self, organisation: &Organisation) -> Result<NumberSettings, PortError> {
        self.twilio.numbers(organisation).await
    }
}

#[cfg(test)]
#[path = "providers_tests.rs"]
mod tests;

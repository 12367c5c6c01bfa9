//! Calls that voice agents took at Vapi and ElevenLabs.

use bytes::Bytes;
use standins::{Delivery, ElevenLabsEvent, PlaceConversation, PlaceVapiCall, VapiAuthentication, VapiReport};

use super::{Evidence, Job, Recorded, Scene};
use crate::SceneError;

/// A call that a voice agent took. Its provider knows its one recording by the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentCall {
    /// At Vapi, which keeps several variants of the recording.
    Vapi(String),
    /// At ElevenLabs.
    ElevenLabs(String),
}

impl AgentCall {
    /// Its id at its provider.
    pub fn call_id(&self) -> &str {
        match self {
            Self::Vapi(call) | Self::ElevenLabs(call) => call,
        }
    }

    /// Its provider, as keys in the bucket name it.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Vapi(_) => "vapi",
            Self::ElevenLabs(_) => "elevenlabs",
        }
    }
}

impl Recorded for AgentCall {
    fn place(&self) -> String {
        match self {
            Self::Vapi(call) => format!("vapi/{call}/mono"),
            Self::ElevenLabs(conversation) => format!("elevenlabs/{conversation}/audio"),
        }
    }

    fn id(&self) -> &str {
        self.call_id()
    }
}

impl Scene {
    /// Makes a call at Vapi.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn call_at_vapi(&self, wanted: PlaceVapiCall) -> Result<AgentCall, SceneError> {
        Ok(AgentCall::Vapi(self.standins().place_vapi_call(wanted).await?))
    }

    /// Has a conversation at ElevenLabs.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn conversation_at_elevenlabs(&self, wanted: PlaceConversation) -> Result<AgentCall, SceneError> {
        Ok(AgentCall::ElevenLabs(self.standins().place_conversation(wanted).await?))
    }

    /// Has its provider tell of a call that is over, for a job.
    ///
    /// # Errors
    /// When the stand-in does not do it; an answer of the wrong status is no error.
    pub async fn report_call(&self, call: &AgentCall, job: &Job) -> Result<Delivery, SceneError> {
        let (base, provider, job) = (self.stack().public_base_url(), call.provider(), &job.number);
        let url = format!("{base}/api/{provider}/webhook?job={job}");
        let secret = self.stack().secret();
        Ok(match call.clone() {
            AgentCall::Vapi(call_id) => {
                let (name, value) = secret.vapi_webhook_header();
                let authentication = VapiAuthentication::Header { name: name.to_owned(), value: value.to_owned() };
                let report = VapiReport { call_id, url, authentication, ..VapiReport::default() };
                self.standins().deliver_vapi_report(report).await?
            }
            AgentCall::ElevenLabs(conversation_id) => {
                let secret = Some(secret.elevenlabs_webhook_secret().to_owned());
                let event = ElevenLabsEvent { conversation_id, url, secret, ..ElevenLabsEvent::default() };
                self.standins().deliver_elevenlabs_event(event).await?
            }
        })
    }

    /// The audio as its provider serves it to who has the key; `None` when there is none.
    ///
    /// # Errors
    /// When the stand-in does not answer.
    pub async fn at_provider(&self, call: &AgentCall) -> Result<Option<Bytes>, SceneError> {
        self.web.at_agents_provider(&self.stack, call).await
    }

    /// Looks at everything that can be seen of a call's recording. `source` is what its provider served before.
    ///
    /// # Errors
    /// When somebody does not answer.
    pub async fn evidence_of_call(
        &self,
        call: &AgentCall,
        job: &Job,
        source: Option<&[u8]>,
    ) -> Result<Evidence, SceneError> {
        let provider_has_it = self.at_provider(call).await?.is_some();
        self.evidence_of(call, Some(job), source, provider_has_it).await
    }
}

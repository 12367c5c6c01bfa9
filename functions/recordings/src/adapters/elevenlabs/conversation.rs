use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{API_TIMEOUT, ElevenLabs};
use crate::adapters::http::json_of;
use crate::ports::{ErrorKind, PortError, SecretSource, Standing};
use crate::recording::{Absence, CallId, Organisation};

const LOOK: &str = "elevenlabs GET conversation";
const NOT_IT: &str = "the answer is not the conversation's JSON";

/// More than any conversation's JSON takes.
const CONVERSATION_BYTES: usize = 8 * 1024 * 1024;

/// What ElevenLabs tells of a conversation, as far as it matters here.
/// Source: <https://elevenlabs.io/docs/api-reference/conversations/get>
#[derive(Debug, Deserialize)]
pub(super) struct Conversation {
    conversation_id: String,
    status: Status,
    #[serde(default)]
    has_audio: Option<bool>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) transcript: Value,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) start_time_unix_secs: Option<i64>,
    #[serde(default)]
    pub(super) call_duration_secs: Option<i64>,
    #[serde(default)]
    deletion_settings: Option<DeletionSettings>,
}

#[derive(Debug, Deserialize)]
struct DeletionSettings {
    #[serde(default)]
    deleted_audio_at_time_unix_secs: Option<i64>,
}

/// A conversation's state, in the list and by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    Initiated,
    InProgress,
    Processing,
    Done,
    Failed,
    #[serde(other)]
    Unknown,
}

impl Status {
    /// Whether nothing of it changes any more; nothing where that is not known.
    pub(super) fn is_over(self) -> Option<bool> {
        match self {
            Self::Initiated | Self::InProgress | Self::Processing => Some(false),
            Self::Done | Self::Failed => Some(true),
            Self::Unknown => None,
        }
    }
}

impl Conversation {
    /// Whether nothing of it changes any more; nothing where that is not known.
    pub(super) fn is_over(&self) -> Option<bool> {
        self.status.is_over()
    }

    /// What became of its audio, or nothing where its state is not known.
    pub(super) fn standing(&self) -> Option<Standing> {
        let deletion = self.metadata.deletion_settings.as_ref();
        let was_deleted = deletion.is_some_and(|settings| settings.deleted_audio_at_time_unix_secs.is_some());
        Some(match (self.status.is_over()?, self.has_audio) {
            (false, _) => Standing::Unfinished,
            (true, Some(false)) if was_deleted => Standing::Deleted,
            (true, Some(false)) => Standing::Absent { reason: Absence::NeverMade.reason(None) },
            // Where nothing is said of audio, the audio's own answer tells.
            (true, Some(true) | None) => Standing::Completed,
        })
    }
}

impl<S: SecretSource + Send> ElevenLabs<S> {
    pub(super) async fn look_at_conversation(
        &self,
        organisation: &Organisation,
        conversation: &CallId,
    ) -> Result<Conversation, PortError> {
        let url = self.conversation_url(conversation);
        let request = self.request(LOOK, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(LOOK, request, super::word).await?;
        let read: Conversation = json_of(LOOK, response, CONVERSATION_BYTES, NOT_IT).await?;
        let is_it = read.conversation_id == conversation.as_str();
        if is_it { Ok(read) } else { Err(PortError::new(ErrorKind::Unavailable, LOOK, NOT_IT)) }
    }
}

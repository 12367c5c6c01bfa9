use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ElevenLabsBehaviour;
use crate::clock::later;
use crate::ids::elevenlabs_id;
use crate::speech::{Channels, Format, Track};
use crate::twilio::{Audio, Ready};
use crate::world::{World, WorldError};

/// A conversation to be had at ElevenLabs. The default is a finished one with audio, ready now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceConversation {
    /// The workspace; the first one when absent.
    pub workspace: Option<String>,
    /// Its id; a new one when absent.
    pub conversation_id: Option<String>,
    /// What it sounds like.
    pub audio: Audio,
    /// When it began; so that it ends now, when absent.
    pub started_at: Option<Timestamp>,
    /// Its status; `done` when absent.
    pub status: Option<String>,
    /// Whether it has audio.
    pub has_audio: bool,
    /// When the audio can be fetched.
    pub ready: Ready,
    /// While the audio is not ready the status says `done` all the same; otherwise `processing`.
    pub done_before_ready: bool,
    /// What the caller said; a sentence when absent.
    pub said: Option<String>,
    /// The call at the carrier.
    pub call_sid: Option<String>,
    /// The caller's number.
    pub external_number: Option<String>,
}

impl Default for PlaceConversation {
    fn default() -> Self {
        Self {
            workspace: None,
            conversation_id: None,
            audio: Audio::default(),
            started_at: None,
            status: None,
            has_audio: true,
            ready: Ready::Now,
            done_before_ready: false,
            said: None,
            call_sid: None,
            external_number: None,
        }
    }
}

/// A conversation at ElevenLabs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// The workspace that owns it.
    pub workspace: String,
    /// When it began, in whole seconds.
    pub started_at: Timestamp,
    /// How long it lasted.
    pub seconds: i64,
    /// Its status, once it is ready.
    pub status: String,
    /// Whether it has audio.
    pub has_audio: bool,
    /// What it sounds like.
    pub audio: Audio,
    /// When its audio can be fetched.
    pub ready: Ready,
    /// While it cannot, the status says `done` all the same.
    pub done_before_ready: bool,
    /// When it was placed: the start of what [`Ready::AfterMs`] counts.
    pub placed_at: Timestamp,
    /// What the caller said.
    pub said: String,
    /// The call at the carrier.
    pub call_sid: Option<String>,
    /// The caller's number.
    pub external_number: String,
}

impl Conversation {
    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        match self.ready {
            Ready::Now => true,
            Ready::AfterMs(ms) => now >= later(self.placed_at, Duration::from_millis(ms)),
            Ready::WhenTold => false,
        }
    }

    /// What is shown as its status at that time.
    pub(super) fn status(&self, now: Timestamp) -> &str {
        if self.is_ready(now) || self.done_before_ready { &self.status } else { "processing" }
    }

    pub(super) fn track(&self) -> Track {
        self.audio.track(Format::Mp3, Channels::Mono)
    }
}

impl World {
    /// Has a conversation at ElevenLabs; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such workspace; [`WorldError::Refused`] when the id is taken.
    pub fn place_conversation(&self, wanted: PlaceConversation) -> Result<String, WorldError> {
        let workspace = self.elevenlabs().workspace(wanted.workspace.as_deref())?.id.clone();
        let now = self.now();
        let seconds = wanted.audio.track(Format::Mp3, Channels::Mono).seconds().round() as i64;
        let begun = || now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        let started_at = wanted.started_at.unwrap_or_else(begun);
        let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
        let conversation = Conversation {
            id: wanted.conversation_id.unwrap_or_else(|| elevenlabs_id("conv_")),
            workspace,
            started_at: Timestamp::from_second(started_at.as_second()).unwrap_or(started_at),
            seconds,
            status: or(wanted.status, "done"),
            has_audio: wanted.has_audio,
            audio: wanted.audio,
            ready: wanted.ready,
            done_before_ready: wanted.done_before_ready,
            placed_at: now,
            said: or(wanted.said, "My heating is cold."),
            call_sid: wanted.call_sid,
            external_number: or(wanted.external_number, "+14158675309"),
        };
        let id = conversation.id.clone();
        let mut store = self.elevenlabs().store();
        if store.conversations.contains_key(&id) {
            return Err(WorldError::Refused(format!("there is a conversation {id} already")));
        }
        store.conversations.insert(id.clone(), conversation);
        Ok(id)
    }

    /// A conversation as it is at ElevenLabs.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is none with that id, or no longer.
    pub fn conversation(&self, conversation_id: String) -> Result<Conversation, WorldError> {
        let found = self.elevenlabs().store().conversations.get(&conversation_id).cloned();
        found.ok_or_else(|| WorldError::not_found("conversation", conversation_id))
    }

    /// Lets a conversation's audio be fetched from now on.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such conversation.
    pub fn make_conversation_ready(&self, conversation_id: String) -> Result<(), WorldError> {
        let mut store = self.elevenlabs().store();
        match store.conversations.get_mut(&conversation_id) {
            Some(conversation) => conversation.ready = Ready::Now,
            None => return Err(WorldError::not_found("conversation", conversation_id)),
        }
        Ok(())
    }

    /// What can be chosen about ElevenLabs.
    pub fn elevenlabs_behaviour(&self) -> ElevenLabsBehaviour {
        self.elevenlabs().store().behaviour.clone()
    }

    /// Chooses it anew.
    pub fn set_elevenlabs_behaviour(&self, behaviour: ElevenLabsBehaviour) {
        self.elevenlabs().store().behaviour = behaviour;
    }
}

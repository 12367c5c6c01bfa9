use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::VapiBehaviour;
use crate::clock::later;
use crate::ids::uuid;
use crate::speech::{Channels, Format, Track};
use crate::twilio::{Audio, Ready};
use crate::world::{World, WorldError};

/// A call to be made at Vapi. The default is a finished inbound call, recorded in WAV, ready now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceVapiCall {
    /// The organisation; the first one when absent.
    pub organisation: Option<String>,
    /// Its id; a new one when absent.
    pub call_id: Option<String>,
    /// What it sounds like.
    pub audio: Audio,
    /// The format that its assistant records in.
    pub format: Format,
    /// When it was made; so that it ends now, when absent.
    pub created_at: Option<Timestamp>,
    /// Its status; `ended` when absent.
    pub status: Option<String>,
    /// Whether it is recorded.
    pub recorded: bool,
    /// When the recording can be fetched. Until then the call does not name it.
    pub ready: Ready,
    /// How it ended; `customer-ended-call` when absent.
    pub ended_reason: Option<String>,
    /// What was said; a sentence when absent.
    pub transcript: Option<String>,
    /// The call at the carrier, where Twilio is it.
    pub twilio_call_sid: Option<String>,
    /// The customer's number.
    pub customer: Option<String>,
}

impl Default for PlaceVapiCall {
    fn default() -> Self {
        Self {
            organisation: None,
            call_id: None,
            audio: Audio::default(),
            format: Format::Wav,
            created_at: None,
            status: None,
            recorded: true,
            ready: Ready::Now,
            ended_reason: None,
            transcript: None,
            twilio_call_sid: None,
            customer: None,
        }
    }
}

/// A call at Vapi.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VapiCall {
    /// Its id.
    pub id: String,
    /// The organisation that owns it.
    pub organisation: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Its status.
    pub status: String,
    /// How it ended.
    pub ended_reason: String,
    /// What it sounds like.
    pub audio: Audio,
    /// The format of its recording.
    pub format: Format,
    /// Whether it is recorded.
    pub recorded: bool,
    /// When its recording can be fetched.
    pub ready: Ready,
    /// When it was placed: the start of what [`Ready::AfterMs`] counts.
    pub placed_at: Timestamp,
    /// What was said.
    pub transcript: String,
    /// The call at the carrier.
    pub twilio_call_sid: Option<String>,
    /// The customer's number.
    pub customer: String,
}

impl VapiCall {
    /// Whether there is a recording to be fetched at that time.
    pub(super) fn has_recording(&self, now: Timestamp) -> bool {
        let is_ready = match self.ready {
            Ready::Now => true,
            Ready::AfterMs(ms) => now >= later(self.placed_at, Duration::from_millis(ms)),
            Ready::WhenTold => false,
        };
        self.recorded && self.status == "ended" && is_ready
    }

    /// A variant of the recording.
    pub(super) fn track(&self, channels: Channels) -> Track {
        self.audio.track(self.format, channels)
    }
}

impl World {
    /// Makes a call at Vapi; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such organisation; [`WorldError::Refused`] when the id is taken.
    pub fn place_vapi_call(&self, wanted: PlaceVapiCall) -> Result<String, WorldError> {
        let organisation = self.vapi().organisation(wanted.organisation.as_deref())?.id.clone();
        let now = self.now();
        let seconds = wanted.audio.track(Format::Mp3, Channels::Mono).seconds().round() as i64;
        let lasted = SignedDuration::from_secs(seconds);
        let created_at = wanted.created_at.unwrap_or_else(|| now.saturating_sub(lasted).unwrap_or(now));
        // Vapi's times are no finer.
        let created_at = Timestamp::from_millisecond(created_at.as_millisecond()).unwrap_or(created_at);
        let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
        let call = VapiCall {
            id: wanted.call_id.unwrap_or_else(uuid),
            organisation,
            created_at,
            ended_at: created_at.saturating_add(lasted).unwrap_or(created_at),
            status: or(wanted.status, "ended"),
            ended_reason: or(wanted.ended_reason, "customer-ended-call"),
            audio: wanted.audio,
            format: wanted.format,
            recorded: wanted.recorded,
            ready: wanted.ready,
            placed_at: now,
            transcript: or(wanted.transcript, "AI: How can I help?\nUser: My heating is cold.\n"),
            twilio_call_sid: wanted.twilio_call_sid,
            customer: or(wanted.customer, "+14158675309"),
        };
        let id = call.id.clone();
        let mut store = self.vapi().store();
        if store.calls.contains_key(&id) {
            return Err(WorldError::Refused(format!("there is a call {id} already")));
        }
        store.calls.insert(id.clone(), call);
        Ok(id)
    }

    /// A call as it is at Vapi.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is none with that id, or no longer.
    pub fn vapi_call(&self, call_id: String) -> Result<VapiCall, WorldError> {
        let found = self.vapi().store().calls.get(&call_id).cloned();
        found.ok_or_else(|| WorldError::not_found("call", call_id))
    }

    /// Lets a call's recording be fetched from now on.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such call.
    pub fn make_vapi_call_ready(&self, call_id: String) -> Result<(), WorldError> {
        let mut store = self.vapi().store();
        let call = store.calls.get_mut(&call_id).ok_or_else(|| WorldError::not_found("call", call_id))?;
        (call.ready, call.recorded) = (Ready::Now, true);
        call.status = "ended".to_owned();
        Ok(())
    }

    /// What can be chosen about Vapi.
    pub fn vapi_behaviour(&self) -> VapiBehaviour {
        self.vapi().store().behaviour.clone()
    }

    /// Chooses it anew.
    pub fn set_vapi_behaviour(&self, behaviour: VapiBehaviour) {
        self.vapi().store().behaviour = behaviour;
    }
}

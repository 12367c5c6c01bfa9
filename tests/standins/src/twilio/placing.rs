use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Audio, Call, Outcome, Ready, Recording, Store, TwilioBehaviour};
use crate::ids::sid;
use crate::speech::Channels;
use crate::world::{World, WorldError};

/// A recording to be made. The default is a finished mono recording of a short sentence, of a new call, ready now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceRecording {
    /// The owner; the first account when absent.
    pub account_sid: Option<String>,
    /// The call; a new one when absent or unknown.
    pub call_sid: Option<String>,
    /// Its id; a new one when absent.
    pub recording_sid: Option<String>,
    /// What it sounds like.
    pub audio: Audio,
    /// Its channels.
    pub channels: Channels,
    /// When it began; so that it ends now, when absent.
    pub started_at: Option<Timestamp>,
    /// The length that Twilio reports; the audio's own, rounded, when absent.
    pub reported_seconds: Option<u32>,
    /// When its media can be fetched.
    pub ready: Ready,
    /// The status says `completed` even while the media cannot be fetched yet.
    pub completed_before_ready: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// Its source; `StartCallRecordingAPI` when absent.
    pub source: Option<String>,
    /// Its media is not at Twilio.
    pub stored_externally: bool,
}

/// A recording that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedRecording {
    /// Its owner.
    pub account_sid: String,
    /// Its call.
    pub call_sid: String,
    /// Its id.
    pub recording_sid: String,
    /// The URL of its media at the API, without an extension.
    pub recording_url: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The length that Twilio reports.
    pub reported_seconds: Option<u32>,
}

/// A call to be made. The default is a finished inbound call of one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceCall {
    /// The account; the first one when absent.
    pub account_sid: Option<String>,
    /// Its id; a new one when absent.
    pub call_sid: Option<String>,
    /// The caller's number.
    pub from: Option<String>,
    /// The called number.
    pub to: Option<String>,
    /// `inbound` when absent.
    pub direction: Option<String>,
    /// `completed` when absent.
    pub status: Option<String>,
    /// When it began; so that it ends now, when absent.
    pub started_at: Option<Timestamp>,
    /// How long it lasted; 60 when absent.
    pub seconds: Option<u32>,
}

impl World {
    /// Makes a recording at Twilio, and its call unless that exists.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such account; [`WorldError::Refused`] when the recording's id is taken.
    pub fn place_recording(&self, wanted: PlaceRecording) -> Result<PlacedRecording, WorldError> {
        let account_sid = self.twilio().account(wanted.account_sid.as_deref())?.sid.clone();
        let recording = self.recording_from(wanted, account_sid);
        let placed = self.described(&recording);
        self.twilio().store().add(recording)?;
        Ok(placed)
    }

    /// Makes a call at Twilio; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such account.
    pub fn place_call(&self, wanted: PlaceCall) -> Result<String, WorldError> {
        let account_sid = self.twilio().account(wanted.account_sid.as_deref())?.sid.clone();
        let seconds = wanted.seconds.unwrap_or(60);
        let sid = wanted.call_sid.unwrap_or_else(|| sid("CA"));
        let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
        let call = Call {
            sid: sid.clone(),
            account_sid,
            from: or(wanted.from, "+14158675309"),
            to: or(wanted.to, "+18005551212"),
            direction: or(wanted.direction, "inbound"),
            status: or(wanted.status, "completed"),
            started_at: wanted.started_at.unwrap_or_else(|| self.ago(seconds)),
            seconds,
        };
        self.twilio().store().calls.insert(sid.clone(), call);
        Ok(sid)
    }

    /// A recording as it is at Twilio.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there never was one with that id.
    pub fn recording(&self, recording_sid: String) -> Result<Recording, WorldError> {
        let found = self.twilio().store().recordings.get(&recording_sid).cloned();
        found.ok_or_else(|| WorldError::not_found("recording", recording_sid))
    }

    /// Finishes a recording, if it goes on, and lets its media be fetched from now on.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such recording.
    pub fn make_ready(&self, recording_sid: String) -> Result<(), WorldError> {
        self.change_recording(recording_sid, |recording| {
            recording.ready = Ready::Now;
            recording.outcome = Outcome::Completed;
            let heard = recording.audio.seconds(recording.channels);
            recording.reported_seconds.get_or_insert(heard);
        })
    }

    /// Makes a recording's media vanish from Twilio while its metadata says `completed`.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such recording.
    pub fn lose_media(&self, recording_sid: String) -> Result<(), WorldError> {
        self.change_recording(recording_sid, |recording| recording.stored_externally = true)
    }

    /// What can be chosen about Twilio.
    pub fn twilio_behaviour(&self) -> TwilioBehaviour {
        self.twilio().store().behaviour.clone()
    }

    /// Chooses it anew.
    pub fn set_twilio_behaviour(&self, behaviour: TwilioBehaviour) {
        self.twilio().store().behaviour = behaviour;
    }

    /// The URL of a recording at the API, as webhooks and resources name it.
    pub(super) fn recording_url(&self, recording: &Recording) -> String {
        let Recording { account_sid, sid, .. } = recording;
        format!("{}/2010-04-01/Accounts/{account_sid}/Recordings/{sid}", self.urls().twilio)
    }

    fn recording_from(&self, wanted: PlaceRecording, account_sid: String) -> Recording {
        let heard = wanted.audio.seconds(wanted.channels);
        let reported = match wanted.outcome {
            Outcome::Completed => Some(wanted.reported_seconds.unwrap_or(heard)),
            Outcome::InProgress | Outcome::Absent { .. } => wanted.reported_seconds,
        };
        Recording {
            sid: wanted.recording_sid.unwrap_or_else(|| sid("RE")),
            account_sid,
            call_sid: wanted.call_sid.unwrap_or_else(|| sid("CA")),
            started_at: wanted.started_at.unwrap_or_else(|| self.ago(reported.unwrap_or_default())),
            reported_seconds: reported,
            channels: wanted.channels,
            source: wanted.source.unwrap_or_else(|| "StartCallRecordingAPI".to_owned()),
            outcome: wanted.outcome,
            ready: wanted.ready,
            placed_at: self.now(),
            completed_before_ready: wanted.completed_before_ready,
            audio: wanted.audio,
            stored_externally: wanted.stored_externally,
            deleted_at: None,
        }
    }

    fn described(&self, recording: &Recording) -> PlacedRecording {
        PlacedRecording {
            account_sid: recording.account_sid.clone(),
            call_sid: recording.call_sid.clone(),
            recording_sid: recording.sid.clone(),
            recording_url: self.recording_url(recording),
            started_at: recording.started_at,
            reported_seconds: recording.reported_seconds,
        }
    }

    fn change_recording(&self, sid: String, change: impl FnOnce(&mut Recording)) -> Result<(), WorldError> {
        let mut store = self.twilio().store();
        let recording = store.recordings.get_mut(&sid).ok_or_else(|| WorldError::not_found("recording", sid))?;
        change(recording);
        Ok(())
    }

    fn ago(&self, seconds: u32) -> Timestamp {
        let now = self.now();
        now.checked_sub(Duration::from_secs(seconds.into())).unwrap_or(now)
    }
}

impl Store {
    fn add(&mut self, recording: Recording) -> Result<(), WorldError> {
        if self.recordings.contains_key(&recording.sid) {
            return Err(WorldError::Refused(format!("recording {} exists", recording.sid)));
        }
        self.calls.entry(recording.call_sid.clone()).or_insert_with(|| call_of(&recording));
        self.recordings_of_call.entry(recording.call_sid.clone()).or_default().push(recording.sid.clone());
        self.recordings.insert(recording.sid.clone(), recording);
        Ok(())
    }
}

fn call_of(recording: &Recording) -> Call {
    Call {
        sid: recording.call_sid.clone(),
        account_sid: recording.account_sid.clone(),
        from: "+14158675309".to_owned(),
        to: "+18005551212".to_owned(),
        direction: "inbound".to_owned(),
        status: if recording.outcome == Outcome::InProgress { "in-progress" } else { "completed" }.to_owned(),
        started_at: recording.started_at,
        seconds: recording.reported_seconds.unwrap_or_default(),
    }
}

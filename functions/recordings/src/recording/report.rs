use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CarrierCallId, PhoneNumber};
use crate::object_key::AudioKey;

/// What was said of one recording: by its provider, in a webhook or a list, or by the sweeper, of our own bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether there is audio.
    pub outcome: Outcome,
    /// The length that the provider gives, in whole seconds: what it is the length of,
    /// [`gives_length_of`](super::Provider::gives_length_of) tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// The channels that the provider gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u8>,
    /// When the recording started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Which way the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Who called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PhoneNumber>,
    /// Who was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PhoneNumber>,
    /// The call at Twilio that carried this one, where another provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_call_id: Option<CarrierCallId>,
}

impl Report {
    /// Who spoke, as far as it was said.
    pub fn parties(&self) -> Parties {
        Parties { direction: self.direction, from: self.from.clone(), to: self.to.clone() }
    }

    /// The same report, in which who spoke is said where it was not.
    #[must_use]
    pub fn between(self, parties: &Parties) -> Self {
        Self {
            direction: self.direction.or(parties.direction),
            from: self.from.or_else(|| parties.from.clone()),
            to: self.to.or_else(|| parties.to.clone()),
            ..self
        }
    }

    /// An outcome, of which nothing else was said.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            duration_seconds: None,
            channels: None,
            started_at: None,
            direction: None,
            from: None,
            to: None,
            carrier_call_id: None,
        }
    }
}

/// Who spoke in a call, and which way it went, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    /// Which way the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Who called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PhoneNumber>,
    /// Who was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PhoneNumber>,
}

impl Parties {
    /// Whether nothing is known of them.
    pub fn are_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a recording has audio to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The audio is complete at the provider.
    Completed,
    /// There is no audio and there will be none.
    Absent {
        /// Why, in words for a person; the provider's code in brackets where there is one.
        reason: String,
    },
    /// The audio lies in our bucket and names the recording, of which the ledger knows nothing.
    InBucket {
        /// Where it lies.
        key: AudioKey,
    },
    /// The ledger says that our bucket holds the audio, whose retention has ended, and the bucket holds it no longer.
    NotInBucket,
    /// Somebody decided something about the call. What, stands in the ledger.
    Decided,
    /// Of the audio nothing was said: only who spoke.
    Parties,
    /// The audio is in our bucket, and somebody wants to know what is to be heard in it.
    ToBeHeard,
    /// The call is a canary's, which was looked for: it is to be erased.
    CanaryOver,
}

impl Outcome {
    /// Whether it is about unfinished business, which has a marker in `open/`. What is told of our own bucket the sweeper
    /// says again for as long as it is true, as the doctor does of a canary, and who spoke or what is to be heard is no business;
    /// so that such a word needs nothing to outlive it.
    pub fn has_a_marker(&self) -> bool {
        let needs_none = matches!(
            self,
            Self::InBucket { .. } | Self::NotInBucket | Self::Parties | Self::ToBeHeard | Self::CanaryOver
        );
        !needs_none
    }
}

/// Which way a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Somebody called us.
    Inbound,
    /// We called somebody.
    Outbound,
}

impl Direction {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// How many channels to ask the provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Both parties mixed.
    Mono,
    /// One party a channel.
    Dual,
}

impl Channels {
    /// The word that Twilio's TwiML and our configuration use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Dual => "dual",
        }
    }

    /// The number that Twilio's `RequestedChannels` takes.
    pub fn count(self) -> u8 {
        match self {
            Self::Mono => 1,
            Self::Dual => 2,
        }
    }

    /// The id under which Vapi serves a recording with so many.
    pub fn vapi_variant(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Dual => "stereo",
        }
    }
}

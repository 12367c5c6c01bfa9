use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A string that does not match the pattern of the id it should be.
///
/// The value is not part of the message: what comes from outside may be long, hostile or personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: expected {expected}")]
pub struct InvalidId {
    /// Which id was read.
    pub what: &'static str,
    /// The pattern that it has to match.
    pub expected: &'static str,
}

/// Who made a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Twilio Programmable Voice.
    Twilio,
    /// Vapi voice agents.
    Vapi,
    /// ElevenLabs Agents.
    ElevenLabs,
}

/// What a length is the length of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthOf {
    /// The recording itself: its audio is as long.
    Recording,
    /// The call: the audio is no longer.
    Call,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Twilio, Self::Vapi, Self::ElevenLabs];

    /// How long it keeps a recording whatever anybody does, where that is less than for ever.
    ///
    /// Vapi keeps calls for 14 days; ElevenLabs for two years, which nobody waits for.
    /// Source: <https://docs.vapi.ai/assistants/call-recording>
    pub fn keeps_for(self) -> Option<SignedDuration> {
        match self {
            Self::Vapi => Some(SignedDuration::from_hours(14 * 24)),
            Self::Twilio | Self::ElevenLabs => None,
        }
    }

    /// What the length that it gives is the length of.
    ///
    /// Vapi's `durationSeconds` and ElevenLabs' `call_duration_secs` are a call's, of which a recording may leave out some: the
    /// ringing, or what was said after the call was handed over. Neither says how long the recording is.
    pub fn gives_length_of(self) -> LengthOf {
        match self {
            Self::Twilio => LengthOf::Recording,
            Self::Vapi | Self::ElevenLabs => LengthOf::Call,
        }
    }

    /// Whether it writes down what was said on a call.
    pub fn writes_transcripts(self) -> bool {
        matches!(self, Self::Vapi | Self::ElevenLabs)
    }

    /// The name in keys, logs and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Vapi => "vapi",
            Self::ElevenLabs => "elevenlabs",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "twilio" => Ok(Self::Twilio),
            "vapi" => Ok(Self::Vapi),
            "elevenlabs" => Ok(Self::ElevenLabs),
            _ => Err(InvalidId { what: "provider", expected: "twilio, vapi or elevenlabs" }),
        }
    }
}

/// Declares an id as a string that was checked when it was made.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as the outside world writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Adds `FromStr` and `Deserialize` to an id whose pattern does not depend on its provider.
macro_rules! free_standing {
    ($name:ident, $what:literal, $expected:literal, $check:expr) => {
        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { what: $what, expected: $expected })
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A tenant. Its id can never be mistaken for a year in an object key.
    Organisation
}
free_standing!(Organisation, "organisation", "^[a-z][a-z0-9-]{1,39}$", |text| {
    (2..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
});

impl Organisation {
    /// The one organisation of an installation that has no tenants.
    pub fn default_organisation() -> Self {
        Self("default".to_owned())
    }

    /// Whether this is the organisation of an installation without tenants.
    pub fn is_default(&self) -> bool {
        self.0 == "default"
    }
}

id! {
    /// The number of the job that a call belongs to, as the customer's Airtable writes it.
    ///
    /// It becomes part of an object key and of an Airtable formula, so only characters that mean nothing there are let in.
    JobNumber
}
free_standing!(JobNumber, "job number", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", |text| {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
});

id! {
    /// The Airtable record of a job.
    JobRecordId
}
free_standing!(JobRecordId, "job record id", "^rec[A-Za-z0-9]{14}$", |text| is_airtable_id(text, "rec"));

id! {
    /// An Airtable base.
    AirtableBaseId
}
free_standing!(AirtableBaseId, "Airtable base id", "^app[A-Za-z0-9]{14}$", |text| is_airtable_id(text, "app"));

id! {
    /// A table of an Airtable base.
    AirtableTableId
}
free_standing!(AirtableTableId, "Airtable table id", "^tbl[A-Za-z0-9]{14}$", |text| is_airtable_id(text, "tbl"));

id! {
    /// A retrieval of what is missing.
    RetrievalId
}
free_standing!(RetrievalId, "job id", "^[0-9a-f]{16}$", |text| {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
});

impl RetrievalId {
    /// The id of a number that was drawn.
    pub fn of(number: u64) -> Self {
        Self(format!("{number:016x}"))
    }
}

/// The number of one party of a call, in E.164. It is personal: it stands in the ledger for as long as the recording is
/// known, and nowhere else; debugging shows that there is one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The number, from its plus sign on.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber")
    }
}

free_standing!(PhoneNumber, "phone number", "^\\+[1-9][0-9]{1,14}$", |text| {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
});

id! {
    /// A Twilio account, `AC…`.
    AccountSid
}
free_standing!(AccountSid, "account sid", "^AC[0-9a-fA-F]{32}$", |text| is_twilio_sid(text, "AC"));

id! {
    /// A call at its provider: Twilio's CallSid, Vapi's call id, ElevenLabs' conversation id.
    CallId
}

impl CallId {
    /// Reads a call id by its provider's pattern.
    ///
    /// # Errors
    /// [`InvalidId`] when the text does not match.
    pub fn parse(provider: Provider, text: &str) -> Result<Self, InvalidId> {
        let (valid, expected) = match provider {
            Provider::Twilio => (is_twilio_sid(text, "CA"), "^CA[0-9a-fA-F]{32}$"),
            Provider::Vapi => (is_uuid(text), "a UUID"),
            Provider::ElevenLabs => (is_conversation_id(text), "^conv_[A-Za-z0-9]{1,64}$"),
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidId { what: "call id", expected }) }
    }

    /// A canary's, of 32 hexadecimal digits.
    pub(super) fn of_canary(digits: &str) -> Self {
        Self(format!("CA{digits}"))
    }
}

id! {
    /// The call at Twilio that carries a voice agent's, a CallSid: jobs may name that one.
    CarrierCallId
}
free_standing!(CarrierCallId, "carrier's call id", "^CA[0-9a-fA-F]{32}$", |text| is_twilio_sid(text, "CA"));

impl CarrierCallId {
    /// The call, as its carrier's own recordings name it.
    pub fn to_call_id(&self) -> CallId {
        CallId(self.0.clone())
    }
}

id! {
    /// A recording at its provider: Twilio's RecordingSid, Vapi's channel variant, `audio` at ElevenLabs.
    RecordingId
}

impl RecordingId {
    /// Reads a recording id by its provider's pattern.
    ///
    /// # Errors
    /// [`InvalidId`] when the text does not match.
    pub fn parse(provider: Provider, text: &str) -> Result<Self, InvalidId> {
        let (valid, expected) = match provider {
            Provider::Twilio => (is_twilio_sid(text, "RE"), "^RE[0-9a-fA-F]{32}$"),
            Provider::Vapi => {
                (matches!(text, "mono" | "stereo" | "customer" | "assistant"), "mono, stereo, customer or assistant")
            }
            Provider::ElevenLabs => (text == "audio", "audio"),
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidId { what: "recording id", expected }) }
    }

    /// A canary's, of 32 hexadecimal digits.
    pub(super) fn of_canary(digits: &str) -> Self {
        Self(format!("RE{digits}"))
    }

    /// Stands for the recording that a call should have had. No provider has such an id, and none that comes from
    /// outside is read as one.
    pub fn missing() -> Self {
        Self(MISSING.to_owned())
    }

    /// Whether it stands for a recording that a call should have had.
    pub fn is_missing(&self) -> bool {
        self.0 == MISSING
    }

    /// Stands for all of a call's recordings, where somebody decided something about the call. It has no ledger entry.
    pub fn all() -> Self {
        Self(ALL.to_owned())
    }

    /// Stands for a recording that was imported without an id. No provider has such an id either.
    pub fn imported() -> Self {
        Self(IMPORTED.to_owned())
    }

    /// An id that no provider has, but we do.
    pub(super) fn of_ours(text: &str) -> Option<Self> {
        [MISSING, ALL, IMPORTED].contains(&text).then(|| Self(text.to_owned()))
    }

    /// Whether the provider knows the recording by it.
    pub fn is_the_providers(&self) -> bool {
        Self::of_ours(&self.0).is_none()
    }
}

const MISSING: &str = "none";
const ALL: &str = "all";
const IMPORTED: &str = "imported";

fn is_airtable_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 14 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_twilio_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn is_conversation_id(text: &str) -> bool {
    text.strip_prefix("conv_")
        .is_some_and(|rest| (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

//! Which recording: identifiers, parsed once from what came from outside and trusted afterwards.

mod absence;
mod canary;
mod ids;
mod legacy_url;
mod report;
mod transcript;

pub use absence::Absence;
pub use ids::{
    AccountSid, AirtableBaseId, AirtableTableId, CallId, CarrierCallId, InvalidId, JobNumber, JobRecordId, LengthOf,
    Organisation, PhoneNumber, Provider, RecordingId, RetrievalId,
};
pub use legacy_url::{InvalidLegacyUrl, LegacyUrl};
pub use report::{Channels, Direction, Outcome, Parties, Report};
pub use transcript::{Speaker, Transcript, Turn};

use serde::{Deserialize, Serialize};

/// The identity of one recording: whose it is, who made it, and its ids there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "UncheckedRef")]
pub struct RecordingRef {
    /// The tenant that owns the recording.
    pub organisation: Organisation,
    /// Who made the recording.
    pub provider: Provider,
    /// The call at that provider.
    pub call_id: CallId,
    /// The recording at that provider.
    pub recording_id: RecordingId,
}

impl RecordingRef {
    /// Builds an identity from strings of any origin.
    ///
    /// # Errors
    /// [`InvalidId`] names the first id that does not match its provider's pattern.
    pub fn parse(organisation: &str, provider: Provider, call_id: &str, recording_id: &str) -> Result<Self, InvalidId> {
        Ok(Self {
            organisation: organisation.parse()?,
            provider,
            call_id: CallId::parse(provider, call_id)?,
            recording_id: RecordingId::parse(provider, recording_id)?,
        })
    }

    /// Reads back what we wrote ourselves: the recording that a call should have had, or one that was imported without an
    /// id, may be among it.
    ///
    /// # Errors
    /// [`InvalidId`] names the first id that we would not write.
    pub fn read_back(
        organisation: &str,
        provider: Provider,
        call_id: &str,
        recording_id: &str,
    ) -> Result<Self, InvalidId> {
        match RecordingId::of_ours(recording_id) {
            Some(recording_id) => {
                CallRef::parse(organisation, provider, call_id).map(|call| call.recording(recording_id))
            }
            None => Self::parse(organisation, provider, call_id, recording_id),
        }
    }

    /// The recording that a call should have had.
    pub fn missing_of(call: &CallRef) -> Self {
        call.recording(RecordingId::missing())
    }

    /// A recording of a call that was imported without an id of its own.
    pub fn imported_of(call: &CallRef) -> Self {
        call.recording(RecordingId::imported())
    }

    /// All recordings of a call: what a marker and a message about a decision name.
    pub fn all_of(call: &CallRef) -> Self {
        call.recording(RecordingId::all())
    }

    /// The call that it is of.
    pub fn call(&self) -> CallRef {
        let Self { organisation, provider, call_id, .. } = self.clone();
        CallRef { organisation, provider, call_id }
    }
}

impl std::fmt::Display for RecordingRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/{}", self.organisation, self.provider, self.call_id, self.recording_id)
    }
}

/// One call at its provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "UncheckedCallRef")]
pub struct CallRef {
    /// The tenant whose call it is.
    pub organisation: Organisation,
    /// Who carried it.
    pub provider: Provider,
    /// The call at that provider.
    pub call_id: CallId,
}

impl CallRef {
    /// Builds an identity from strings of any origin.
    ///
    /// # Errors
    /// [`InvalidId`] names the first id that does not match its provider's pattern.
    pub fn parse(organisation: &str, provider: Provider, call_id: &str) -> Result<Self, InvalidId> {
        Ok(Self { organisation: organisation.parse()?, provider, call_id: CallId::parse(provider, call_id)? })
    }

    fn recording(&self, recording_id: RecordingId) -> RecordingRef {
        let Self { organisation, provider, call_id } = self.clone();
        RecordingRef { organisation, provider, call_id, recording_id }
    }
}

impl std::fmt::Display for CallRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.organisation, self.provider, self.call_id)
    }
}

/// Ids can only be checked together with their provider, so a whole identity is read before any part is believed. What
/// is read this way is our own: messages, markers, entries.
#[derive(Deserialize)]
struct UncheckedRef {
    organisation: String,
    provider: Provider,
    call_id: String,
    recording_id: String,
}

impl TryFrom<UncheckedRef> for RecordingRef {
    type Error = InvalidId;

    fn try_from(raw: UncheckedRef) -> Result<Self, InvalidId> {
        Self::read_back(&raw.organisation, raw.provider, &raw.call_id, &raw.recording_id)
    }
}

#[derive(Deserialize)]
struct UncheckedCallRef {
    organisation: String,
    provider: Provider,
    call_id: String,
}

impl TryFrom<UncheckedCallRef> for CallRef {
    type Error = InvalidId;

    fn try_from(raw: UncheckedCallRef) -> Result<Self, InvalidId> {
        Self::parse(&raw.organisation, raw.provider, &raw.call_id)
    }
}

#[cfg(test)]
#[path = "recording/recording_tests.rs"]
mod tests;

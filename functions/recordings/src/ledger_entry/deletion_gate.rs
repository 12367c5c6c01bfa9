use super::{LedgerEntry, State};
use crate::recording::RecordingRef;

/// What the bucket says of an audio object when asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its size.
    pub bytes: u64,
    /// Its FULL_OBJECT CRC64NVME, base64, where S3 gives one.
    pub crc64nvme: Option<String>,
    /// The recording that its metadata names.
    pub recording: Option<RecordingRef>,
}

/// Whether and where this installation deletes at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// The provider's copy goes once ours is safe.
    Delete,
    /// The provider's copy stays.
    Keep,
}

/// Why the provider's copy must stay for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StillAtProvider {
    /// Deletion is not enabled for this provider.
    #[error("deletion is not enabled for this provider")]
    DeletionDisabled,
    /// A legal hold is on.
    #[error("a legal hold is on")]
    Hold,
    /// Our audio was found in the bucket, and never held against the provider's.
    #[error("the audio was adopted from the bucket")]
    Adopted,
    /// Our audio came from its legacy URL, and was never held against the provider's.
    #[error("the audio came from its legacy URL")]
    Legacy,
    /// The entry was never verified, or is in fallback, suspect or gone.
    #[error("the recording is not verified")]
    NotVerified,
    /// The provider gives the call's length alone, and the audio is shorter: it may be all that there is, or not.
    #[error("nobody says that the recording is no longer")]
    LengthNotConfirmed,
    /// A line is not in the job's history yet.
    #[error("a history line is not confirmed")]
    LineNotConfirmed,
    /// The call's transcript is not kept yet, and a voice agent's provider deletes it with the audio.
    #[error("the transcript is not kept yet")]
    TranscriptNotKept,
    /// The object is not what the entry says it is.
    #[error("the stored object is not what the entry says")]
    StoredObjectDisagrees,
}

impl StillAtProvider {
    /// A stable word for logs and the ledger.
    pub fn code(self) -> &'static str {
        match self {
            Self::DeletionDisabled => "deletion_disabled",
            Self::Hold => "hold",
            Self::Adopted => "adopted",
            Self::Legacy => "legacy",
            Self::NotVerified => "not_verified",
            Self::LengthNotConfirmed => "length_not_confirmed",
            Self::LineNotConfirmed => "line_not_confirmed",
            Self::TranscriptNotKept => "transcript_not_kept",
            Self::StoredObjectDisagrees => "stored_object_disagrees",
        }
    }
}

/// The gate before the provider's copy is deleted (promise P2): the entry is verified, a fresh look at the object
/// agrees with it, every history line is confirmed, no hold is on, and deletion is enabled. Audio that was adopted, or
/// came from its legacy URL, was not verified against anything of the provider's; audio that is shorter than its call, by
/// a provider that does not say how long the recording is, only as far as that goes.
///
/// # Errors
/// [`StillAtProvider`] names the first condition that does not hold.
pub fn may_delete_provider_copy(
    entry: &LedgerEntry,
    fresh_look: Option<&StoredObject>,
    policy: DeletionPolicy,
) -> Result<(), StillAtProvider> {
    if policy == DeletionPolicy::Keep {
        return Err(StillAtProvider::DeletionDisabled);
    }
    if entry.hold {
        return Err(StillAtProvider::Hold);
    }
    if entry.was_adopted() {
        return Err(StillAtProvider::Adopted);
    }
    if entry.came_from_legacy() {
        return Err(StillAtProvider::Legacy);
    }
    let (State::Stored | State::Settled, Some(audio)) = (entry.state(), &entry.audio) else {
        return Err(StillAtProvider::NotVerified);
    };
    if !entry.length_is_confirmed() {
        return Err(StillAtProvider::LengthNotConfirmed);
    }
    if entry.lines.is_empty() || !entry.all_lines_confirmed() {
        return Err(StillAtProvider::LineNotConfirmed);
    }
    if entry.lacks_its_transcript() {
        return Err(StillAtProvider::TranscriptNotKept);
    }
    let agrees = fresh_look.is_some_and(|object| {
        object.bytes == audio.bytes
            && object.crc64nvme.as_deref() == Some(audio.crc64nvme.as_str())
            && object.recording.as_ref() == Some(&entry.recording)
    });
    if agrees { Ok(()) } else { Err(StillAtProvider::StoredObjectDisagrees) }
}

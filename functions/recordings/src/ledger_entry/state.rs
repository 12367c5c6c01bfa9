use serde::{Deserialize, Serialize};

/// What a reader of the API is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There will be audio, as far as we know.
    Pending,
    /// There is audio.
    Available,
    /// All quick tries failed; slower ones go on.
    Failed,
    /// There is no audio and there will be none.
    Unavailable,
}

/// The state of one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Heard of; not stored yet.
    Received,
    /// Our bucket cannot take it; the provider's copy stands in and is preserved.
    Fallback,
    /// Verified in the bucket; its history line or the provider's copy is still to do.
    Stored,
    /// In the bucket and readable, but its duration disagrees with the provider's; the provider's copy is kept.
    Suspect,
    /// Stored, linked, and the provider's copy deleted or kept on purpose.
    Settled,
    /// All quick tries failed; the slow lane goes on.
    Failed,
    /// The provider says there is no audio.
    Absent,
    /// Retention ended and the audio was deleted by rule. Final.
    Expired,
    /// Erased on request. Final.
    Erased,
}

impl State {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::Received,
        Self::Fallback,
        Self::Stored,
        Self::Suspect,
        Self::Settled,
        Self::Failed,
        Self::Absent,
        Self::Expired,
        Self::Erased,
    ];

    /// What a reader is told of a recording in this state.
    pub fn status(self) -> Status {
        match self {
            Self::Received | Self::Fallback => Status::Pending,
            Self::Stored | Self::Suspect | Self::Settled => Status::Available,
            Self::Failed => Status::Failed,
            Self::Absent | Self::Expired | Self::Erased => Status::Unavailable,
        }
    }

    /// Whether our bucket holds audio in this state.
    pub fn has_audio(self) -> bool {
        matches!(self, Self::Stored | Self::Suspect | Self::Settled)
    }

    /// Whether a transfer is still wanted in this state.
    pub fn wants_transfer(self) -> bool {
        matches!(self, Self::Received | Self::Fallback | Self::Failed)
    }

    /// Whether a transfer is possible in this state: a provider that said there is no audio may say otherwise later.
    pub fn may_transfer(self) -> bool {
        self.wants_transfer() || self == Self::Absent
    }
}

use std::time::Duration;

use recordings::audio::NotAudio;
use recordings::messages::Continuation;
use recordings::ports::{Advice, ErrorKind, FetchError, PortError};

use super::{Doubt, Place};
use crate::ledger::ChangeError;

/// A copy that did not come to its end.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Why.
    pub(crate) error: CopyError,
    /// How far it came, where another try can go on from there.
    pub(crate) so_far: Option<Box<Continuation>>,
    /// Whether the invocation's end is what stopped it.
    pub(crate) cut_off: bool,
}

impl Failure {
    /// What is gone on with is gone on with from the same place.
    pub(super) fn at(mut self, place: Place<'_>) -> Self {
        if let Some(so_far) = &mut self.so_far {
            so_far.from_legacy = place.is_legacy();
        }
        self
    }
}

impl<E> From<E> for Failure
where
    CopyError: From<E>,
{
    fn from(error: E) -> Self {
        Self { error: error.into(), so_far: None, cut_off: false }
    }
}

/// Why a recording is not in the bucket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// The provider did not give the audio.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The provider no longer has the audio, and its legacy URL did not give it either.
    #[error("the legacy URL did not give the audio either")]
    Legacy {
        /// What the provider said.
        provider: FetchError,
        /// What came of the legacy URL.
        #[source]
        error: Box<CopyError>,
    },
    /// The stream ended before, or went on after, the announced size.
    #[error("the provider announced {announced} bytes and sent {received}")]
    CutShort {
        /// What was announced.
        announced: u64,
        /// What came.
        received: u64,
    },
    /// The bytes are no audio at all.
    #[error("what the provider sent is not audio")]
    NotAudio(#[source] NotAudio),
    /// The bytes are audio, but something disagrees; another try may tell.
    #[error("the audio is doubtful")]
    Doubtful(#[source] Doubt),
    /// The invocation's end came first.
    #[error("the transfer is too slow for one invocation")]
    TooSlow,
    /// The provider serves no ranges, or other audio than before; or our own entry names another key by now.
    #[error("the transfer cannot go on where an earlier try stopped")]
    CannotGoOn,
    /// The bucket did not take the audio.
    #[error("the bucket did not take the audio")]
    Store(#[source] PortError),
    /// The bucket holds other bytes than were sent.
    #[error("the stored object is not what was sent")]
    StoredDiffers,
    /// No try came to an end, not even to a failure.
    #[error("the transfer broke off again and again")]
    DeadLettered,
    /// Another recording holds the key; the entry now names another one.
    #[error("another recording holds the key")]
    KeyTaken,
    /// The entry was left without a key, which the transition table forbids.
    #[error("the ledger entry has no key")]
    NoKey,
    /// The ledger did not take a change.
    #[error(transparent)]
    Ledger(#[from] ChangeError),
}

impl CopyError {
    /// A stable word for logs, metrics and the ledger.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Legacy { error, .. } => match &**error {
                Self::Fetch(error) => legacy_code(error),
                error => error.code(),
            },
            Self::CutShort { .. } => "cut_short",
            Self::NotAudio(what) => what.code(),
            Self::Doubtful(doubt) => doubt.code(),
            Self::TooSlow => "too_slow",
            Self::CannotGoOn => "cannot_go_on",
            Self::Store(error) => match error.kind {
                ErrorKind::Refused => "s3_refused",
                ErrorKind::Throttled { .. } => "s3_throttled",
                _ => "s3_unavailable",
            },
            Self::StoredDiffers => "stored_differs",
            Self::DeadLettered => "dead_lettered",
            Self::KeyTaken => "key_taken",
            Self::NoKey => "no_key",
            Self::Ledger(_) => "ledger",
        }
    }

    /// How long the provider asks to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Fetch(FetchError::Throttled(PortError { kind: ErrorKind::Throttled { retry_after }, .. })) => {
                *retry_after
            }
            _ => None,
        }
    }

    /// Whether another try within the same invocation may help.
    pub(crate) fn is_worth_a_quick_retry(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_worth_a_quick_retry(),
            Self::Legacy { error, .. } => error.is_worth_a_quick_retry(),
            Self::CutShort { .. } | Self::NotAudio(_) | Self::StoredDiffers => true,
            Self::Store(error) => error.kind != ErrorKind::Refused,
            Self::Ledger(ChangeError::Ledger(error)) => matches!(error.advice(), Advice::Retry | Advice::Reread),
            Self::Doubtful(_) | Self::TooSlow | Self::CannotGoOn | Self::DeadLettered => false,
            Self::KeyTaken | Self::NoKey | Self::Ledger(_) => false,
        }
    }

    /// Whether the parts that were sent before it happened are as good as they were.
    pub(crate) fn leaves_parts_of_use(&self) -> bool {
        match self {
            Self::TooSlow => true,
            Self::Fetch(error) => !matches!(error, FetchError::Gone(_) | FetchError::Absent(_) | FetchError::Broken(_)),
            Self::CutShort { announced, received } => received < announced,
            Self::Store(error) => {
                matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Throttled { .. } | ErrorKind::Refused)
            }
            Self::Ledger(ChangeError::Ledger(_)) => true,
            _ => false,
        }
    }

    /// Whether our own bucket is what failed, so that the provider's copy has to stand in.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Store(_) | Self::StoredDiffers | Self::Ledger(ChangeError::Ledger(_)))
    }
}

/// The words for a provider, of a host that is none.
fn legacy_code(error: &FetchError) -> &'static str {
    match error {
        FetchError::NotReady(_) => "legacy_not_ready",
        FetchError::Gone(_) | FetchError::Absent(_) => "legacy_gone",
        FetchError::Refused(_) => "legacy_refused",
        FetchError::Throttled(_) => "legacy_throttled",
        FetchError::Unavailable(_) => "legacy_unavailable",
        FetchError::Broken(_) => "legacy_broken",
    }
}

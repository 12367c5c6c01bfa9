use std::future::Future;

use bytes::Bytes;
use futures_util::Stream;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::audio::Container;
use crate::recording::RecordingRef;

/// Fetches a recording's audio from its provider.
pub trait AudioSource: Sync {
    /// The audio as it arrives.
    type Body: Stream<Item = Result<Bytes, FetchError>> + Send + Unpin;

    /// Opens the audio from its first byte. The URL is built from ids, never taken from a webhook.
    fn open(
        &self,
        recording: &RecordingRef,
    ) -> impl Future<Output = Result<OpenedAudio<Self::Body>, FetchError>> + Send;

    /// Opens the audio where an earlier reading of it stopped. `None` when the provider does not go on from there: it
    /// serves no ranges, or what it serves is not what it was.
    fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> impl Future<Output = Result<Option<OpenedAudio<Self::Body>>, FetchError>> + Send;

    /// Where the provider keeps its copy: a URL without credentials, for people and for the ledger.
    fn provider_url(&self, recording: &RecordingRef) -> String;
}

/// Audio that a provider began to send.
#[derive(Debug)]
pub struct OpenedAudio<B> {
    /// The size of the whole that the provider announced.
    pub announced_bytes: Option<u64>,
    /// What tells these bytes from others of the same recording, where the provider says: a strong entity tag.
    pub version: Option<String>,
    /// What the provider calls the audio, where that names a container known here.
    pub said: Option<Container>,
    /// The bytes.
    pub body: B,
}

/// Where a reading stopped, and what was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedAt {
    /// The bytes that were read.
    pub offset: u64,
    /// The size of the whole, where the provider announced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_bytes: Option<u64>,
    /// What told these bytes from others, where the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Fetches pieces of a recording's audio from its provider, for who listens before it is in our bucket.
pub trait AudioSlices: Sync {
    /// The bytes from `first` on, at most `most` of them: fewer where the audio ends, or where the provider takes its time
    /// over them, and none behind the end only. The memory is limited to the slice.
    ///
    /// # Errors
    /// Those of [`AudioSource::open`], and [`Broken`](FetchError::Broken) where the audio begins as no audio does.
    fn slice(
        &self,
        recording: &RecordingRef,
        first: u64,
        most: u64,
    ) -> impl Future<Output = Result<AudioSlice, FetchError>> + Send;
}

/// A piece of a provider's audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioSlice {
    /// The media type under which browsers play the whole.
    pub content_type: &'static str,
    /// Where in the whole it begins.
    pub first: u64,
    /// Its bytes.
    pub bytes: Bytes,
    /// The size of the whole, where it is known.
    pub total: Option<u64>,
}

/// Why a provider's audio could not be had, told by what it means for the recording.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The provider has the recording, or may have it, but cannot serve it yet.
    #[error("the provider does not have the audio ready")]
    NotReady(#[source] PortError),
    /// The provider says that the audio is gone for good.
    #[error("the provider no longer has the audio")]
    Gone(#[source] PortError),
    /// The provider says that there is no audio, and never was.
    #[error("the provider has no audio")]
    Absent(#[source] PortError),
    /// Our credentials do not suffice.
    #[error("the provider refused our credentials")]
    Refused(#[source] PortError),
    /// The provider asks for less.
    #[error("the provider throttles us")]
    Throttled(#[source] PortError),
    /// The provider cannot be reached, hangs, fails by itself, or broke off.
    #[error("the provider failed")]
    Unavailable(#[source] PortError),
    /// The provider answered with something that is no audio.
    #[error("the provider's answer is not audio")]
    Broken(#[source] PortError),
}

impl FetchError {
    /// A stable word for logs, metrics and the ledger.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotReady(_) => "provider_not_ready",
            Self::Gone(_) => "provider_gone",
            Self::Absent(_) => "provider_absent",
            Self::Refused(_) => "provider_refused",
            Self::Throttled(_) => "provider_throttled",
            Self::Unavailable(_) => "provider_unavailable",
            Self::Broken(_) => "provider_broken",
        }
    }

    /// What happened, without what it means.
    pub fn port_error(&self) -> &PortError {
        match self {
            Self::NotReady(error)
            | Self::Gone(error)
            | Self::Absent(error)
            | Self::Refused(error)
            | Self::Throttled(error)
            | Self::Unavailable(error)
            | Self::Broken(error) => error,
        }
    }

    /// Whether another try within the same invocation may help.
    pub fn is_worth_a_quick_retry(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Broken(_))
    }
}

/// Deletes a provider's copy.
pub trait ProviderCopies: Sync {
    /// Deletes the provider's copy for good; a copy that is gone already is deleted.
    ///
    /// Callers pass the gate of promise P2 first ([`may_delete_provider_copy`](crate::ledger_entry::may_delete_provider_copy)).
    fn delete(&self, recording: &RecordingRef) -> impl Future<Output = Result<(), PortError>> + Send;
}

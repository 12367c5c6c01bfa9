use std::future::Future;

use bytes::Bytes;
use futures_util::Stream;

use super::{FetchError, OpenedAudio, StoppedAt};
use crate::recording::{LegacyUrl, RecordingRef};

/// Fetches the audio of imported recordings from where it lay before. It carries no credentials, and goes only to hosts
/// that the secret lists for the recording's organisation now, however many redirects lead there.
pub trait LegacyAudio: Sync {
    /// The audio as it arrives.
    type Body: Stream<Item = Result<Bytes, FetchError>> + Send + Unpin;

    /// Opens the audio from its first byte.
    ///
    /// # Errors
    /// [`Refused`](FetchError::Refused) where the organisation does not list a host that the way leads to, or where that
    /// host wants credentials; the others as for a provider's audio.
    fn open(
        &self,
        recording: &RecordingRef,
        url: &LegacyUrl,
    ) -> impl Future<Output = Result<OpenedAudio<Self::Body>, FetchError>> + Send;

    /// Opens the audio where an earlier reading of it stopped. `None` when the host does not go on from there.
    fn open_from(
        &self,
        recording: &RecordingRef,
        url: &LegacyUrl,
        stopped: &StoppedAt,
    ) -> impl Future<Output = Result<Option<OpenedAudio<Self::Body>>, FetchError>> + Send;
}

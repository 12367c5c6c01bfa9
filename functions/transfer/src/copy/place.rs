//! Where a try takes the audio from.

use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::Either;
use recordings::ports::{AudioSource, ErrorKind, FetchError, LegacyAudio, OpenedAudio, PortError, StoppedAt};
use recordings::recording::{LegacyUrl, RecordingRef};

use crate::Ports;

/// Where the audio is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// At the recording's provider.
    Provider,
    /// Where an imported recording lay before.
    Legacy(&'a LegacyUrl),
}

impl Place<'_> {
    /// Whether the audio comes from its legacy URL.
    pub(crate) fn is_legacy(self) -> bool {
        matches!(self, Self::Legacy(_))
    }

    pub(super) async fn open(
        self,
        ports: &impl Ports,
        recording: &RecordingRef,
    ) -> Result<OpenedAudio<impl Stream<Item = Result<Bytes, FetchError>> + Unpin>, FetchError> {
        match self {
            Self::Legacy(url) => Ok(either(ports.legacy().open(recording, url).await?, Either::Right)),
            Self::Provider if recording.recording_id.is_the_providers() => {
                Ok(either(ports.source().open(recording).await?, Either::Left))
            }
            Self::Provider => Err(not_asked(recording)),
        }
    }

    pub(super) async fn open_from(
        self,
        ports: &impl Ports,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<impl Stream<Item = Result<Bytes, FetchError>> + Unpin>>, FetchError> {
        match self {
            Self::Legacy(url) => {
                let opened = ports.legacy().open_from(recording, url, stopped).await?;
                Ok(opened.map(|opened| either(opened, Either::Right)))
            }
            Self::Provider => {
                let opened = ports.source().open_from(recording, stopped).await?;
                Ok(opened.map(|opened| either(opened, Either::Left)))
            }
        }
    }
}

/// What the provider is taken to have said that was not asked.
pub(crate) fn not_asked(recording: &RecordingRef) -> FetchError {
    let why = match recording.recording_id.is_the_providers() {
        true => "the provider had said so before",
        false => "the recording has no id at its provider",
    };
    FetchError::Gone(PortError::new(ErrorKind::NotFound, "fetch audio", why))
}

fn either<B, E>(opened: OpenedAudio<B>, side: impl FnOnce(B) -> E) -> OpenedAudio<E> {
    let OpenedAudio { announced_bytes, version, said, body } = opened;
    OpenedAudio { announced_bytes, version, said, body: side(body) }
}

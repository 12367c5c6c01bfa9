use std::collections::BTreeMap;

use super::call::reads;
use super::world::State;
use super::{Body, ProviderRecording, World};
use crate::ports::{ErrorKind, FetchError, LegacyAudio, OpenedAudio, PortError, StoppedAt};
use crate::recording::{LegacyUrl, Organisation, RecordingRef};

/// What hosts that are nobody's provider serve, by its URL.
#[derive(Default)]
pub(super) struct Legacy(BTreeMap<String, ProviderRecording>);

impl LegacyAudio for World {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef, url: &LegacyUrl) -> Result<OpenedAudio<Body>, FetchError> {
        let call = self.ask(reads("LegacyAudio", "open"), url.url()).await;
        let (organisation, url) = (recording.organisation.clone(), url.clone());
        let held = self.perform(&call, move |state| state.serve_legacy(&organisation, &url)).await?;
        let announced_bytes = held.announces_length.then_some(held.bytes.len() as u64);
        Ok(self.opened(call, &held, 0, announced_bytes))
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        url: &LegacyUrl,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        let call = self.ask(reads("LegacyAudio", "open_from"), url.url()).await;
        let (organisation, url) = (recording.organisation.clone(), url.clone());
        let held = self.perform(&call, move |state| state.serve_legacy(&organisation, &url)).await?;
        Ok(self.opened_from(call, &held, stopped))
    }
}

impl State {
    fn serve_legacy(&self, organisation: &Organisation, url: &LegacyUrl) -> Result<ProviderRecording, FetchError> {
        let error = |kind, why| PortError::new(kind, "fetch legacy audio", why);
        if !self.secrets.permits_legacy(organisation, url) {
            return Err(FetchError::Refused(error(ErrorKind::Refused, "the host is not on the organisation's list")));
        }
        match self.legacy.0.get(url.url().as_str()) {
            Some(held) if held.ready_at <= self.now => Ok(held.clone()),
            _ => Err(FetchError::Gone(error(ErrorKind::NotFound, "there is no such file"))),
        }
    }
}

impl World {
    /// Lets a host serve audio, in place of what it serves there.
    pub fn put_legacy_audio(&self, url: &LegacyUrl, held: ProviderRecording) {
        self.state().legacy.0.insert(url.url().as_str().to_owned(), held);
    }

    /// Whether a host still serves audio: nobody here can delete it.
    pub fn legacy_has(&self, url: &LegacyUrl) -> bool {
        self.state().legacy.0.contains_key(url.url().as_str())
    }
}

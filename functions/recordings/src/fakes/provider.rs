use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;

use super::World;
use super::call::{Failure, reads, writes};
use super::clock::Wait;
use super::faults::{Call, Fault};
use super::journal::Effect;
use super::world::State;
use crate::audio::{Container, canary};
use crate::object_key::ObjectKey;
use crate::ports::{
    AudioSlice, AudioSlices, AudioSource, ErrorKind, FetchError, OpenedAudio, PortError, ProviderCopies, StoppedAt,
};
use crate::recording::{Provider, RecordingRef};

/// A recording as its provider holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRecording {
    /// What is served; any bytes, audio or not.
    pub bytes: Bytes,
    /// From when it is served.
    pub ready_at: Timestamp,
    /// What the provider calls it.
    pub said: Option<Container>,
    /// Whether the size is announced.
    pub announces_length: bool,
    /// How long each piece takes to arrive.
    pub pace: Duration,
    /// Whether it is served from a byte in its middle.
    pub serves_ranges: bool,
    /// What the provider says of it.
    pub state: AtProvider,
    /// When it was made; when it is put at its provider, where nothing is said.
    pub created_at: Option<Timestamp>,
}

/// What a provider says of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtProvider {
    /// There is audio.
    Completed,
    /// There never was audio.
    Absent,
    /// The audio was deleted.
    Deleted,
}

impl ProviderRecording {
    /// Audio that is there, and whose size is announced.
    pub fn completed(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            ready_at: Timestamp::MIN,
            said: None,
            announces_length: true,
            pace: Duration::ZERO,
            serves_ranges: true,
            state: AtProvider::Completed,
            created_at: None,
        }
    }
}

impl AudioSource for World {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
        let call = self.ask(reads("AudioSource", "open"), recording).await;
        let recording = recording.clone();
        let held = self.perform(&call, move |state| state.serve(&recording)).await?;
        let announced_bytes = held.announces_length.then_some(held.bytes.len() as u64);
        Ok(self.opened(call, &held, 0, announced_bytes))
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        let call = self.ask(reads("AudioSource", "open_from"), recording).await;
        let recording = recording.clone();
        let held = self.perform(&call, move |state| state.serve(&recording)).await?;
        Ok(self.opened_from(call, &held, stopped))
    }

    fn provider_url(&self, recording: &RecordingRef) -> String {
        let (call, id) = (&recording.call_id, &recording.recording_id);
        match recording.provider {
            Provider::Twilio => format!("https://api.twilio.com/2010-04-01/Accounts/AC{:032x}/Recordings/{id}.mp3", 1),
            Provider::Vapi => format!("https://api.vapi.ai/call/{call}/{id}-recording"),
            Provider::ElevenLabs => format!("https://api.elevenlabs.io/v1/convai/conversations/{call}/audio"),
        }
    }
}

impl AudioSlices for World {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        let of = recording.clone();
        self.call(reads("AudioSlices", "slice"), recording, move |state| {
            let held = state.serve(&of)?;
            let container = Container::sniff(&held.bytes).ok_or_else(|| {
                FetchError::Broken(PortError::new(ErrorKind::Invalid, "fetch audio", "the first bytes are not audio's"))
            })?;
            let whole = held.bytes.len() as u64;
            let (begin, end) = (first.min(whole), first.saturating_add(most).min(whole));
            let bytes = held.bytes.slice(begin as usize..end as usize);
            let knows_the_size = held.announces_length || held.serves_ranges || end == whole;
            let total = knows_the_size.then_some(whole);
            Ok(AudioSlice { content_type: container.content_type(), first, bytes, total })
        })
        .await
    }
}

impl World {
    pub(super) fn opened(
        &self,
        call: Call,
        held: &ProviderRecording,
        from: usize,
        announced_bytes: Option<u64>,
    ) -> OpenedAudio<Body> {
        let chunk_bytes = self.state().settings.chunk_bytes.max(1);
        let body = Body::new(self.clone(), call, held.bytes.slice(from..), chunk_bytes, held.pace);
        OpenedAudio { announced_bytes, version: Some(version(&held.bytes)), said: held.said, body }
    }

    pub(super) fn opened_from(
        &self,
        call: Call,
        held: &ProviderRecording,
        stopped: &StoppedAt,
    ) -> Option<OpenedAudio<Body>> {
        let (version, whole) = (version(&held.bytes), held.bytes.len() as u64);
        let is_the_same = stopped.version.as_ref().is_none_or(|known| *known == version)
            && stopped.announced_bytes.is_none_or(|bytes| bytes == whole);
        let goes_on = held.serves_ranges && is_the_same && stopped.offset <= whole;
        let from = usize::try_from(stopped.offset).unwrap_or(usize::MAX);
        // A part names the size of its whole.
        goes_on.then(|| self.opened(call, held, from, Some(whole)))
    }
}

/// Changes with the bytes.
fn version(bytes: &Bytes) -> String {
    format!("\"{}\"", crate::audio::crc64nvme(bytes))
}

impl ProviderCopies for World {
    async fn delete(&self, recording: &RecordingRef) -> Result<(), PortError> {
        let recording = recording.clone();
        self.call(writes("ProviderCopies", "delete"), recording.clone(), move |state| state.delete_copy(&recording))
            .await
    }
}

impl State {
    fn serve(&self, recording: &RecordingRef) -> Result<ProviderRecording, FetchError> {
        let not_found = |why| PortError::new(ErrorKind::NotFound, "fetch audio", why);
        match self.providers.get(recording) {
            Some(held) if held.state == AtProvider::Completed && held.ready_at <= self.now => Ok(held.clone()),
            Some(held) if held.state == AtProvider::Completed => Err(FetchError::NotReady(not_found("not ready yet"))),
            Some(_) => Err(FetchError::Gone(not_found("the audio is gone"))),
            None if recording.is_canary() => Ok(ProviderRecording::completed(canary())),
            None => Err(FetchError::Gone(not_found("there is no such recording"))),
        }
    }

    /// Only completed recordings can be deleted. Source: <https://www.twilio.com/docs/voice/api/recording>
    fn delete_copy(&mut self, recording: &RecordingRef) -> Result<(), PortError> {
        let now = self.now;
        match self.providers.get_mut(recording) {
            None | Some(ProviderRecording { state: AtProvider::Deleted, .. }) => return Ok(()),
            Some(held) if held.state == AtProvider::Completed && held.ready_at <= now => {
                held.state = AtProvider::Deleted
            }
            Some(_) => {
                return Err(PortError::new(ErrorKind::Invalid, "delete a provider's copy", "it is not completed"));
            }
        }
        self.note_deletion(recording);
        Ok(())
    }

    /// Whether the deletion was right can only be told from how things stood at that moment.
    fn note_deletion(&mut self, recording: &RecordingRef) {
        let read = self.entry(&ObjectKey::Ledger(recording).to_string());
        let entry = read.ok().flatten().map(|versioned| Box::new(versioned.entry));
        let key = entry.as_ref().and_then(|entry| entry.recording_storage_path.as_ref());
        let stored = key.and_then(|key| self.audio.get(key)).map(|stored| stored.object.look());
        let histories = self.histories_about(recording, entry.as_deref());
        self.note(Effect::ProviderCopyDeleted { recording: recording.clone(), entry, stored, histories });
    }
}

impl World {
    /// Puts a recording at its provider, in place of what is there.
    pub fn put_provider_recording(&self, recording: &RecordingRef, mut held: ProviderRecording) {
        let mut state = self.state();
        held.created_at.get_or_insert(state.now);
        state.providers.put(recording, held);
    }

    /// Whether the provider still has the audio.
    pub fn provider_has(&self, recording: &RecordingRef) -> bool {
        self.state().providers.get(recording).is_some_and(|held| held.state == AtProvider::Completed)
    }

    /// Every recording that a provider ever had.
    pub fn provider_recordings(&self) -> BTreeMap<RecordingRef, ProviderRecording> {
        self.state().providers.all().clone()
    }
}

/// A provider's audio as it arrives, in pieces.
pub struct Body {
    world: World,
    call: Call,
    chunks: VecDeque<Bytes>,
    pace: Duration,
    arriving: Option<Pin<Box<Wait>>>,
    hanging: Option<Hanging>,
}

type Hanging = Pin<Box<dyn Future<Output = Result<(), FetchError>> + Send>>;

impl Body {
    fn new(world: World, call: Call, bytes: Bytes, chunk_bytes: usize, pace: Duration) -> Self {
        let whole = bytes.len();
        let sent = match call.fault {
            Some(Fault::PartialBody(n) | Fault::ShortBody(n) | Fault::HangingBody(n)) => whole.min(n as usize),
            _ => whole,
        };
        let chunks = (0..sent).step_by(chunk_bytes).map(|at| bytes.slice(at..sent.min(at + chunk_bytes))).collect();
        Self { world, call, chunks, pace, arriving: None, hanging: None }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, FetchError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.world.is_dead() {
            return Poll::Pending;
        }
        if !self.pace.is_zero() && !self.chunks.is_empty() {
            let (world, pace) = (self.world.clone(), self.pace);
            let arriving = self.arriving.get_or_insert_with(|| Box::pin(world.wait(pace)));
            std::task::ready!(arriving.as_mut().poll(cx));
            self.arriving = None;
        }
        if let Some(chunk) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        match self.call.fault {
            Some(Fault::PartialBody(_)) => {
                let broke_off = FetchError::injected(ErrorKind::Unavailable, &self.call);
                self.call.fault = None;
                Poll::Ready(Some(Err(broke_off)))
            }
            Some(Fault::HangingBody(_)) => {
                let (world, call) = (self.world.clone(), self.call.clone());
                let hanging = self.hanging.get_or_insert_with(|| Box::pin(async move { world.hang(&call).await }));
                let ended = std::task::ready!(hanging.as_mut().poll(cx));
                self.call.fault = None;
                Poll::Ready(ended.err().map(Err))
            }
            _ => Poll::Ready(None),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("chunks", &self.chunks.len()).finish_non_exhaustive()
    }
}

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use jiff::Timestamp;

use crate::audio::Container;
use crate::fakes::sample;
use crate::messages::TransferRequest;
use crate::object_key::{AudioFolder, AudioPrefix, utc_day};
use crate::ports::AudioObject;
use crate::recording::{CallRef, Provider, RecordingRef};

/// Gives ids that nobody used before, as far as its seed is fresh.
#[derive(Debug)]
pub struct Names {
    seed: u64,
    given: AtomicU64,
    prefix: AudioPrefix,
}

impl Names {
    /// Ids that follow from a seed, and audio under a prefix. For a store that is kept, take a new seed each time.
    pub fn new(seed: u64, prefix: AudioPrefix) -> Self {
        Self { seed, given: AtomicU64::new(0), prefix }
    }

    /// A recording of Twilio of the organisation `contract`.
    ///
    /// # Panics
    /// Never: its ids match their patterns.
    pub fn recording(&self) -> RecordingRef {
        let n = self.given.fetch_add(1, Ordering::SeqCst);
        let (call, recording) = (format!("CA{:016x}{n:016x}", self.seed), format!("RE{:016x}{n:016x}", self.seed));
        match RecordingRef::parse("contract", Provider::Twilio, &call, &recording) {
            Ok(recording) => recording,
            Err(error) => panic!("{error}"),
        }
    }

    /// A call of the same organisation.
    pub fn call(&self) -> CallRef {
        let RecordingRef { organisation, provider, call_id, .. } = self.recording();
        CallRef { organisation, provider, call_id }
    }

    /// An audio object of a recording of its own.
    pub(super) fn object(&self) -> AudioObject {
        self.object_of(Self::time())
    }

    /// An audio object of a recording of its own that began then.
    pub(super) fn object_of(&self, started_at: Timestamp) -> AudioObject {
        let recording = self.recording();
        let key = self.prefix.audio_key(&recording, started_at, None, Container::Wav);
        AudioObject { key, recording, container: Container::Wav }
    }

    /// The folder of the audio objects.
    pub(super) fn folder(&self) -> AudioFolder {
        self.prefix.folder(&self.recording().organisation, utc_day(Self::time()))
    }

    /// The folder of all audio.
    pub(super) fn prefix(&self) -> &AudioPrefix {
        &self.prefix
    }

    /// An event about a recording of its own.
    pub(super) fn request(&self) -> TransferRequest {
        sample::transfer_request(&self.recording(), None, 12, Self::time())
    }

    pub(super) fn time() -> Timestamp {
        Timestamp::constant(1_710_513_022, 0)
    }

    /// Bytes of a length that no other call gives.
    pub(super) fn bytes(&self, len: usize) -> Bytes {
        let n = self.given.fetch_add(1, Ordering::SeqCst) ^ self.seed;
        (0..len as u64).map(|at| ((at ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
    }
}

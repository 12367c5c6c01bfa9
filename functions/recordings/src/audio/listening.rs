//! Listening to audio as it streams by: the peaks that a player draws, and what only the samples tell.
//!
//! The walkers that verify a recording find its frames; Symphonia's decoders turn each into samples. Memory is that of one
//! frame and a thousand peaks a channel, however long the recording is. What cannot be decoded is left out: whether the
//! audio can be trusted was decided before, by a [`Probe`](super::Probe).

mod levels;
mod loudness;

use levels::Levels;

use super::filled::Filled;
use super::mp3::Mp3Sound;
use super::walk::{Reader, Walk};
use super::wav::WavSound;
use super::{Container, Finding, WAVEFORM_VERSION, Waveform};

/// Samples of a recording as they come.
pub(super) use levels::Levels as Ear;

/// As many channels as a recording may have that is listened to.
pub(super) const MOST_CHANNELS: u16 = 8;

/// Listens to one recording, in pieces of any size.
pub struct Listener(Stage);

enum Stage {
    Head(Filled<{ Container::SNIFF_LEN }>),
    Mp3(Box<Reader<Mp3Sound>>),
    Wav(Box<Reader<WavSound>>),
    /// It is of a container that is not decoded here.
    Deaf,
    /// It was damaged from some byte on; what was heard before counts.
    Stopped(Option<Levels>),
}

impl Listener {
    /// A listener at the start of a file.
    #[must_use]
    pub fn new() -> Self {
        Self(Stage::Head(Filled::new()))
    }

    /// Hears the next bytes of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        let Stage::Head(head) = &mut self.0 else { return self.walk(bytes) };
        let rest = head.take(bytes, Container::SNIFF_LEN);
        let head = *head;
        if head.len() == Container::SNIFF_LEN {
            self.0 = match Container::sniff(head.as_slice()) {
                Some(Container::Mp3) => Stage::Mp3(Box::new(Reader::new(Mp3Sound::default()))),
                Some(Container::Wav) => Stage::Wav(Box::new(Reader::new(WavSound::default()))),
                _ => Stage::Deaf,
            };
            self.walk(head.as_slice());
            self.walk(rest);
        }
    }

    /// What was heard, now that the file has ended; `None` where it is of a format that is not decoded here (Ogg, MP4, WebM,
    /// rare encodings), or nothing of it could be.
    #[must_use]
    pub fn finish(self) -> Option<Waveform> {
        let levels = match self.0 {
            Stage::Head(_) | Stage::Deaf => None,
            Stage::Mp3(reader) => reader.into_walker().into_levels(),
            Stage::Wav(reader) => reader.into_walker().into_levels(),
            Stage::Stopped(levels) => levels,
        };
        levels.filter(Levels::heard_anything).map(waveform)
    }

    fn walk(&mut self, bytes: &[u8]) {
        let is_sound = match &mut self.0 {
            Stage::Mp3(reader) => reader.feed(bytes).is_ok(),
            Stage::Wav(reader) => reader.feed(bytes).is_ok(),
            Stage::Head(_) | Stage::Deaf | Stage::Stopped(_) => true,
        };
        if !is_sound {
            self.0 = Stage::Stopped(match std::mem::replace(&mut self.0, Stage::Deaf) {
                Stage::Mp3(reader) => reader.into_walker().into_levels(),
                Stage::Wav(reader) => reader.into_walker().into_levels(),
                _ => None,
            });
        }
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self::new()
    }
}

/// A walker that decodes what it walks over.
pub(super) trait Sound: Walk {
    /// What was heard of it; nothing more will come.
    fn into_levels(self) -> Option<Levels>;
}

fn waveform(levels: Levels) -> Waveform {
    Waveform {
        version: WAVEFORM_VERSION,
        seconds: levels.seconds(),
        sample_rate: levels.sample_rate(),
        findings: findings(&levels),
        channels: levels.into_channels(),
    }
}

fn findings(levels: &Levels) -> Vec<Finding> {
    let numbered = || (1_u8..).zip(levels.loudness());
    if levels.loudness().all(|channel| !channel.is_audible()) {
        return vec![Finding::Silence];
    }
    let dead = numbered().filter(|(_, channel)| !channel.is_audible());
    let clipped = numbered().filter(|(_, channel)| channel.is_clipped());
    let dead = dead.map(|(channel, _)| Finding::DeadChannel { channel });
    dead.chain(clipped.map(|(channel, _)| Finding::Clipping { channel })).collect()
}

#[cfg(test)]
#[path = "listening/listening_tests.rs"]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::filled::Filled;
use super::mp3::Mp3Walk;
use super::ogg::OggWalk;
use super::walk::Reader;
use super::wav::WavWalk;
use super::{Container, NotAudio, TextKind};

/// What is known about audio that was walked to its end without an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioFacts {
    /// What the file is.
    pub container: Container,
    /// How long the complete frames play; `None` where this is not measured (MP4, WebM, rare codecs), and then the
    /// audio must not be treated as verified.
    pub duration: Option<Duration>,
    /// Channels of the first frame, where known.
    pub channels: Option<u8>,
    /// Samples per second and channel, where known.
    pub sample_rate: Option<u32>,
    /// The file stops where more was to come: inside a frame, page or tag, or without the mark that ends the stream.
    /// The duration counts only what is complete. An MP3 cut exactly between two frames does not show it: only its
    /// duration tells.
    pub ends_mid_frame: bool,
}

/// Walks the audio as it streams, with memory of a fixed size. Serialised, it goes on elsewhere where it stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    stage: Stage,
}

/// How many first bytes decide what the file is. Audio is known by fewer; text by none of this many being binary.
const HEAD_LEN: usize = 64;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Head(Filled<HEAD_LEN>),
    Mp3(Reader<Mp3Walk>),
    Wav(Reader<WavWalk>),
    Ogg(Reader<OggWalk>),
    Unmeasured(Container),
    Refused(NotAudio),
}

impl Probe {
    /// A probe at the start of a file.
    #[must_use]
    pub fn new() -> Self {
        Self { stage: Stage::Head(Filled::new()) }
    }

    /// Looks at the next bytes of the file; where it is cut into pieces makes no difference.
    pub fn feed(&mut self, bytes: &[u8]) {
        let rest = self.gather_head(bytes);
        if !rest.is_empty() {
            self.walk(rest);
        }
    }

    /// The objection, as soon as there is one; nothing that follows can remove it.
    ///
    /// A stream that is refused here need not be read to its end.
    #[must_use]
    pub fn refusal(&self) -> Option<&NotAudio> {
        match &self.stage {
            Stage::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Says what the file was, now that it has ended.
    ///
    /// # Errors
    /// [`NotAudio`] says why the bytes cannot be trusted to be audio.
    pub fn finish(mut self) -> Result<AudioFacts, NotAudio> {
        if let Stage::Head(head) = self.stage {
            self.leave_head(head.as_slice());
        }
        match self.stage {
            Stage::Head(_) => Err(NotAudio::Empty),
            Stage::Mp3(reader) => reader.finish(),
            Stage::Wav(reader) => reader.finish(),
            Stage::Ogg(reader) => reader.finish(),
            Stage::Unmeasured(container) => Ok(unmeasured(container)),
            Stage::Refused(refusal) => Err(refusal),
        }
    }

    /// Collects the head, and decides on it once it is complete. Returns the bytes behind the head.
    fn gather_head<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Stage::Head(head) = &mut self.stage else { return bytes };
        let rest = head.take(bytes, HEAD_LEN);
        let head = *head;
        if head.len() == HEAD_LEN {
            self.leave_head(head.as_slice());
        }
        rest
    }

    fn leave_head(&mut self, head: &[u8]) {
        self.stage = match (head.is_empty(), TextKind::detect(head), Container::sniff(head)) {
            (true, ..) => Stage::Refused(NotAudio::Empty),
            (_, Some(kind), _) => Stage::Refused(NotAudio::Text { kind }),
            (.., None) => Stage::Refused(NotAudio::Unknown),
            (.., Some(Container::Mp3)) => Stage::Mp3(Reader::new(Mp3Walk::default())),
            (.., Some(Container::Wav)) => Stage::Wav(Reader::new(WavWalk::default())),
            (.., Some(Container::Ogg)) => Stage::Ogg(Reader::new(OggWalk::default())),
            (.., Some(container @ (Container::Mp4 | Container::WebM))) => Stage::Unmeasured(container),
        };
        self.walk(head);
    }

    fn walk(&mut self, bytes: &[u8]) {
        let walked = match &mut self.stage {
            Stage::Mp3(reader) => reader.feed(bytes),
            Stage::Wav(reader) => reader.feed(bytes),
            Stage::Ogg(reader) => reader.feed(bytes),
            Stage::Head(_) | Stage::Unmeasured(_) | Stage::Refused(_) => Ok(()),
        };
        if let Err(refusal) = walked {
            self.stage = Stage::Refused(refusal);
        }
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

fn unmeasured(container: Container) -> AudioFacts {
    AudioFacts { container, duration: None, channels: None, sample_rate: None, ends_mid_frame: false }
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "going_on_tests.rs"]
mod going_on_tests;

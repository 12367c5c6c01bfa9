//! MPEG audio: frames one after another, between tags. Only the headers are read; payloads are passed over.

mod frame;
#[cfg(feature = "listening")]
mod sound;
mod tag;

use serde::{Deserialize, Serialize};

use self::frame::{Alike, FRAME_HEADER_LEN, FREE_FORMAT, FrameHeader, Layer, NO_SYNC, Version};
use self::tag::{APE_HEADER_LEN, ID3V1_LEN, ID3V2_HEADER_LEN, MARKER_LEN, Tag};
use super::agreement::playing_time;
use super::walk::{End, Next, Walk};
use super::{AudioFacts, Container, NotAudio};

#[cfg(feature = "listening")]
pub(super) use self::sound::Mp3Sound;

/// Whether a file that begins with these bytes is to be walked as MPEG audio.
///
/// Free format is, so that the walk can say why it is refused.
pub(super) fn begins(head: &[u8]) -> bool {
    if Tag::starting(head) == Some(Tag::Id3v2) {
        return true;
    }
    head.first_chunk().is_some_and(|&header| matches!(FrameHeader::parse(header), Ok(_) | Err(FREE_FORMAT)))
}

/// Walks from frame to frame, and counts those that are complete.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mp3Walk {
    state: State,
    first: Option<FrameHeader>,
    frames: u64,
    /// The frame whose payload is passing counts as audio once it has passed.
    in_audio_frame: bool,
    /// A tag behind the audio was met: from then on only tags may follow.
    in_trailer: bool,
    #[serde(skip)]
    last: Remembered,
}

/// The last frame's header, and how long frames are that begin like it. It makes the walk faster and nothing else, so that it
/// need not be taken along, and two walks that differ in it are the same.
#[derive(Debug, Clone, Copy, Default)]
struct Remembered(Option<Alike>);

impl PartialEq for Remembered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
enum State {
    /// The start of a frame or tag.
    #[default]
    Marker,
    /// The first bytes of the first frame, which may hold an encoder's index instead of audio.
    FirstFrame(FrameHeader),
    Id3v2,
    Ape,
}

const NEXT_MARKER: Next = Next { pass: 0, then: MARKER_LEN };

impl Walk for Mp3Walk {
    const FIRST: usize = MARKER_LEN;

    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio> {
        let bad = |defect| NotAudio::BadFrame { offset: at, defect };
        match std::mem::take(&mut self.state) {
            State::Marker => {
                self.count_passed_frame();
                let marker = *header.first_chunk().ok_or(bad(NO_SYNC))?;
                self.marker(marker).map_err(bad)
            }
            State::FirstFrame(frame) => {
                self.in_audio_frame = !holds_index(&frame, header);
                Ok(rest_of_frame(&frame, header.len()))
            }
            State::Id3v2 => pass_tag(header.first_chunk().copied().and_then(tag::id3v2_rest)).map_err(bad),
            State::Ape => pass_tag(header.first_chunk().copied().and_then(tag::ape_rest)).map_err(bad),
        }
    }

    fn skim(&mut self, bytes: &[u8]) -> usize {
        let (Some(last), State::Marker) = (self.last.0, self.state) else { return 0 };
        let (mut at, mut frames) = (0, 0);
        while let Some(whole) = last.whole_frame(&bytes[at..]) {
            at += whole;
            frames += 1;
        }
        if frames > 0 {
            self.count_passed_frame();
            // The last of them has passed, and is counted as all are: by what follows.
            self.frames += frames - 1;
            self.in_audio_frame = true;
        }
        at
    }

    fn finish(mut self, end: End<'_>) -> Result<AudioFacts, NotAudio> {
        let at_marker = matches!(self.state, State::Marker);
        if at_marker && end.missing == 0 {
            self.count_passed_frame();
            if !could_start(end.partial) {
                return Err(NotAudio::BadFrame { offset: end.at, defect: NO_SYNC });
            }
        }
        let first = self.first.filter(|_| self.frames > 0).ok_or(NotAudio::NoAudioFrames)?;
        let samples = self.frames * u64::from(first.kind.samples());
        Ok(AudioFacts {
            container: Container::Mp3,
            duration: Some(playing_time(samples, first.kind.sample_rate)),
            channels: Some(first.channels),
            sample_rate: Some(first.kind.sample_rate),
            ends_mid_frame: end.cuts() || !at_marker,
        })
    }
}

impl Mp3Walk {
    fn count_passed_frame(&mut self) {
        self.frames += u64::from(std::mem::take(&mut self.in_audio_frame));
    }

    fn marker(&mut self, marker: [u8; MARKER_LEN]) -> Result<Next, &'static str> {
        // Nearly every frame begins as the one before it does. Here come those that are cut into pieces, and all that somebody
        // listens to, whose payload is looked at and which nobody may skim over.
        if let Some(len) = self.last.0.and_then(|last| last.len_of(marker)) {
            self.in_audio_frame = true;
            return Ok(Next { pass: len - FRAME_HEADER_LEN as u64, ..NEXT_MARKER });
        }
        // Nearly every marker is a frame's, and no tag begins as a frame does: so the frames are not compared with tags.
        let tag = if frame::is_sync(&[marker[0], marker[1]]) { None } else { Tag::starting(&marker) };
        let Some(tag) = tag else {
            let frame = FrameHeader::parse(marker)?;
            let next = self.frame(frame)?;
            self.last.0 = self.in_audio_frame.then(|| Alike::to(marker, &frame));
            return Ok(next);
        };
        self.in_trailer = self.first.is_some();
        self.last.0 = None;
        match tag {
            Tag::Id3v2 => {
                self.state = State::Id3v2;
                Ok(Next { pass: 0, then: ID3V2_HEADER_LEN - MARKER_LEN })
            }
            Tag::Id3v1 if self.in_trailer => Ok(Next { pass: ID3V1_LEN - MARKER_LEN as u64, ..NEXT_MARKER }),
            Tag::Ape if self.in_trailer => {
                self.state = State::Ape;
                Ok(Next { pass: 0, then: APE_HEADER_LEN - MARKER_LEN })
            }
            Tag::Id3v1 | Tag::Ape => Err("a trailing tag before any audio"),
        }
    }

    fn frame(&mut self, frame: FrameHeader) -> Result<Next, &'static str> {
        if self.in_trailer {
            return Err("an MPEG frame behind a trailing tag");
        }
        let Some(first) = self.first else {
            self.first = Some(frame);
            self.state = State::FirstFrame(frame);
            let payload = usize::try_from(frame.len).unwrap_or(usize::MAX).saturating_sub(FRAME_HEADER_LEN);
            return Ok(Next { pass: 0, then: payload.min(INDEX_REACH) });
        };
        if frame.kind != first.kind {
            return Err("an MPEG frame of another version, layer or sample rate than the first");
        }
        self.in_audio_frame = true;
        Ok(rest_of_frame(&frame, 0))
    }
}

/// Passes what is left of a frame of which, behind the header, `read` bytes have been read.
fn rest_of_frame(frame: &FrameHeader, read: usize) -> Next {
    Next { pass: frame.len - (FRAME_HEADER_LEN + read) as u64, ..NEXT_MARKER }
}

fn pass_tag(rest: Option<u64>) -> Result<Next, &'static str> {
    rest.map(|pass| Next { pass, ..NEXT_MARKER }).ok_or("a damaged tag header")
}

/// Whether a frame or tag can begin with these bytes, of which the rest never came.
fn could_start(partial: &[u8]) -> bool {
    let frame = match partial {
        [sync] => *sync == 0xFF,
        [first, second, ..] => frame::is_sync(&[*first, *second]),
        [] => true,
    };
    frame || Tag::could_start(partial)
}

/// How far into the first frame, behind its header, an encoder's index shows itself.
const INDEX_REACH: usize = 2 + 32 + 4;

/// Whether a frame holds an encoder's index of the file (Xing, Info or VBRI) instead of audio: players do not play it.
///
/// Xing and Info stand behind the side information, with a checksum before that in a frame that has one; VBRI stands
/// always at the same place.
fn holds_index(frame: &FrameHeader, payload: &[u8]) -> bool {
    let side_information = match (frame.kind.version, frame.channels) {
        (Version::Mpeg1, 2) => 32,
        (Version::Mpeg1, _) | (_, 2) => 17,
        _ => 9,
    };
    let has = |at: usize, names: &[&[u8; 4]]| {
        payload.get(at..).and_then(<[u8]>::first_chunk).is_some_and(|found: &[u8; 4]| names.contains(&found))
    };
    frame.kind.layer == Layer::Three
        && (has(side_information, &[b"Xing", b"Info"])
            || has(side_information + 2, &[b"Xing", b"Info"])
            || has(32, &[b"VBRI"]))
}

#[cfg(test)]
#[path = "mp3_tests.rs"]
mod tests;

//! RIFF WAVE: chunks one after another, of which `fmt ` says how the samples in `data` are encoded.

mod format;
#[cfg(feature = "listening")]
mod sound;

use serde::{Deserialize, Serialize};

use self::format::{FORMAT_MAX_LEN, FORMAT_MIN_LEN, Format};
use super::agreement::playing_time;
use super::walk::{End, Next, Walk};
use super::{AudioFacts, Container, NotAudio};

#[cfg(feature = "listening")]
pub(super) use self::sound::WavSound;

/// Walks from chunk to chunk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct WavWalk {
    state: State,
    format: Option<Format>,
    /// The length of `data` that an RF64 file announces ahead of it.
    long_data_len: Option<u64>,
    /// The bytes of `data`, once they have passed.
    data_len: Option<u64>,
    /// The byte that fills the passing chunk up to an even length; writers forget it at the end of the file.
    filler: u64,
}

/// What the next header is, and with it what is passing before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
enum State {
    #[default]
    Riff,
    Chunk,
    /// The start of `fmt ` or `ds64`, of which this many bytes remain to pass.
    Format {
        rest: u64,
    },
    LongSizes {
        rest: u64,
    },
    /// Samples are passing: so many, or all to the end of the file.
    Data {
        announced: Option<u64>,
    },
}

const RIFF_HEADER_LEN: usize = 12;
const NEXT_CHUNK: Next = Next { pass: 0, then: 8 };

/// As much of `ds64` (EBU Tech 3306) as is read: the lengths of the file and of `data`.
const LONG_SIZES_LEN: u64 = 16;

impl Walk for WavWalk {
    const FIRST: usize = RIFF_HEADER_LEN;

    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio> {
        let bad = |defect| NotAudio::BadFrame { offset: at, defect };
        match std::mem::replace(&mut self.state, State::Chunk) {
            State::Riff => Ok(NEXT_CHUNK),
            State::Format { rest } => {
                self.format = Some(Format::parse(header).map_err(bad)?);
                Ok(Next { pass: rest, ..NEXT_CHUNK })
            }
            State::LongSizes { rest } => {
                let data_len = header.last_chunk().map(|len| u64::from_le_bytes(*len));
                self.long_data_len = data_len.filter(|&len| len != 0 && len != u64::MAX);
                Ok(Next { pass: rest, ..NEXT_CHUNK })
            }
            State::Data { announced } => {
                self.data_len = announced;
                self.chunk(header).map_err(bad)
            }
            State::Chunk => self.chunk(header).map_err(bad),
        }
    }

    fn finish(self, end: End<'_>) -> Result<AudioFacts, NotAudio> {
        let data_len = self.received(end.missing)?;
        let format = self.format.ok_or(NotAudio::HeaderOnly)?;
        let frames = data_len / u64::from(format.frame_len.unwrap_or(1));
        if frames == 0 {
            return Err(NotAudio::HeaderOnly);
        }
        let in_data = matches!(self.state, State::Data { .. });
        let cut_in_trailer = !in_data && end.missing > self.filler || !end.partial.is_empty();
        let cut_in_frame = format.frame_len.is_some_and(|len| data_len % u64::from(len) != 0);
        Ok(AudioFacts {
            container: Container::Wav,
            duration: format.frame_len.map(|_| playing_time(frames, format.sample_rate)),
            channels: u8::try_from(format.channels).ok(),
            sample_rate: Some(format.sample_rate),
            ends_mid_frame: cut_in_frame || cut_in_trailer,
        })
    }
}

impl WavWalk {
    fn chunk(&mut self, header: &[u8]) -> Result<Next, &'static str> {
        let [n0, n1, n2, n3, s0, s1, s2, s3] = *header else {
            return Err(NO_CHUNK);
        };
        let name = [n0, n1, n2, n3];
        let size = u32::from_le_bytes([s0, s1, s2, s3]);
        let len = u64::from(size);
        self.filler = len % 2;
        match &name {
            b"data" => self.data(size),
            b"fmt " if self.format.is_some() => Err("a second format"),
            b"fmt " if len < FORMAT_MIN_LEN => Err("a format chunk that is too short"),
            b"fmt " => Ok(self.read(len, FORMAT_MAX_LEN, |rest| State::Format { rest })),
            b"ds64" if len >= LONG_SIZES_LEN => Ok(self.read(len, LONG_SIZES_LEN, |rest| State::LongSizes { rest })),
            _ if name.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
                Ok(Next { pass: len + self.filler, ..NEXT_CHUNK })
            }
            _ => Err(NO_CHUNK),
        }
    }

    /// Reads the start of a chunk of `len` bytes, `most` at most.
    fn read(&mut self, len: u64, most: u64, state: impl FnOnce(u64) -> State) -> Next {
        let read = len.min(most);
        self.state = state(len + self.filler - read);
        Next { pass: 0, then: usize::try_from(read).unwrap_or(usize::MAX) }
    }

    fn data(&mut self, size: u32) -> Result<Next, &'static str> {
        if self.format.is_none() {
            return Err("samples before their format");
        }
        if self.data_len.is_some() {
            return Err("a second chunk of samples");
        }
        let announced = if is_placeholder(size) { self.long_data_len } else { Some(u64::from(size)) };
        self.filler = announced.unwrap_or(0) % 2;
        self.state = State::Data { announced };
        Ok(Next { pass: announced.map_or(u64::MAX, |len| len.saturating_add(self.filler)), ..NEXT_CHUNK })
    }

    /// The bytes of samples that came, given how many of the passing chunk did not.
    fn received(&self, missing: u64) -> Result<u64, NotAudio> {
        match self.state {
            State::Data { announced: None } => Ok(u64::MAX - missing),
            State::Data { announced: Some(announced) } if missing > self.filler => {
                let found = announced.saturating_add(self.filler) - missing;
                Err(NotAudio::DataShorterThanHeader { announced, found })
            }
            State::Data { announced: Some(announced) } => Ok(announced),
            _ => self.data_len.ok_or(NotAudio::HeaderOnly),
        }
    }
}

const NO_CHUNK: &str = "not a chunk";

/// Whether a length was written before the length was known: zero, or close below what 32 bits hold, with or without
/// a sign. `FFFFFFFF` is ffmpeg's, `7FFFF000` is sox's.
fn is_placeholder(size: u32) -> bool {
    matches!(size, 0 | 0x7FFF_F000..=0x7FFF_FFFF | 0xFFFF_F000..)
}

#[cfg(test)]
#[path = "wav_tests.rs"]
mod tests;

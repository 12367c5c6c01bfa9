use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};

use super::{Channels, Clip, Format, clips, mp3, wav};

/// An audio file that is known without being there: a header, then a loop of speech, cut at a frame.
#[derive(Clone, Debug)]
pub struct Track {
    header: Bytes,
    repeated: Bytes,
    length: u64,
    seconds: f64,
}

impl Track {
    /// One embedded clip as it is; dual is the conversation, whichever clip is named.
    pub fn of_clip(clip: Clip, format: Format, channels: Channels) -> Self {
        let bytes = clips::loop_of(clip, format, channels);
        let seconds = match format {
            Format::Mp3 => mp3_seconds(mp3::frame_ends(&bytes).len() as u64),
            Format::Wav => wav_seconds(channels, (bytes.len() - wav::HEADER_LENGTH) as u64),
        };
        Self::of_bytes(bytes, seconds)
    }

    /// Speech of that many seconds, to the nearest frame (26 ms of mp3, 0.125 ms of wav).
    pub fn of_seconds(format: Format, channels: Channels, seconds: f64) -> Self {
        let seconds = seconds.max(0.0);
        match format {
            Format::Mp3 => {
                let frames = seconds * f64::from(mp3::SAMPLE_RATE) / f64::from(mp3::SAMPLES_PER_FRAME);
                Self::of_mp3_frames(channels, frames.round() as u64)
            }
            Format::Wav => Self::of_wav_samples(channels, (seconds * f64::from(wav::SAMPLE_RATE)).round() as u64),
        }
    }

    /// The longest speech whose file has no more than that many bytes.
    pub fn of_length(format: Format, channels: Channels, bytes: u64) -> Self {
        match format {
            Format::Mp3 => {
                let ends = mp3::frame_ends(&clips::loop_of(Clip::Caller, format, channels));
                let whole = ends.last().map_or(1, |end| *end as u64);
                let rest = bytes % whole;
                let begun = ends.partition_point(|end| *end as u64 <= rest) as u64;
                Self::of_mp3_frames(channels, bytes / whole * ends.len() as u64 + begun)
            }
            Format::Wav => {
                let data = bytes.saturating_sub(wav::HEADER_LENGTH as u64);
                Self::of_wav_samples(channels, data / u64::from(wav::block(channels)))
            }
        }
    }

    /// Any bytes; `seconds` is what they are said to last.
    pub const fn of_bytes(bytes: Bytes, seconds: f64) -> Self {
        let length = bytes.len() as u64;
        Self { header: bytes, repeated: Bytes::new(), length, seconds }
    }

    fn of_mp3_frames(channels: Channels, frames: u64) -> Self {
        let repeated = clips::loop_of(Clip::Caller, Format::Mp3, channels);
        let ends = mp3::frame_ends(&repeated);
        let (loops, rest) = (frames / ends.len() as u64, (frames % ends.len() as u64) as usize);
        let begun = rest.checked_sub(1).map_or(0, |last| ends[last] as u64);
        let length = loops * repeated.len() as u64 + begun;
        Self { header: Bytes::new(), repeated, length, seconds: mp3_seconds(frames) }
    }

    fn of_wav_samples(channels: Channels, samples: u64) -> Self {
        let data_length = samples * u64::from(wav::block(channels));
        Self {
            header: wav::header(channels, data_length),
            repeated: clips::loop_of(Clip::Caller, Format::Wav, channels).slice(wav::HEADER_LENGTH..),
            length: data_length + wav::HEADER_LENGTH as u64,
            seconds: wav_seconds(channels, data_length),
        }
    }

    /// The size of the file in bytes.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// How long it plays.
    pub const fn seconds(&self) -> f64 {
        self.seconds
    }

    /// At most `limit` bytes from `offset`; empty at the end.
    pub fn read(&self, offset: u64, limit: u64) -> Bytes {
        let end = self.length.min(offset.saturating_add(limit));
        let mut read = BytesMut::new();
        let mut at = offset;
        while at < end {
            let piece = self.piece(at, end - at);
            at += piece.len() as u64;
            if at == end && read.is_empty() {
                return piece;
            }
            read.extend_from_slice(&piece);
        }
        read.freeze()
    }

    /// The whole file in memory: for what is known to be small.
    pub fn read_all(&self) -> Bytes {
        self.read(0, self.length)
    }

    /// The bytes from `start` up to, not including, `end`, made while they are read and never copied.
    pub fn stream(self, start: u64, end: u64) -> impl Stream<Item = Bytes> + Send + use<> {
        let end = end.min(self.length);
        stream::unfold(start, move |at| {
            let piece = (at < end).then(|| self.piece(at, end - at));
            std::future::ready(piece.map(|piece| {
                let next = at + piece.len() as u64;
                (piece, next)
            }))
        })
    }

    /// Up to `limit` bytes from `at` that lie side by side in the header or in one turn of the loop.
    fn piece(&self, at: u64, limit: u64) -> Bytes {
        let header = self.header.len() as u64;
        let (source, from) = match at.checked_sub(header) {
            None => (&self.header, at as usize),
            Some(past) => (&self.repeated, (past % self.repeated.len() as u64) as usize),
        };
        let there = source.len() - from;
        source.slice(from..from + there.min(usize::try_from(limit).unwrap_or(usize::MAX)))
    }
}

fn mp3_seconds(frames: u64) -> f64 {
    frames as f64 * f64::from(mp3::SAMPLES_PER_FRAME) / f64::from(mp3::SAMPLE_RATE)
}

fn wav_seconds(channels: Channels, data_length: u64) -> f64 {
    data_length as f64 / f64::from(wav::block(channels)) / f64::from(wav::SAMPLE_RATE)
}

#[cfg(test)]
mod tests;

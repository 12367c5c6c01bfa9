//! The `fmt ` chunk: how samples are encoded (Microsoft's WAVEFORMATEX and WAVEFORMATEXTENSIBLE).

use serde::{Deserialize, Serialize};

/// Bytes of the shortest `fmt ` chunk.
pub(super) const FORMAT_MIN_LEN: u64 = 16;

/// As much of a `fmt ` chunk as is read: all of an extensible one.
pub(super) const FORMAT_MAX_LEN: u64 = 40;

/// How the samples are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Format {
    pub(super) channels: u16,
    /// Samples per second and channel.
    pub(super) sample_rate: u32,
    /// Bytes of one sample of every channel; `None` for encodings in which bytes do not tell the time.
    pub(super) frame_len: Option<u16>,
}

impl Format {
    /// Reads a `fmt ` chunk of at least [`FORMAT_MIN_LEN`] bytes, or says what is wrong with it.
    pub(super) fn parse(chunk: &[u8]) -> Result<Self, &'static str> {
        let [t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1, extension @ ..] = chunk else {
            return Err("a format chunk that is too short");
        };
        let encoding = Encoding::of(u16::from_le_bytes([*t0, *t1]), extension);
        let channels = u16::from_le_bytes([*c0, *c1]);
        let sample_rate = u32::from_le_bytes([*r0, *r1, *r2, *r3]);
        let frame_len = u16::from_le_bytes([*a0, *a1]);
        let bits = u16::from_le_bytes([*b0, *b1]);
        if channels == 0 || sample_rate == 0 {
            return Err("a format without channels or sample rate");
        }
        if encoding == Encoding::Other {
            return Ok(Self { channels, sample_rate, frame_len: None });
        }
        if !encoding.allows(bits) || u32::from(frame_len) != u32::from(channels) * u32::from(bits / 8) {
            return Err("a format whose sample size contradicts its encoding");
        }
        Ok(Self { channels, sample_rate, frame_len: Some(frame_len) })
    }
}

/// How one sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Pcm,
    Float,
    /// A-law or mu-law.
    Companded,
    Other,
}

const EXTENSIBLE: u16 = 0xFFFE;

/// What follows the two bytes of the tag in the sub-format of an extensible chunk.
const SUBFORMAT_TAIL: [u8; 14] = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

impl Encoding {
    fn of(tag: u16, extension: &[u8]) -> Self {
        match (tag, extension) {
            (1, _) => Self::Pcm,
            (3, _) => Self::Float,
            (6 | 7, _) => Self::Companded,
            (EXTENSIBLE, [_, _, _, _, _, _, _, _, t0, t1, tail @ ..]) if tail.starts_with(&SUBFORMAT_TAIL) => {
                Self::of(u16::from_le_bytes([*t0, *t1]), &[])
            }
            _ => Self::Other,
        }
    }

    fn allows(self, bits: u16) -> bool {
        match self {
            Self::Pcm => matches!(bits, 8 | 16 | 24 | 32),
            Self::Float => matches!(bits, 32 | 64),
            Self::Companded => bits == 8,
            Self::Other => true,
        }
    }
}

/// What decodes the samples that a `fmt ` chunk announces, where something does.
#[cfg(feature = "listening")]
pub(super) fn codec_of(chunk: &[u8]) -> Option<symphonia_core::codecs::audio::AudioCodecId> {
    use symphonia_core::codecs::audio::well_known as codecs;
    let [t0, t1, _, _, _, _, _, _, _, _, _, _, _, _, b0, b1, extension @ ..] = chunk else { return None };
    let mut tag = u16::from_le_bytes([*t0, *t1]);
    if let (EXTENSIBLE, [_, _, _, _, _, _, _, _, sub0, sub1, ..]) = (tag, extension) {
        tag = u16::from_le_bytes([*sub0, *sub1]);
    }
    match (tag, u16::from_le_bytes([*b0, *b1])) {
        (1, 8) => Some(codecs::CODEC_ID_PCM_U8),
        (1, 16) => Some(codecs::CODEC_ID_PCM_S16LE),
        (1, 24) => Some(codecs::CODEC_ID_PCM_S24LE),
        (1, 32) => Some(codecs::CODEC_ID_PCM_S32LE),
        (3, 32) => Some(codecs::CODEC_ID_PCM_F32LE),
        (3, 64) => Some(codecs::CODEC_ID_PCM_F64LE),
        (6, _) => Some(codecs::CODEC_ID_PCM_ALAW),
        (7, _) => Some(codecs::CODEC_ID_PCM_MULAW),
        _ => None,
    }
}

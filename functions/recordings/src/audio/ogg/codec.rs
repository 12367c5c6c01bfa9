//! The first packet of a stream, which says what the stream is and how its positions tell the time.

use serde::{Deserialize, Serialize};

/// As many bytes of the first packet as tell all that is needed.
pub(super) const IDENTIFICATION_LEN: usize = 19;

/// What a stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Codec {
    /// Opus counts at 48 kHz whatever the source had, and its first samples are not played (RFC 7845).
    Opus { channels: u8, pre_skip: u16 },
    /// Vorbis counts at its own rate (Vorbis I specification, section 4.2.2).
    Vorbis { channels: u8, sample_rate: u32 },
    /// Something whose positions are not understood here.
    Other,
}

const OPUS_RATE: u32 = 48_000;

impl Codec {
    /// Reads the start of the first packet, or says what is wrong with it.
    pub(super) fn identify(packet: &[u8]) -> Result<Self, &'static str> {
        let codec = match *packet {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', _, channels, s0, s1, ..] => {
                Self::Opus { channels, pre_skip: u16::from_le_bytes([s0, s1]) }
            }
            [1, b'v', b'o', b'r', b'b', b'i', b's', _, _, _, _, channels, r0, r1, r2, r3, ..] => {
                Self::Vorbis { channels, sample_rate: u32::from_le_bytes([r0, r1, r2, r3]) }
            }
            _ => Self::Other,
        };
        match codec {
            Self::Opus { channels: 0, .. } | Self::Vorbis { channels: 0, .. } | Self::Vorbis { sample_rate: 0, .. } => {
                Err("a stream without channels or sample rate")
            }
            sound => Ok(sound),
        }
    }

    pub(super) fn channels(self) -> Option<u8> {
        match self {
            Self::Opus { channels, .. } | Self::Vorbis { channels, .. } => Some(channels),
            Self::Other => None,
        }
    }

    pub(super) fn sample_rate(self) -> Option<u32> {
        match self {
            Self::Opus { .. } => Some(OPUS_RATE),
            Self::Vorbis { sample_rate, .. } => Some(sample_rate),
            Self::Other => None,
        }
    }

    /// Samples that play when a stream ends at a position.
    pub(super) fn samples(self, granule: u64) -> u64 {
        match self {
            Self::Opus { pre_skip, .. } => granule.saturating_sub(u64::from(pre_skip)),
            Self::Vorbis { .. } | Self::Other => granule,
        }
    }
}

//! The four-byte header of an MPEG audio frame (ISO/IEC 11172-3 and 13818-3; MPEG 2.5 is Fraunhofer's extension for
//! lower sample rates).

use serde::{Deserialize, Serialize};

/// Bytes of a frame header.
pub(super) const FRAME_HEADER_LEN: usize = 4;

/// What the header says that the walk needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameHeader {
    pub(super) kind: FrameKind,
    /// Bytes of the whole frame, header included.
    pub(super) len: u64,
    pub(super) channels: u8,
}

/// What all frames of one stream have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameKind {
    pub(super) version: Version,
    pub(super) layer: Layer,
    /// Samples per second.
    pub(super) sample_rate: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Version {
    Mpeg1,
    Mpeg2,
    Mpeg25,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Layer {
    One,
    Two,
    Three,
}

pub(super) const NO_SYNC: &str = "neither an MPEG frame nor a tag";
pub(super) const FREE_FORMAT: &str = "an MPEG frame of free format, whose length is not known";

impl FrameHeader {
    /// Reads a header, or says what is wrong with it.
    pub(super) fn parse(header: [u8; FRAME_HEADER_LEN]) -> Result<Self, &'static str> {
        let [sync, kind_bits, rate_bits, mode_bits] = header;
        if !is_sync(&[sync, kind_bits]) {
            return Err(NO_SYNC);
        }
        let version = Version::of(kind_bits >> 3 & 0b11).ok_or("an MPEG frame of reserved version")?;
        let layer = Layer::of(kind_bits >> 1 & 0b11).ok_or("an MPEG frame of reserved layer")?;
        let sample_rate = version.sample_rate(rate_bits >> 2 & 0b11).ok_or("an MPEG frame of reserved sample rate")?;
        let kbps = match rate_bits >> 4 {
            0 => return Err(FREE_FORMAT),
            15 => return Err("an MPEG frame of forbidden bit rate"),
            index => bit_rate(version, layer, index),
        };
        let kind = FrameKind { version, layer, sample_rate };
        let padded = rate_bits & 0b10 != 0;
        let channels = if mode_bits >> 6 == 0b11 { 1 } else { 2 };
        Ok(Self { kind, len: kind.frame_len(kbps, padded), channels })
    }
}

/// Headers that tell the same kind and bit rate as one that was read. They may differ in padding, and in what decides no length:
/// a checksum, the private bit, and all of the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alike {
    bits: u32,
    /// Bytes of a frame without padding.
    len: u64,
    /// Bytes of padding.
    slot: u64,
}

const PADDING: u32 = 0x0000_0200;
const DECISIVE: u32 = 0xFFFE_FC00;

impl Alike {
    /// Headers like this one, which says this.
    pub(super) fn to(header: [u8; FRAME_HEADER_LEN], frame: &FrameHeader) -> Self {
        let bits = u32::from_be_bytes(header);
        let slot = frame.kind.slot().into();
        let padding = if bits & PADDING == 0 { 0 } else { slot };
        Self { bits: bits & DECISIVE, len: frame.len - padding, slot }
    }

    /// Bytes of the whole frame, if its header is such a one.
    pub(super) fn len_of(self, header: [u8; FRAME_HEADER_LEN]) -> Option<u64> {
        let bits = u32::from_be_bytes(header);
        let padding = if bits & PADDING == 0 { 0 } else { self.slot };
        (bits & DECISIVE == self.bits).then_some(self.len + padding)
    }

    /// Bytes of the frame that these begin with, if its header is such a one and all of it is there.
    pub(super) fn whole_frame(self, bytes: &[u8]) -> Option<usize> {
        let len = usize::try_from(self.len_of(*bytes.first_chunk()?)?).ok()?;
        (len <= bytes.len()).then_some(len)
    }
}

/// Whether two bytes can begin a frame: its first eleven bits are set.
pub(super) fn is_sync(bytes: &[u8; 2]) -> bool {
    bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0
}

impl FrameKind {
    /// Samples per channel in one frame.
    pub(super) fn samples(self) -> u32 {
        match (self.layer, self.version) {
            (Layer::One, _) => 384,
            (Layer::Two, _) | (Layer::Three, Version::Mpeg1) => 1152,
            (Layer::Three, Version::Mpeg2 | Version::Mpeg25) => 576,
        }
    }

    /// Bytes of a slot, by which a frame is padded.
    fn slot(self) -> u32 {
        if self.layer == Layer::One { 4 } else { 1 }
    }

    /// A frame holds its samples' share of the bit rate, cut to whole slots; a slot is four bytes in layer I and one
    /// in the others, and padding is one slot more.
    fn frame_len(self, kbps: u32, padded: bool) -> u64 {
        let slot = self.slot();
        let slots = self.samples() / 8 / slot * kbps * 1000 / self.sample_rate + u32::from(padded);
        u64::from(slots * slot)
    }
}

impl Version {
    fn of(bits: u8) -> Option<Self> {
        match bits {
            0b00 => Some(Self::Mpeg25),
            0b10 => Some(Self::Mpeg2),
            0b11 => Some(Self::Mpeg1),
            _ => None,
        }
    }

    fn sample_rate(self, bits: u8) -> Option<u32> {
        let mpeg1 = [44_100, 48_000, 32_000].get(usize::from(bits))?;
        Some(match self {
            Self::Mpeg1 => *mpeg1,
            Self::Mpeg2 => mpeg1 / 2,
            Self::Mpeg25 => mpeg1 / 4,
        })
    }
}

impl Layer {
    fn of(bits: u8) -> Option<Self> {
        match bits {
            0b01 => Some(Self::Three),
            0b10 => Some(Self::Two),
            0b11 => Some(Self::One),
            _ => None,
        }
    }
}

/// The bit rate in kbit/s for the index 1 to 14 of a header.
fn bit_rate(version: Version, layer: Layer, index: u8) -> u32 {
    let rates: [u16; 14] = match (version, layer) {
        (Version::Mpeg1, Layer::One) => [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        (Version::Mpeg1, Layer::Two) => [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        (Version::Mpeg1, Layer::Three) => [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        (_, Layer::One) => [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        (_, Layer::Two | Layer::Three) => [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    };
    u32::from(rates[usize::from(index) - 1])
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;

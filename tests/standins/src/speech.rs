//! Real speech of any length, in the formats and bit rates in which Twilio serves a recording.
//!
//! The embedded clips are looped and cut at a frame, so a file of any size is described by a few numbers and read in
//! slices: nothing is held in memory that was not asked for.

mod clips;
mod mp3;
mod track;
mod wav;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use clips::{Clip, conversation, mono};
pub use track::Track;

/// The two formats that Twilio serves (protocols.md 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// MPEG-2 layer III, constant bit rate: 32 kbit/s mono, 64 kbit/s dual.
    Mp3,
    /// PCM of 8,000 samples of 16 bits a second: 128 kbit/s mono, 256 kbit/s dual.
    Wav,
}

impl Format {
    /// The content type that Twilio documents for the format.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/x-wav",
        }
    }
}

/// How many voices a recording keeps apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Both parties in one channel.
    #[default]
    Mono,
    /// One channel for each party.
    Dual,
}

impl Channels {
    /// The number of channels.
    pub const fn count(self) -> u16 {
        match self {
            Self::Mono => 1,
            Self::Dual => 2,
        }
    }
}

/// Speech of `seconds`, to the nearest frame, as a whole file in memory.
pub fn assemble(format: Format, channels: Channels, seconds: f64) -> Bytes {
    Track::of_seconds(format, channels, seconds).read_all()
}

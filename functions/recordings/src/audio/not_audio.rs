use serde::{Deserialize, Deserializer, Serialize};

use super::TextKind;

/// By this name, Serde does not take it for text to be borrowed.
type Defect = &'static str;

/// Why the bytes are not audio that can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotAudio {
    /// There was not one byte.
    #[error("the file is empty")]
    Empty,
    /// An error page or message stands where the audio should be.
    #[error("the file is {kind} text, not audio")]
    Text {
        /// What the text looks like.
        kind: TextKind,
    },
    /// The first bytes are those of no container known here.
    #[error("the first bytes are of no known audio format")]
    Unknown,
    /// The walk met bytes that cannot be where they are; the audio is damaged from there on.
    #[error("damaged at byte {offset}: {defect}")]
    BadFrame {
        /// Where the bad frame, chunk or page begins, counted from the start of the file.
        offset: u64,
        /// What is wrong with it; fixed texts, never bytes of the file.
        #[serde(deserialize_with = "found_elsewhere")]
        defect: Defect,
    },
    /// The tags and headers are sound, but not one whole frame of audio follows them.
    #[error("the file has no complete frame of audio")]
    NoAudioFrames,
    /// A WAV header without a single sample behind it.
    #[error("the file is only a header")]
    HeaderOnly,
    /// The file ends before the audio that its header announces.
    #[error("the header announces {announced} bytes of audio, the file has {found}")]
    DataShorterThanHeader {
        /// Bytes of audio, as the header says.
        announced: u64,
        /// Bytes of audio that came.
        found: u64,
    },
}

/// A fixed text cannot be read back as itself; where the damage is can.
fn found_elsewhere<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Defect, D::Error> {
    String::deserialize(deserializer).map(|_| "damage that was found before the walk went on elsewhere")
}

impl NotAudio {
    /// A stable name for entries, logs and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Text { kind: TextKind::Xml } => "text_xml",
            Self::Text { kind: TextKind::Html } => "text_html",
            Self::Text { kind: TextKind::Json } => "text_json",
            Self::Text { kind: TextKind::Plain } => "text_plain",
            Self::Unknown => "unknown_format",
            Self::BadFrame { .. } => "bad_frame",
            Self::NoAudioFrames => "no_audio_frames",
            Self::HeaderOnly | Self::DataShorterThanHeader { found: 0, .. } => "header_only",
            Self::DataShorterThanHeader { .. } => "data_shorter_than_header",
        }
    }
}

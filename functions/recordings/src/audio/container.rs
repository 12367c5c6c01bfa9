use serde::{Deserialize, Serialize};

use super::mp3;

/// What the first bytes say the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MPEG audio frames, of any layer, possibly between tags.
    Mp3,
    /// RIFF WAVE, or its 64-bit sibling RF64.
    Wav,
    /// Ogg pages, with Opus, Vorbis or something else in them.
    Ogg,
    /// ISO base media: MP4, M4A, QuickTime.
    Mp4,
    /// EBML: WebM or any other Matroska.
    #[serde(rename = "webm")]
    WebM,
}

impl Container {
    /// How many first bytes [`sniff`](Self::sniff) looks at.
    pub const SNIFF_LEN: usize = 12;

    /// Recognises the container by the first bytes of a file.
    ///
    /// This looks at nothing behind them: only a [`Probe`](super::Probe) says that the rest fits.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]
            | [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(Self::WebM),
            _ if mp3::begins(head) => Some(Self::Mp3),
            _ => None,
        }
    }

    /// The file name extension, without a dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
        }
    }

    /// The container whose files have this extension.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        let all = [Self::Mp3, Self::Wav, Self::Ogg, Self::Mp4, Self::WebM];
        all.into_iter().find(|container| container.extension() == extension)
    }

    /// The container that a media type names, whatever its parameters and case.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "audio/mpeg" | "audio/mp3" => Some(Self::Mp3),
            "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some(Self::Wav),
            "audio/ogg" => Some(Self::Ogg),
            "audio/mp4" | "audio/x-m4a" => Some(Self::Mp4),
            "audio/webm" => Some(Self::WebM),
            _ => None,
        }
    }

    /// The media type under which browsers play it.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Mp4 => "audio/mp4",
            Self::WebM => "audio/webm",
        }
    }
}

#[cfg(test)]
#[path = "container_tests.rs"]
mod tests;

use serde::{Deserialize, Serialize};

use super::NotAudio;

/// Something about a recording's audio that a person should know before they rely on it. It stops nothing: what is safe
/// to be deleted at the provider is decided by other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// There was not one byte.
    Empty,
    /// Text stood where the audio should be.
    Text,
    /// The bytes are of no audio format known here.
    UnknownFormat,
    /// A header, and no audio behind it.
    HeaderOnly,
    /// The audio breaks off before its end.
    Truncated,
    /// A header contradicts itself or what follows it.
    BadHeader,
    /// The provider calls the audio something else than its bytes are; it is named after its bytes.
    OtherFormat,
    /// The header gives a sample rate that calls do not have, or one at which the audio plays several times as long or as
    /// short as the provider says.
    SampleRate,
    /// Nothing can be heard on any channel.
    Silence,
    /// Nothing can be heard on one channel, while there is something on another.
    DeadChannel {
        /// Which, from 1.
        channel: u8,
    },
    /// A channel was recorded so loud that its peaks are cut off.
    Clipping {
        /// Which, from 1.
        channel: u8,
    },
}

impl Finding {
    /// What it means, for a person.
    pub fn explanation(self) -> String {
        match self {
            Self::Empty => "The provider sent an empty file.".to_owned(),
            Self::Text => "The provider sent text, such as an error page, instead of audio.".to_owned(),
            Self::UnknownFormat => "The provider sent bytes of no known audio format.".to_owned(),
            Self::HeaderOnly => "The file has a header and no audio behind it.".to_owned(),
            Self::Truncated => "The audio breaks off before its end.".to_owned(),
            Self::BadHeader => "The audio is damaged: a header contradicts what is there.".to_owned(),
            Self::OtherFormat => {
                "The provider calls the audio another format than it is; it is named after what it is.".to_owned()
            }
            Self::SampleRate => {
                "The header gives a sample rate that cannot be right: it plays too slow or too fast.".to_owned()
            }
            Self::Silence => "Nothing can be heard.".to_owned(),
            Self::DeadChannel { channel } => format!("Nothing can be heard on channel {channel}."),
            Self::Clipping { channel } => format!("Channel {channel} is distorted: it was recorded too loud."),
        }
    }

    /// What a refusal of the probe's means.
    pub fn of(refusal: &NotAudio) -> Self {
        match refusal {
            NotAudio::Empty => Self::Empty,
            NotAudio::Text { .. } => Self::Text,
            NotAudio::Unknown => Self::UnknownFormat,
            NotAudio::HeaderOnly | NotAudio::NoAudioFrames | NotAudio::DataShorterThanHeader { found: 0, .. } => {
                Self::HeaderOnly
            }
            NotAudio::DataShorterThanHeader { .. } => Self::Truncated,
            NotAudio::BadFrame { .. } => Self::BadHeader,
        }
    }

    /// What it means that a transfer failed with this code, where it is about the audio.
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "empty" => Some(Self::Empty),
            "text_xml" | "text_html" | "text_json" | "text_plain" => Some(Self::Text),
            "unknown_format" => Some(Self::UnknownFormat),
            "header_only" | "no_audio_frames" => Some(Self::HeaderOnly),
            "data_shorter_than_header" | "broken_off" => Some(Self::Truncated),
            "bad_frame" => Some(Self::BadHeader),
            _ => None,
        }
    }

    /// Whether only listening to the audio tells, rather than its headers.
    pub fn is_heard(self) -> bool {
        matches!(self, Self::Silence | Self::DeadChannel { .. } | Self::Clipping { .. })
    }
}

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a provider said about one recording, by webhook or in its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether there is audio.
    pub outcome: Outcome,
    /// The length that the provider gives, in whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// The channels that the provider gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u8>,
    /// When the recording started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Which way the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
}

/// Whether a recording has audio to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The audio is complete at the provider.
    Completed,
    /// There is no audio and there will be none.
    Absent {
        /// Why, in words for a person; the provider's code in brackets where there is one.
        reason: String,
    },
}

/// Which way a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Somebody called us.
    Inbound,
    /// We called somebody.
    Outbound,
}

/// How many channels to ask the provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Both parties mixed.
    Mono,
    /// One party a channel.
    Dual,
}

impl Channels {
    /// The word that Twilio's TwiML and our configuration use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Dual => "dual",
        }
    }

    /// The number that Twilio's `RequestedChannels` takes.
    pub fn count(self) -> u8 {
        match self {
            Self::Mono => 1,
            Self::Dual => 2,
        }
    }
}

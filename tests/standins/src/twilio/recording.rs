use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::later;
use crate::speech::{Channels, Clip, Format, Track};

/// How long Twilio shows the metadata of a deleted recording (protocols.md 1.6).
const METADATA_KEPT: Duration = Duration::from_secs(40 * 24 * 3600);

/// A recording at Twilio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// `RE` and 32 hexadecimal digits.
    pub sid: String,
    /// The account that owns it.
    pub account_sid: String,
    /// The parent leg of its call.
    pub call_sid: String,
    /// When it began.
    pub started_at: Timestamp,
    /// What Twilio says of its length; nothing when it is absent.
    pub reported_seconds: Option<u32>,
    /// The channels it was made with.
    pub channels: Channels,
    /// Its source (protocols.md 1.1).
    pub source: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When its media can be fetched.
    pub ready: Ready,
    /// When it was placed: the start of what [`Ready::AfterMs`] counts.
    pub placed_at: Timestamp,
    /// The status says `completed` even before the media can be fetched.
    pub completed_before_ready: bool,
    /// What it sounds like.
    pub audio: Audio,
    /// Its media went to the account owner's own storage, and Twilio has none (protocols.md 1.9).
    pub stored_externally: bool,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// A call at Twilio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `CA` and 32 hexadecimal digits.
    pub sid: String,
    /// The account that made or took it.
    pub account_sid: String,
    /// The caller's number.
    pub from: String,
    /// The called number.
    pub to: String,
    /// `inbound`, `outbound-api` or `outbound-dial`.
    pub direction: String,
    /// The call's status.
    pub status: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it lasted.
    pub seconds: u32,
}

/// What became of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is audio.
    #[default]
    Completed,
    /// The call goes on.
    InProgress,
    /// There is none.
    Absent {
        /// 16101 too short, 16102 silent (protocols.md 1.1).
        error_code: u32,
    },
}

/// When a recording's media can be fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ready {
    /// At once.
    #[default]
    Now,
    /// That many virtual milliseconds after it was placed.
    AfterMs(u64),
    /// When [`World::make_ready`](crate::World::make_ready) is called.
    WhenTold,
}

/// What a recording sounds like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audio {
    /// One of the embedded sentences; of two channels, the conversation.
    Clip(Clip),
    /// Speech of that many seconds, to the nearest frame.
    Seconds(f64),
    /// Speech whose mp3 has that many bytes, less than a frame off.
    Mp3Bytes(u64),
    /// These bytes, whichever format and channels are asked for.
    Custom(#[serde(with = "base64_text")] Bytes),
}

impl Default for Audio {
    fn default() -> Self {
        Self::Clip(Clip::default())
    }
}

/// The values of `status` that are used here (protocols.md 1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is being made.
    InProgress,
    /// It was made and cannot be fetched yet.
    Processing,
    /// It can be fetched.
    Completed,
    /// There is none.
    Absent,
    /// There is none any more.
    Deleted,
}

impl Status {
    /// As Twilio writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Absent => "absent",
            Self::Deleted => "deleted",
        }
    }
}

impl Recording {
    /// What the resource says at that time.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.outcome {
            _ if self.deleted_at.is_some() => Status::Deleted,
            Outcome::InProgress => Status::InProgress,
            Outcome::Absent { .. } => Status::Absent,
            Outcome::Completed if self.completed_before_ready || self.is_ready(now) => Status::Completed,
            Outcome::Completed => Status::Processing,
        }
    }

    /// Whether its media can be fetched at that time.
    pub fn has_media(&self, now: Timestamp) -> bool {
        self.status(now) == Status::Completed && self.is_ready(now) && !self.stored_externally
    }

    /// Whether its metadata is shown at that time; deleted ones are shown for 40 days to those who ask for them.
    pub(super) fn is_visible(&self, now: Timestamp, include_deleted: bool) -> bool {
        self.deleted_at.is_none_or(|at| include_deleted && now < later(at, METADATA_KEPT))
    }

    fn is_ready(&self, now: Timestamp) -> bool {
        match self.ready {
            Ready::Now => true,
            Ready::AfterMs(ms) => now >= later(self.placed_at, Duration::from_millis(ms)),
            Ready::WhenTold => false,
        }
    }
}

impl Audio {
    /// The file in that format.
    pub fn track(&self, format: Format, channels: Channels) -> Track {
        match self {
            Self::Clip(clip) => Track::of_clip(*clip, format, channels),
            Self::Seconds(seconds) => Track::of_seconds(format, channels, *seconds),
            Self::Mp3Bytes(bytes) => {
                let mp3 = Track::of_length(Format::Mp3, Channels::Mono, *bytes);
                Track::of_seconds(format, channels, mp3.seconds())
            }
            Self::Custom(bytes) => Track::of_bytes(bytes.clone(), 0.0),
        }
    }

    /// How long it plays, as Twilio counts: in whole seconds.
    pub(super) fn seconds(&self, channels: Channels) -> u32 {
        self.track(Format::Mp3, channels).seconds().round() as u32
    }
}

mod base64_text {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use bytes::Bytes;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}

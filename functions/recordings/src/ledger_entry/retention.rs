use std::fmt;

use serde::{Deserialize, Serialize};

/// For how long a recording is kept. How many days that is, the bucket's rules say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// As long as any.
    #[default]
    Standard,
    /// Longer, because somebody said so.
    Important,
}

/// The value of an audio object's tag `retention`. Each of the bucket's rules asks for one of them, and none for a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionTag {
    /// A rule deletes it in its time.
    Of(Retention),
    /// No rule deletes it.
    Hold,
}

impl RetentionTag {
    /// The tag that audio is written with, before anybody decided anything.
    pub const AT_FIRST: Self = Self::Of(Retention::Standard);

    /// The tag's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Of(Retention::Standard) => "standard",
            Self::Of(Retention::Important) => "important",
            Self::Hold => "hold",
        }
    }
}

impl fmt::Display for RetentionTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

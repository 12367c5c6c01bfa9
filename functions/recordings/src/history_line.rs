//! The lines in a job's history: their exact text, how one is recognised, and how they are appended.

mod url_kind;

pub use url_kind::{PublicBucket, UrlKind};

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::object_key::AudioKey;
use crate::recording::{Provider, RecordingRef};

/// The most characters that an Airtable long text field holds.
/// Source: <https://support.airtable.com/using-rich-text-with-airtable>
pub const FIELD_LIMIT_CHARS: usize = 100_000;

/// How lines are written for one installation.
#[derive(Debug, Clone)]
pub struct LineStyle {
    /// What `Source:` says, `HISTORY_SOURCE`.
    pub source: String,
    /// The zone of the time at the front, `HISTORY_TIME_ZONE`.
    pub time_zone: TimeZone,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEvent<'a> {
    /// The recording is safe; the link plays it.
    Stored {
        /// The permanent link, or the public URL that `RECORDING_URL_KIND` puts in its place.
        url: &'a str,
    },
    /// The recording is safe; a signed URL plays it for a while.
    Signed {
        /// The URL.
        url: &'a str,
        /// When it ends.
        ends_at: Timestamp,
    },
    /// Our bucket cannot be reached; the provider's copy stands in.
    PendingUpload {
        /// The provider's own URL, which asks for a login.
        provider_url: &'a str,
        /// Our link, which plays it once it is in our bucket.
        play_url: &'a str,
    },
    /// There is no audio and there will be none.
    Unavailable {
        /// Why, in words.
        reason: &'a str,
    },
    /// All quick tries failed.
    Failed {
        /// Why, in words.
        reason: &'a str,
    },
}

/// A line that a ledger entry asks for: its text never changes once it is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedLine {
    /// The line as it stands, or will stand, in the job's history.
    pub text: String,
    /// When it was seen in the job's history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// When it was asked for once more, because it was seen in the job's history and later lacked there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_at: Option<Timestamp>,
    /// When its URL ends, where that is one that ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_ends_at: Option<Timestamp>,
}

impl PinnedLine {
    /// Writes the line for an event of a recording at an instant.
    pub fn new(style: &LineStyle, at: Timestamp, recording: &RecordingRef, event: &LineEvent<'_>) -> Self {
        let written = |at: Timestamp| at.to_zoned(style.time_zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let time = written(at);
        let source = plain(&style.source);
        let (name, rest) = match event {
            LineEvent::Stored { url } => ("Recording", format!("URL: {}", plain(url))),
            LineEvent::Signed { url, ends_at } => {
                ("Recording", format!("URL: {} | Expires: {}", plain_signed(url), written(*ends_at)))
            }
            LineEvent::PendingUpload { provider_url, play_url } => {
                ("Recording pending upload", format!("URL: {} | Play: {}", plain(provider_url), plain(play_url)))
            }
            LineEvent::Unavailable { reason } => ("Recording unavailable", reason_of(reason, recording)),
            LineEvent::Failed { reason } => ("Recording failed", reason_of(reason, recording)),
        };
        let url_ends_at = if let LineEvent::Signed { ends_at, .. } = event { Some(*ends_at) } else { None };
        Self { url_ends_at, ..Self::from_text(format!("---- | {time} | Event: {name} | Source: {source} | {rest}")) }
    }

    /// A line of this text that nobody has seen in a history yet.
    pub fn from_text(text: String) -> Self {
        Self { text, confirmed_at: None, repaired_at: None, url_ends_at: None }
    }

    /// Whether the line was seen in the job's history.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }

    /// Whether it is asked for once more where it lacks: a line that is removed again was removed on purpose.
    pub fn may_be_repaired(&self) -> bool {
        self.is_confirmed() && self.repaired_at.is_none()
    }
}

/// A line without a URL names its recording, because two recordings of a job can fail for the same reason at once; or its
/// call, where there is no recording, or one whose id others have too.
fn reason_of(reason: &str, recording: &RecordingRef) -> String {
    let reason = plain(reason);
    match recording.provider == Provider::Twilio && recording.recording_id.is_the_providers() {
        true => format!("Reason: {reason} | Recording: {}", recording.recording_id),
        false => format!("Reason: {reason} | Call: {}", recording.call_id),
    }
}

/// Takes from foreign text what would end a line or a field of it.
fn plain(text: &str) -> String {
    at_most(1_000, text)
}

/// The same of a signed URL, which carries a session's token and is no use without its last character. AWS says of tokens that
/// most have less than 4,096.
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn plain_signed(url: &str) -> String {
    at_most(8_000, url)
}

fn at_most(characters: usize, text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() || c == '|' { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(characters).collect()
}

/// By what a line is recognised in a field that people edit too: its event, and its URL without the query or its
/// reason and recording. Lines with signed URLs of one recording are told apart by when these end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct LineIdentity(String);

impl LineIdentity {
    fn of(line: &str) -> Option<Self> {
        // A rich text field is given back as Markdown, which escapes underscores and puts links into brackets.
        let line = unescaped(line);
        let fields = fields(&line)?;
        let value = |name| fields.iter().find(|(n, _)| *n == name).map(|(_, value)| value.trim());
        let event = value("Event")?;
        match (value("URL"), value("Reason"), value("Recording").or(value("Call"))) {
            (Some(url), _, _) => {
                let until = value("Expires").map(|end| format!(" until {end}")).unwrap_or_default();
                Some(Self(format!("{event} {}{until}", without_query(url))))
            }
            (None, Some(reason), Some(recording)) => Some(Self(format!("{event} {recording} {reason}"))),
            _ => None,
        }
    }
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// A rich text field is given back as Markdown, which escapes underscores and puts links into brackets.
fn unescaped(line: &str) -> String {
    line.chars().filter(|c| !matches!(c, '\\' | '<' | '>')).collect()
}

/// The named fields of a line of ours.
fn fields(line: &str) -> Option<Vec<(&str, &str)>> {
    let mut fields = line.split('|').map(str::trim);
    if fields.next() != Some("----") {
        return None;
    }
    Some(fields.filter_map(|field| field.split_once(':')).collect())
}

/// What stands in place of a link to what was erased.
const ERASED: &str = "erased";

/// The links that have to leave a history, because what they led to was erased.
#[derive(Debug, Clone)]
pub struct DeadLinks {
    lines: HashSet<LineIdentity>,
    provider_url: String,
    /// What every URL of the object itself ends in, but for its query.
    object: Option<String>,
}

impl DeadLinks {
    /// Those of the lines that a recording asked for, and of any line that leads to its provider's copy, or to the object
    /// itself: one that was written while the ledger could not be reached, or that a person copied, is in no entry.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a PinnedLine>, provider_url: &str, key: Option<&AudioKey>) -> Self {
        let lines = lines.into_iter().filter_map(|line| LineIdentity::of(&line.text)).collect();
        Self { lines, provider_url: provider_url.to_owned(), object: key.map(|key| format!("/{key}")) }
    }

    fn are_in(&self, line: &str) -> bool {
        let plain = unescaped(line);
        let Some(fields) = fields(&plain) else { return false };
        let leads = |(name, value): &(&str, &str)| is_link(name) && value.trim() != ERASED;
        let to_the_copy = |(name, value): &(&str, &str)| is_link(name) && self.is_it(value.trim());
        fields.iter().any(leads)
            && (fields.iter().any(to_the_copy)
                || LineIdentity::of(line).is_some_and(|identity| self.lines.contains(&identity)))
    }

    fn is_it(&self, url: &str) -> bool {
        url == self.provider_url || self.object.as_ref().is_some_and(|object| without_query(url).ends_with(object))
    }
}

fn is_link(field: &str) -> bool {
    matches!(field, "URL" | "Play")
}

/// The line with `erased` in place of its links, and every other character of it as it was.
fn without_links(line: &str) -> String {
    let field = |field: &str| match field.split_once(':') {
        Some((name, value)) if is_link(name.trim()) => {
            let end = &value[value.trim_end().len()..];
            format!("{name}: {ERASED}{end}")
        }
        _ => field.to_owned(),
    };
    line.split('|').map(field).collect::<Vec<_>>().join("|")
}

/// What a job's history holds.
#[derive(Debug, Clone)]
pub struct History {
    text: String,
    present: HashSet<LineIdentity>,
}

/// The field cannot take another line. Nothing is ever cut off to make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the history would be longer than {FIELD_LIMIT_CHARS} characters")]
pub struct HistoryFull;

impl History {
    /// Reads the field as Airtable holds it.
    pub fn new(text: String) -> Self {
        let present = text.lines().filter_map(LineIdentity::of).collect();
        Self { text, present }
    }

    /// The field's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the line is there already, however a person moved or spaced it.
    pub fn has(&self, line: &PinnedLine) -> bool {
        LineIdentity::of(&line.text).is_some_and(|identity| self.present.contains(&identity))
    }

    /// Whether a link is in it that has to leave.
    pub fn leads_to(&self, links: &DeadLinks) -> bool {
        self.text.lines().any(|line| links.are_in(line))
    }

    /// Puts `erased` in place of each of these links. Nothing else of the text changes.
    pub fn erase(&mut self, links: &DeadLinks) {
        let line = |line: &str| if links.are_in(line) { without_links(line) } else { line.to_owned() };
        *self = Self::new(self.text.split('\n').map(line).collect::<Vec<_>>().join("\n"));
    }

    /// Appends the line unless it is there; older text stays as it is. Says whether anything changed.
    ///
    /// # Errors
    /// [`HistoryFull`] when the field's limit would be passed; the history is unchanged then.
    pub fn ensure(&mut self, line: &PinnedLine) -> Result<bool, HistoryFull> {
        if self.has(line) {
            return Ok(false);
        }
        let separator = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        if self.text.chars().count() + separator.len() + line.text.chars().count() > FIELD_LIMIT_CHARS {
            return Err(HistoryFull);
        }
        self.text.push_str(separator);
        self.text.push_str(&line.text);
        self.present.extend(LineIdentity::of(&line.text));
        Ok(true)
    }
}

#[cfg(test)]
#[path = "history_line/history_line_tests.rs"]
mod tests;

//! Every key in the bucket. No key is put together anywhere else.

mod access;
mod audio_folder;
mod call;
mod day;
mod traces;

pub use access::{AccessPlace, access_of_audit_key, audit_folder};
pub use audio_folder::AudioFolder;
pub use call::{CALLS_PREFIX, call_of_note_key, entries_of, markers_of, recording_of_ledger_key};
pub use day::{day_folder, day_place, recording_of_day_key};
pub use traces::{TraceKind, TracePlace, traces_of};

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::audio::Container;
use crate::recording::{CallRef, InvalidId, JobNumber, Organisation, RecordingRef, RetrievalId};

/// A key outside the audio prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectKey<'a> {
    /// Unfinished business: the event as it was received, until the recording is settled.
    Open(&'a RecordingRef),
    /// The state of one recording.
    Ledger(&'a RecordingRef),
    /// What somebody decided about a call; next to the entries of its recordings, and not among them.
    Control(&'a CallRef),
    /// The empty index entry of one recording under the day of its start, UTC.
    Day(&'a RecordingRef, Timestamp),
    /// The provider's transcript of a call.
    Transcript(&'a CallRef),
    /// What was found in one recording's audio, and the peaks that a player draws.
    Waveform(&'a RecordingRef),
    /// A completed call whose recording is awaited.
    Call(&'a CallRef),
    /// A job that fetches what is missing.
    Retrieval(&'a Organisation, &'a RetrievalId),
    /// Which of an organisation's such jobs was begun last.
    LastRetrieval(&'a Organisation),
    /// Who listens for an organisation's news.
    Listeners(&'a Organisation),
    /// One access to a recording's audio; the number tells apart what happened in the same instant. The recording is in the
    /// name, so that a day's accesses to one call are found without reading the others.
    Audit(&'a RecordingRef, Timestamp, u64),
    /// How far a job of the sweeper came.
    Cursor(&'static str),
    /// Audio that was moved aside.
    Orphan(&'a AudioKey),
    /// A deletion of a call's audio; the number tells apart what was deleted of one call on one day.
    Receipt(&'a CallRef, Timestamp, u64),
}

impl fmt::Display for ObjectKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(recording) => write!(f, "open/{recording}"),
            Self::Ledger(recording) => write!(f, "ledger/{recording}.json"),
            Self::Control(call) => write!(f, "ledger/{call}.json"),
            Self::Day(r, start) => write!(
                f,
                "days/{}/{}/{}-{}-{}-{}",
                r.organisation,
                utc(*start, "%Y-%m-%d"),
                utc(*start, START),
                r.provider,
                r.call_id,
                r.recording_id
            ),
            Self::Transcript(call) => write!(f, "transcripts/{call}.json"),
            Self::Waveform(recording) => write!(f, "waveforms/{recording}.json"),
            Self::Call(call) => write!(f, "calls/{call}"),
            Self::Retrieval(organisation, id) => write!(f, "jobs/{organisation}/{id}.json"),
            Self::LastRetrieval(organisation) => write!(f, "jobs/{organisation}/last.json"),
            Self::Listeners(organisation) => write!(f, "connections/{organisation}/listeners.json"),
            Self::Audit(recording, at, number) => write!(
                f,
                "audit/{}/{}/{}-{}-{}-{}-{number:016x}.json",
                recording.organisation,
                utc(*at, "%Y/%m/%d"),
                utc(*at, "%H%M%S%3f"),
                recording.provider,
                recording.call_id,
                recording.recording_id
            ),
            Self::Cursor(job) => write!(f, "cursors/{job}.json"),
            Self::Orphan(key) => write!(f, "orphans/{key}"),
            Self::Receipt(call, at, number) => write!(
                f,
                "receipts/{}/{}/{}-{}-{number:016x}.json",
                call.organisation,
                utc(*at, "%Y/%m/%d"),
                call.provider,
                call.call_id
            ),
        }
    }
}

/// How the index by day writes a start.
const START: &str = "%Y%m%dT%H%M%SZ";

/// The folder of unfinished business.
pub const OPEN_PREFIX: &str = "open/";

/// Reads the recording back from the key of its `open/` marker.
///
/// # Errors
/// [`InvalidId`] when the key is not one of ours.
pub fn recording_of_open_key(key: &str) -> Result<RecordingRef, InvalidId> {
    let mut parts = key.strip_prefix(OPEN_PREFIX).unwrap_or_default().split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(organisation), Some(provider), Some(call), Some(recording), None) => {
            RecordingRef::read_back(organisation, provider.parse()?, call, recording)
        }
        _ => Err(InvalidId { what: "open marker key", expected: "open/{organisation}/{provider}/{call}/{recording}" }),
    }
}

/// The folder of an organisation's unfinished business.
pub fn open_folder(organisation: &Organisation) -> String {
    format!("{OPEN_PREFIX}{organisation}/")
}

/// Reads the organisation back from the folder of its unfinished business.
///
/// # Errors
/// [`InvalidId`] when the folder is not one of ours.
pub fn organisation_of_open_folder(folder: &str) -> Result<Organisation, InvalidId> {
    folder.strip_prefix(OPEN_PREFIX).and_then(|name| name.strip_suffix('/')).unwrap_or_default().parse()
}

/// The folder that holds audio, `S3_PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioPrefix(String);

/// An `S3_PREFIX` that cannot be told apart from another part of the bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a folder such as recordings/ that ends in a slash and is none of the bucket's other folders")]
pub struct InvalidPrefix;

/// The folders that are not audio.
const OTHER_FOLDERS: [&str; 12] = [
    "open",
    "ledger",
    "days",
    "orphans",
    "transcripts",
    "waveforms",
    "audit",
    "receipts",
    "connections",
    "jobs",
    "cursors",
    "calls",
];

impl AudioPrefix {
    /// Reads `S3_PREFIX`.
    ///
    /// # Errors
    /// [`InvalidPrefix`] when it is empty, not a folder, or overlaps the bucket's other folders.
    pub fn parse(text: &str) -> Result<Self, InvalidPrefix> {
        let Some(folders) = text.strip_suffix('/') else { return Err(InvalidPrefix) };
        let plain = folders.split('/').all(|part| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
                && part != "."
                && part != ".."
        });
        let first = folders.split('/').next().unwrap_or_default();
        if plain && !OTHER_FOLDERS.contains(&first) { Ok(Self(text.to_owned())) } else { Err(InvalidPrefix) }
    }

    /// The folder, with its slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of a recording's audio: `{prefix}yyyy/mm/dd/{call_id}-{job_number}.{ext}`, by the UTC day of its start.
    pub fn audio_key(
        &self,
        recording: &RecordingRef,
        started_at: Timestamp,
        job: Option<&JobNumber>,
        container: Container,
    ) -> AudioKey {
        let folder = self.folder(&recording.organisation, utc_day(started_at));
        let job = job.map_or(UNASSIGNED, JobNumber::as_str);
        AudioKey(format!("{folder}{}-{job}.{}", recording.call_id, container.extension()))
    }
}

/// What stands in place of a job that is not known.
const UNASSIGNED: &str = "unassigned";

/// Where one recording's audio is, or will be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AudioKey(String);

impl AudioKey {
    /// The key as S3 takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of a further recording of the same call and job: `-{recording_id}` before the extension.
    ///
    /// A key that names its recording already stays as it is.
    pub fn naming(&self, recording: &RecordingRef) -> Self {
        if self.names(recording) {
            return self.clone();
        }
        match self.0.rsplit_once('.') {
            Some((stem, extension)) => Self(format!("{stem}-{}.{extension}", recording.recording_id)),
            None => Self(format!("{}-{}", self.0, recording.recording_id)),
        }
    }

    /// Whether the key ends in this recording's own id, so that no other recording can want it.
    pub fn names(&self, recording: &RecordingRef) -> bool {
        let stem = self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem);
        stem.strip_suffix(recording.recording_id.as_str()).is_some_and(|rest| rest.ends_with('-'))
    }

    /// The last part of the key, the name that a person sees when downloading.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for AudioKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The day, UTC, under which a moment is filed.
pub fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn utc(at: Timestamp, format: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

#[cfg(test)]
#[path = "object_key/object_key_tests.rs"]
mod tests;

use std::future::Future;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::object_key::AccessPlace;
use crate::recording::{Organisation, RecordingRef};

/// Keeps a trace of each access to audio. IAM: `s3:PutObject` on `audit/*`.
pub trait AuditLog: Sync {
    /// Appends one record; records are never changed.
    fn append(&self, record: &AuditRecord) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// One access to audio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRecord {
    /// Whose recording.
    pub organisation: Organisation,
    /// Which recording.
    pub recording: RecordingRef,
    /// When.
    pub at: Timestamp,
    /// Who: a user's id, or `link` for whoever holds the permanent link.
    pub user: String,
    /// The address that asked.
    pub ip: Option<String>,
    /// The program that asked, as it calls itself.
    pub user_agent: Option<String>,
    /// Where the audio was served from.
    pub tier: &'static str,
    /// What was answered.
    pub outcome: &'static str,
    /// Tells apart what happened in the same instant.
    #[serde(skip)]
    pub number: u64,
}

/// Shows the traces of accesses. IAM: `s3:ListBucket` with the prefix `audit/*`, and `s3:GetObject` there.
pub trait AuditRead: Sync {
    /// One page of the accesses to an organisation's audio on a day, UTC, in the order of their times, from the start or
    /// behind `after`. It costs what the one day costs.
    fn page(
        &self,
        organisation: &Organisation,
        day: Date,
        after: Option<&str>,
    ) -> impl Future<Output = Result<AuditPage, PortError>> + Send;

    /// What the record of an access says, or `None` when it is gone by now.
    fn read(&self, place: &AccessPlace) -> impl Future<Output = Result<Option<Access>, PortError>> + Send;
}

/// One page of a day's accesses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Each access, as far as its key tells it.
    pub accesses: Vec<AccessPlace>,
    /// Keys in the day's folder that are no records of ours.
    pub foreign: Vec<String>,
    /// Where the next page starts; `None` behind the last.
    pub next: Option<String>,
}

/// What a record says of an access.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Access {
    /// Which recording.
    pub recording: RecordingRef,
    /// When.
    pub at: Timestamp,
    /// Who: a user's id, or `link` for whoever held the permanent link.
    pub user: String,
    /// The address that asked.
    #[serde(default)]
    pub ip: Option<String>,
    /// The program that asked, as it called itself.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// Where the audio was served from.
    pub tier: String,
    /// What was answered.
    pub outcome: String,
}

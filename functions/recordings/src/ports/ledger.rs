use std::future::Future;

use jiff::Timestamp;
use jiff::civil::Date;

use super::PortError;
use crate::ledger_entry::LedgerEntry;
use crate::messages::TransferRequest;
use crate::recording::{CallRef, Organisation, RecordingRef};

/// Which writing of an entry was read; a change succeeds only while it is still the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// An entry together with the version that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned {
    /// The entry.
    pub entry: LedgerEntry,
    /// Its version.
    pub version: Version,
}

/// Reads ledger entries. IAM: `s3:GetObject` on `ledger/*`.
pub trait LedgerRead: Sync {
    /// The entry of a recording, or `None` when nothing is known of it.
    fn get(&self, recording: &RecordingRef) -> impl Future<Output = Result<Option<Versioned>, PortError>> + Send;
}

/// Lists a call's recordings in the ledger. IAM: `s3:ListBucket` with the prefix `ledger/*`.
pub trait CallEntries: Sync {
    /// The recordings of a call that have an entry, in the order of their ids; none when nothing is known of it. A call
    /// has a few, and of a thousand no more are listed.
    fn list(&self, call: &CallRef) -> impl Future<Output = Result<Vec<RecordingRef>, PortError>> + Send;
}

/// Changes ledger entries, only ever conditionally. IAM: `s3:PutObject` on `ledger/*`.
pub trait LedgerWrite: Sync {
    /// Writes the first entry of a recording.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when there is one already.
    fn create(&self, entry: &LedgerEntry) -> impl Future<Output = Result<Version, PortError>> + Send;

    /// Replaces the writing that was read.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when it is no longer the newest; nothing was changed then.
    fn replace(&self, entry: &LedgerEntry, read: &Version) -> impl Future<Output = Result<Version, PortError>> + Send;
}

/// Lists recordings by day. IAM: `s3:PutObject` on `days/*`.
pub trait DayIndex: Sync {
    /// Adds a recording to the day of its start; adding it twice is adding it once.
    fn add(
        &self,
        recording: &RecordingRef,
        started_at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads the lists of recordings by day. IAM: `s3:ListBucket` with the prefix `days/*`.
pub trait DayIndexList: Sync {
    /// One page of the recordings of an organisation that began on a day, UTC, in the order of their keys, which is
    /// that of their starts, from the start or behind `after`. It costs what the one day costs.
    fn page(
        &self,
        organisation: &Organisation,
        day: Date,
        after: Option<&str>,
    ) -> impl Future<Output = Result<DayPage, PortError>> + Send;
}

/// One page of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPage {
    /// Each recording with its start, to the second.
    pub recordings: Vec<(RecordingRef, Timestamp)>,
    /// Keys in the day's folder that are not entries of ours.
    pub foreign: Vec<String>,
    /// Where the next page starts; `None` behind the last.
    pub next: Option<String>,
}

/// Marks business as unfinished. IAM: `s3:PutObject` on `open/*`.
pub trait OpenMarkerWrite: Sync {
    /// Writes the marker, with the event in it; when this returns, it is durable.
    fn put(&self, event: &TransferRequest) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Writes the marker where it is still as it was read, or not there where that is `None`. Whoever wrote one since
    /// knows more: that one stays, and this is no error.
    fn renew(
        &self,
        event: &TransferRequest,
        read: Option<&Version>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Writes the marker, unless less would take the place of more: an event that names no job leaves a marker that is
    /// there as it is. It may be all that remains of a webhook that did.
    fn keep(&self, event: &TransferRequest) -> impl Future<Output = Result<(), PortError>> + Send {
        async move {
            match event.job_number {
                Some(_) => self.put(event).await,
                None => self.renew(event, None).await,
            }
        }
    }
}

/// Marks business as finished. IAM: `s3:DeleteObject` on `open/*`.
pub trait OpenMarkerRemove: Sync {
    /// Removes the marker; removing one that is not there is no error.
    fn remove(&self, recording: &RecordingRef) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Finds unfinished business. IAM: `s3:ListBucket` and `s3:GetObject` on `open/*`.
pub trait OpenMarkerList: Sync {
    /// Whose unfinished business there is, in the order of their names. It costs what the organisations cost, not what
    /// their markers do.
    fn organisations(&self) -> impl Future<Output = Result<OpenFolders, PortError>> + Send;

    /// One page of everybody's markers in the order of their keys, from the start or behind `after`.
    fn page(&self, after: Option<&str>) -> impl Future<Output = Result<OpenPage, PortError>> + Send;

    /// One page of an organisation's markers in the order of their keys, from the start or behind `after`, of so many at
    /// the most.
    fn page_of(
        &self,
        organisation: &Organisation,
        after: Option<&str>,
        most: u16,
    ) -> impl Future<Output = Result<OpenPage, PortError>> + Send;

    /// A marker, or `None` when it is gone by now.
    fn read(&self, recording: &RecordingRef) -> impl Future<Output = Result<Option<OpenMarker>, PortError>> + Send;
}

/// What is in a marker.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenMarker {
    /// The event.
    pub event: TransferRequest,
    /// Which writing of it was read.
    pub version: Version,
}

/// The folders of `open/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenFolders {
    /// Whose they are.
    pub organisations: Vec<Organisation>,
    /// Folders and keys that are not ours.
    pub foreign: Vec<String>,
}

/// One page of `open/`.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPage {
    /// Each marker with the time when it was last written.
    pub markers: Vec<(RecordingRef, Timestamp)>,
    /// Keys in the folder that are not markers of ours.
    pub foreign: Vec<String>,
    /// Where the next page starts; `None` behind the last.
    pub next: Option<String>,
}

/// Shows what a job of the sweeper last kept. IAM: `s3:GetObject` on `cursors/*`.
pub trait CursorRead: Sync {
    /// What it kept, or `None` when there is nothing.
    fn last(&self, job: &'static str) -> impl Future<Output = Result<Option<String>, PortError>> + Send;
}

/// Remembers how far a job of the sweeper came. IAM: `s3:GetObject`, `s3:PutObject` on `cursors/*`.
pub trait Cursors: Sync {
    /// Where the job goes on, or `None` when it starts anew.
    fn read(&self, job: &'static str) -> impl Future<Output = Result<Option<String>, PortError>> + Send;

    /// Keeps where the job goes on; `None` when it is through.
    fn write(&self, job: &'static str, at: Option<&str>) -> impl Future<Output = Result<(), PortError>> + Send;
}

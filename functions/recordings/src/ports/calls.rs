use std::future::Future;

use jiff::Timestamp;

use super::PortError;
use crate::messages::CompletedCall;
use crate::recording::CallRef;

/// Remembers completed calls whose recording is awaited. IAM: `s3:PutObject` on `calls/*`.
pub trait CallNotes: Sync {
    /// Writes the note; writing it twice is writing it once.
    fn put(&self, call: &CompletedCall) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Finds completed calls whose recording is awaited. IAM: `s3:ListBucket` with the prefix `calls/*`, and `s3:GetObject`
/// there.
pub trait CallNoteList: Sync {
    /// One page of notes in the order of their keys, from the start or behind `after`.
    fn page(&self, after: Option<&str>) -> impl Future<Output = Result<CallNotePage, PortError>> + Send;

    /// The note of a call, or `None` when it is gone by now.
    fn read(&self, call: &CallRef) -> impl Future<Output = Result<Option<CompletedCall>, PortError>> + Send;
}

/// One page of `calls/`.
#[derive(Debug, Clone, PartialEq)]
pub struct CallNotePage {
    /// Each call with the time when its note was last written.
    pub calls: Vec<(CallRef, Timestamp)>,
    /// Keys in the folder that are not notes of ours.
    pub foreign: Vec<String>,
    /// Where the next page starts; `None` behind the last.
    pub next: Option<String>,
}

/// Forgets completed calls. IAM: `s3:DeleteObject` on `calls/*`.
pub trait CallNoteRemove: Sync {
    /// Removes the note; removing one that is not there is no error.
    fn remove(&self, call: &CallRef) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Tells whether a call's recordings have unfinished business, whatever their ids. IAM: `s3:ListBucket` with the prefix
/// `open/*`.
pub trait CallRecordings: Sync {
    /// Whether there is unfinished business of one of them.
    fn has_marker(&self, call: &CallRef) -> impl Future<Output = Result<bool, PortError>> + Send;
}

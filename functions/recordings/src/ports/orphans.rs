use std::collections::BTreeMap;
use std::future::Future;

use jiff::Timestamp;
use serde::Serialize;

use super::{ListedAudio, PortError, Put, Version};
use crate::object_key::{AudioKey, TraceKind};
use crate::recording::{CallRef, RecordingId};

/// Moves audio aside, in two steps that may each be repeated at any time: copied first, with a receipt in between, and
/// only then removed. IAM: `s3:GetObject` and `s3:DeleteObject` on the audio prefix, `s3:GetObject`, `s3:PutObject` and
/// `s3:PutObjectTagging` on `orphans/*`, `s3:ListBucket`.
///
/// A version tells contents apart, not writings: who removes a version removes it also where somebody wrote the same
/// bytes anew in the meantime. So only audio that no transfer would adopt may be removed.
pub trait Orphans: Sync {
    /// Copies this version, with its metadata, to `orphans/`, where another lifecycle rule and another tag hold, and
    /// never over anything.
    fn copy_aside(&self, audio: &ListedAudio) -> impl Future<Output = Result<Aside, PortError>> + Send;

    /// Removes this version of what lies under the key, and no other.
    fn remove(&self, key: &AudioKey, version: &Version) -> impl Future<Output = Result<Removed, PortError>> + Send;
}

/// What became of a copy to `orphans/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// The same bytes lie in `orphans/`, by this call or an earlier one.
    Kept,
    /// What lies in `orphans/` under that key is, or may be, other audio; nothing was changed. It goes by its own
    /// lifecycle rule, so a later call will find the place free.
    Occupied,
    /// The key holds another version by now, or nothing; nothing was changed.
    Changed,
}

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// Nothing lies under the key.
    Gone,
    /// Another version lies under the key; nothing was changed.
    Changed,
}

/// Keeps a trace of each deletion of audio that is not in the ledger. IAM: `s3:PutObject` on `receipts/*`.
pub trait Receipts: Sync {
    /// Appends one receipt; receipts are never changed. One of the same call, day and number that is there already
    /// makes it [`Occupied`](Put::Occupied).
    fn append(&self, receipt: &Receipt) -> impl Future<Output = Result<Put, PortError>> + Send;
}

/// One deletion of audio, told without personal data: a job's number, which an object's key holds, is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Whose call it was, and its provider's id of it.
    #[serde(flatten)]
    pub call: CallRef,
    /// The recording that the audio was, where it said so.
    pub recording_id: Option<RecordingId>,
    /// Why it was deleted.
    pub why: DeletedBecause,
    /// When.
    pub at: Timestamp,
    /// Under which day it is filed: that of a moment which is the same whenever the deletion is told again.
    #[serde(skip)]
    pub filed_at: Timestamp,
    /// Its size.
    pub bytes: u64,
    /// Its FULL_OBJECT CRC64NVME, base64, where S3 gave one.
    pub crc64nvme: Option<String>,
    /// Tells apart what was deleted of one call on one day; [`ListedAudio::number`] for an object.
    #[serde(skip)]
    pub number: u64,
}

/// Why audio was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedBecause {
    /// The ledger knew nothing of it; a copy is kept in `orphans/` for a while.
    Orphaned,
    /// Somebody asked for its erasure.
    Erased,
}

/// Keeps a trace of each erasure. IAM: `s3:PutObject` on `receipts/*`.
pub trait ErasureReceipts: Sync {
    /// Appends one receipt; receipts are never changed. One of the same call, day and number that is there already
    /// makes it [`Occupied`](Put::Occupied).
    fn append(&self, receipt: &ErasureReceipt) -> impl Future<Output = Result<Put, PortError>> + Send;
}

/// What an erasure found and removes from now on, or that it is over, told without personal data. One that was stopped
/// in the middle goes on with a receipt of what was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErasureReceipt {
    /// Whose call it was, and its provider's id of it.
    #[serde(flatten)]
    pub call: CallRef,
    /// Why.
    pub why: DeletedBecause,
    /// Who asked for it: a user's id.
    pub by: String,
    /// When it was asked for, under whose day the receipt is filed.
    pub asked_at: Timestamp,
    /// When.
    pub at: Timestamp,
    /// How many versions of each kind of object were found.
    pub found: BTreeMap<TraceKind, u32>,
    /// Their size, as far as it is known.
    pub bytes: u64,
    /// Nothing was left: not in the bucket, not at the provider, not in a history.
    pub is_over: bool,
    /// Tells apart the receipts of one erasure; 0 where it is over.
    #[serde(skip)]
    pub number: u64,
}

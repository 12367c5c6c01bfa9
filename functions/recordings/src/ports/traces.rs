use std::future::Future;

use super::PortError;
use crate::object_key::{TraceKind, TracePlace};

/// Something that holds a part of a call: one version of an object, the mark that S3 leaves where a versioned object was
/// deleted, or an upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What it is.
    pub kind: TraceKind,
    /// Where it lies.
    pub key: String,
    /// Which of those that lie there.
    pub version: TraceVersion,
    /// Its size; nothing where that is not known.
    pub bytes: u64,
}

/// What tells what lies under one key apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceVersion {
    /// A version of the object.
    Object(String),
    /// The mark of a deletion, which holds nothing but its key.
    Mark(String),
    /// S3's id of an upload.
    Upload(String),
}

/// Finds all that the bucket holds of a call, in every version. IAM: `s3:ListBucketVersions` and
/// `s3:ListBucketMultipartUploads` on the bucket.
pub trait Traces: Sync {
    /// Everything in a place but the newest versions that stay there, and of audio what is on its way there too.
    fn find(&self, place: &TracePlace) -> impl Future<Output = Result<Vec<Trace>, PortError>> + Send;
}

/// Removes what the bucket holds of a call, for good. IAM: `s3:DeleteObjectVersion`, and `s3:DeleteObject` where a bucket
/// keeps no versions, on the audio prefix, `orphans/*`, `transcripts/*`, `waveforms/*`, `ledger/*`, `open/*` and `calls/*`;
/// `s3:AbortMultipartUpload` on the audio prefix.
pub trait TraceRemove: Sync {
    /// Removes it; what is gone by now is removed.
    fn remove(&self, trace: &Trace) -> impl Future<Output = Result<(), PortError>> + Send;
}

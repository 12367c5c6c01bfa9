use std::future::Future;

use bytes::Bytes;
use futures_util::Stream;

use super::PortError;
use crate::audio::Container;
use crate::ledger_entry::{RetentionTag, StoredObject};
use crate::object_key::AudioKey;
use crate::recording::RecordingRef;

/// Looks at audio in the bucket. IAM: `s3:GetObject` on the audio prefix.
pub trait AudioLook: Sync {
    /// What is under the key now, or `None`.
    fn look(&self, key: &AudioKey) -> impl Future<Output = Result<Option<StoredObject>, PortError>> + Send;
}

/// Reads audio back from the bucket. IAM: `s3:GetObject` on the audio prefix.
pub trait AudioRead: Sync {
    /// The audio as it arrives.
    type Stored: Stream<Item = Result<Bytes, PortError>> + Send + Unpin;

    /// Opens what is under the key from its first byte, or gives `None`.
    fn read(&self, key: &AudioKey) -> impl Future<Output = Result<Option<Self::Stored>, PortError>> + Send;
}

/// Says for how long audio is kept. IAM: `s3:PutObjectTagging` on the audio prefix.
///
/// Where a bucket has Object Lock, a legal hold of S3's own belongs here too.
pub trait AudioTag: Sync {
    /// Puts the tag on what is under the key now; where nothing is there is nothing to be tagged.
    fn tag(&self, key: &AudioKey, tag: RetentionTag) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What an audio object says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioObject {
    /// Where it lies.
    pub key: AudioKey,
    /// The recording that it is, kept in its metadata.
    pub recording: RecordingRef,
    /// What the bytes are.
    pub container: Container,
}

/// Whether a conditional write took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object is there and is ours.
    Created,
    /// Something was there already; nothing was changed.
    Occupied,
}

/// A multipart upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The object that it will become.
    pub object: AudioObject,
    /// S3's id of the upload.
    pub id: String,
}

/// A part that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its place, from 1.
    pub number: u32,
    /// What S3 calls it.
    pub etag: String,
    /// CRC64NVME of its bytes, base64.
    pub crc64nvme: String,
}

/// Writes audio, and never over anything. IAM: `s3:PutObject`, `s3:PutObjectTagging`, `s3:AbortMultipartUpload`
/// on the audio prefix.
///
/// Every write carries a CRC64NVME that S3 checks before it accepts the bytes. `crc64nvme` is base64 of eight bytes.
pub trait AudioStore: Sync {
    /// Writes a whole object at once.
    fn put(
        &self,
        object: &AudioObject,
        body: Bytes,
        crc64nvme: &str,
    ) -> impl Future<Output = Result<Put, PortError>> + Send;

    /// Starts an object that is sent in parts.
    fn begin(&self, object: &AudioObject) -> impl Future<Output = Result<Upload, PortError>> + Send;

    /// Sends one part; all but the last are at least 5 MiB.
    fn part(
        &self,
        upload: &Upload,
        number: u32,
        body: Bytes,
        crc64nvme: &str,
    ) -> impl Future<Output = Result<Part, PortError>> + Send;

    /// Makes the parts, in order, one object of `bytes` bytes whose whole checksum is `crc64nvme`.
    fn complete(
        &self,
        upload: &Upload,
        parts: &[Part],
        bytes: u64,
        crc64nvme: &str,
    ) -> impl Future<Output = Result<Put, PortError>> + Send;

    /// Gives an upload up and frees what it holds; giving up twice is no error.
    fn abort(&self, upload: &Upload) -> impl Future<Output = Result<(), PortError>> + Send;
}

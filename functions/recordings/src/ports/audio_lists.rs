use std::future::Future;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{PortError, Version};
use crate::object_key::{AudioFolder, AudioKey, AudioPrefix};

/// Lists audio by day. IAM: `s3:ListBucket` with the audio prefix.
pub trait AudioList: Sync {
    /// One page of a day's audio in the order of its keys, from the start or behind `after`. It costs what the one
    /// day costs, however old the bucket is.
    fn page(
        &self,
        folder: &AudioFolder,
        after: Option<&str>,
    ) -> impl Future<Output = Result<AudioPage, PortError>> + Send;
}

/// One page of a day's audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioPage {
    /// Audio whose key is one that we would write.
    pub objects: Vec<ListedAudio>,
    /// Other keys in the folder.
    pub foreign: Vec<String>,
    /// Where the next page starts; `None` behind the last.
    pub next: Option<String>,
}

/// Audio as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAudio {
    /// Where it lies.
    pub key: AudioKey,
    /// Which content was seen there. The same bytes may have the same version again.
    pub version: Version,
    /// Its size.
    pub bytes: u64,
    /// When it was written, to the second.
    pub last_modified: Timestamp,
}

impl ListedAudio {
    /// A number for this content under this key, the same whenever it is seen.
    pub fn number(&self) -> u64 {
        let digest = Sha256::new().chain_update(self.key.as_str()).chain_update([0_u8]).chain_update(&self.version.0);
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest.finalize());
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Finds uploads that nobody finished, and ends them. IAM: `s3:ListBucketMultipartUploads` on the bucket,
/// `s3:AbortMultipartUpload` on the audio prefix.
pub trait UploadList: Sync {
    /// One page of the uploads under way below the audio prefix, in the order of their keys, from the start or behind
    /// `after`.
    fn page(
        &self,
        prefix: &AudioPrefix,
        after: Option<&UploadPlace>,
    ) -> impl Future<Output = Result<UploadPage, PortError>> + Send;

    /// Gives an upload up and frees what it holds; one that is complete or given up stays as it is.
    fn abort(&self, upload: &UploadUnderWay) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// One page of uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPage {
    /// Uploads whose key is one that we would write.
    pub uploads: Vec<UploadUnderWay>,
    /// The keys of others below the prefix.
    pub foreign: Vec<String>,
    /// Where the next page starts; `None` behind the last.
    pub next: Option<UploadPlace>,
}

/// An upload that was begun, and neither completed nor given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadUnderWay {
    /// The key that it is for.
    pub key: AudioKey,
    /// S3's id of the upload.
    pub id: String,
    /// When it was begun, to the second.
    pub begun_at: Timestamp,
}

/// A place between uploads. A key may have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPlace {
    /// The key of the last upload that was seen.
    pub key: String,
    /// Its id.
    pub id: String,
}

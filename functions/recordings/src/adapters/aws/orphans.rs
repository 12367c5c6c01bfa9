use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, MetadataDirective, ServerSideEncryption, TaggingDirective,
};

use super::clients::Clients;
use super::errors::{condition_failed, kind, port_error};
use crate::object_key::{AudioKey, ObjectKey};
use crate::ports::{Aside, ErrorKind, ListedAudio, Orphans, PortError, Removed, Version};

/// In place of `retention=standard`, which the expiry rule of audio asks for.
const TAGS: &str = "retention=orphan";

/// Audio that is moved to `orphans/`. IAM: `s3:GetObject` and `s3:DeleteObject` on the audio prefix (S3 asks for both
/// where a deletion has a condition), `s3:GetObject`, `s3:PutObject` and `s3:PutObjectTagging` on `orphans/*`, and
/// `s3:ListBucket`, without which S3 calls an absent object forbidden; with a KMS key `kms:Decrypt` and
/// `kms:GenerateDataKey` on it.
///
/// S3 copies up to 5 GB at once and refuses more, which then stays where it is.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
#[derive(Debug, Clone)]
pub struct S3Orphans {
    bucket: String,
    kms_key: Option<String>,
    small: Client,
    once: Client,
    audio: Client,
}

impl S3Orphans {
    /// The orphans of a bucket, encrypted with a KMS key where one is given, else with S3's own.
    pub fn new(clients: &Clients, bucket: &str, kms_key: Option<&str>) -> Self {
        Self {
            bucket: bucket.to_owned(),
            kms_key: kms_key.map(str::to_owned),
            small: clients.s3(),
            once: clients.s3_once(),
            audio: clients.s3_audio(),
        }
    }
}

impl Orphans for S3Orphans {
    async fn copy_aside(&self, audio: &ListedAudio) -> Result<Aside, PortError> {
        let encryption = match self.kms_key {
            Some(_) => ServerSideEncryption::AwsKms,
            None => ServerSideEncryption::Aes256,
        };
        let copied = self
            .audio
            .copy_object()
            .bucket(&self.bucket)
            .key(ObjectKey::Orphan(&audio.key).to_string())
            .if_none_match("*")
            // No character of our keys has to be encoded.
            .copy_source(format!("{}/{}", self.bucket, audio.key))
            .copy_source_if_match(&audio.version.0)
            .metadata_directive(MetadataDirective::Copy)
            .tagging_directive(TaggingDirective::Replace)
            .tagging(TAGS)
            .server_side_encryption(encryption)
            .set_ssekms_key_id(self.kms_key.clone())
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .send()
            .await;
        match copied {
            Ok(_) => Ok(Aside::Kept),
            Err(error) if condition_failed(&error) => self.compare(audio).await,
            Err(error) if kind(&error) == ErrorKind::NotFound => Ok(Aside::Changed),
            Err(error) => Err(port_error("s3 CopyObject orphans", error)),
        }
    }

    async fn remove(&self, key: &AudioKey, version: &Version) -> Result<Removed, PortError> {
        let request = self.once.delete_object().bucket(&self.bucket).key(key.as_str());
        match request.if_match(&version.0).send().await {
            Ok(_) => Ok(Removed::Gone),
            Err(error) if condition_failed(&error) => Ok(Removed::Changed),
            Err(error) if kind(&error) == ErrorKind::NotFound => Ok(Removed::Gone),
            Err(error) => Err(port_error("s3 DeleteObject audio", error)),
        }
    }
}

impl S3Orphans {
    /// S3 does not say which of a copy's two conditions failed, so what lies at both ends is looked at.
    async fn compare(&self, audio: &ListedAudio) -> Result<Aside, PortError> {
        let original = match self.look(audio.key.to_string()).await? {
            Some(original) if original.e_tag.as_ref() == Some(&audio.version.0) => original,
            _ => return Ok(Aside::Changed),
        };
        let Some(aside) = self.look(ObjectKey::Orphan(&audio.key).to_string()).await? else {
            let detail = "what was in the way is gone by now";
            return Err(PortError::new(ErrorKind::Conflict, "s3 CopyObject orphans", detail));
        };
        let same = original.content_length == aside.content_length
            && whole_checksum(&original).is_some_and(|checksum| whole_checksum(&aside) == Some(checksum));
        Ok(if same { Aside::Kept } else { Aside::Occupied })
    }

    async fn look(&self, key: String) -> Result<Option<HeadObjectOutput>, PortError> {
        let request = self.small.head_object().bucket(&self.bucket).key(key);
        match request.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(found) => Ok(Some(found)),
            Err(error) if kind(&error) == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(port_error("s3 HeadObject orphans", error)),
        }
    }
}

/// The versions of the same bytes differ where they are encrypted with KMS or were sent in parts; this does not.
fn whole_checksum(object: &HeadObjectOutput) -> Option<&str> {
    let whole = object.checksum_type.as_ref().is_none_or(|kind| *kind == ChecksumType::FullObject);
    object.checksum_crc64_nvme.as_deref().filter(|_| whole)
}

#[cfg(test)]
#[path = "orphans_tests.rs"]
mod tests;

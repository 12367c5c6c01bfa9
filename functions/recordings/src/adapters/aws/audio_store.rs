use std::collections::HashMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, ServerSideEncryption,
};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::bucket::{RETENTION_TAG, created_or_occupied, tagging};
use super::clients::Clients;
use super::errors::{kind, port_error};
use crate::ledger_entry::{RetentionTag, StoredObject};
use crate::object_key::AudioKey;
use crate::ports::{AudioLook, AudioObject, AudioRead, AudioStore, AudioTag, ErrorKind, Part, PortError, Put, Upload};
use crate::recording::RecordingRef;

/// Audio in the bucket. IAM: `s3:PutObject`, `s3:PutObjectTagging`, `s3:AbortMultipartUpload` to write and `s3:GetObject`
/// to look, on the audio prefix; and `s3:ListBucket`, without which S3 calls an absent object forbidden.
///
/// The bytes are not signed: S3 checks their CRC64NVME, and TLS keeps them from being changed on the way.
#[derive(Debug, Clone)]
pub struct S3AudioStore {
    bucket: String,
    kms_key: Option<String>,
    small: Client,
    audio: Client,
}

impl S3AudioStore {
    /// The audio in a bucket, encrypted with a KMS key where one is given, else with S3's own.
    pub fn new(clients: &Clients, bucket: &str, kms_key: Option<&str>) -> Self {
        Self {
            bucket: bucket.to_owned(),
            kms_key: kms_key.map(str::to_owned),
            small: clients.s3(),
            audio: clients.s3_audio(),
        }
    }

    fn encryption(&self) -> ServerSideEncryption {
        match self.kms_key {
            Some(_) => ServerSideEncryption::AwsKms,
            None => ServerSideEncryption::Aes256,
        }
    }
}

impl AudioRead for S3AudioStore {
    type Stored = BoxStream<'static, Result<Bytes, PortError>>;

    /// The SDK ends a body that stalls.
    async fn read(&self, key: &AudioKey) -> Result<Option<Self::Stored>, PortError> {
        const OPERATION: &str = "s3 GetObject audio";
        let found = match self.small.get_object().bucket(&self.bucket).key(key.as_str()).send().await {
            Ok(found) => found,
            Err(error) if kind(&error) == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(port_error(OPERATION, error)),
        };
        let broke_off = |error| PortError::new(ErrorKind::Unavailable, OPERATION, "the body broke off").because(error);
        let chunks = stream::unfold(found.body, async |mut body| body.next().await.map(|chunk| (chunk, body)));
        Ok(Some(chunks.map(move |chunk| chunk.map_err(broke_off)).boxed()))
    }
}

impl AudioStore for S3AudioStore {
    async fn put(&self, object: &AudioObject, body: Bytes, crc64nvme: &str) -> Result<Put, PortError> {
        let sent = self
            .audio
            .put_object()
            .bucket(&self.bucket)
            .key(object.key.as_str())
            .if_none_match("*")
            .content_type(object.container.content_type())
            .set_metadata(Some(metadata(&object.recording)))
            .tagging(RETENTION_TAG)
            .server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.kms_key.clone())
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .checksum_crc64_nvme(crc64nvme)
            .body(ByteStream::from(body))
            .customize()
            .disable_payload_signing()
            .send()
            .await;
        created_or_occupied("s3 PutObject audio", sent)
    }

    async fn begin(&self, object: &AudioObject) -> Result<Upload, PortError> {
        const OPERATION: &str = "s3 CreateMultipartUpload audio";
        let begun = self
            .small
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(object.key.as_str())
            .content_type(object.container.content_type())
            .set_metadata(Some(metadata(&object.recording)))
            .tagging(RETENTION_TAG)
            .server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.kms_key.clone())
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .checksum_type(ChecksumType::FullObject)
            .send()
            .await
            .map_err(|error| port_error(OPERATION, error))?;
        match begun.upload_id {
            Some(id) => Ok(Upload { object: object.clone(), id }),
            None => Err(PortError::new(ErrorKind::Unavailable, OPERATION, "the answer has no upload id")),
        }
    }

    async fn part(&self, upload: &Upload, number: u32, body: Bytes, crc64nvme: &str) -> Result<Part, PortError> {
        const OPERATION: &str = "s3 UploadPart audio";
        let sent = self
            .audio
            .upload_part()
            .bucket(&self.bucket)
            .key(upload.object.key.as_str())
            .upload_id(&upload.id)
            .part_number(part_number(OPERATION, number)?)
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .checksum_crc64_nvme(crc64nvme)
            .body(ByteStream::from(body))
            .customize()
            .disable_payload_signing()
            .send()
            .await
            .map_err(|error| port_error(OPERATION, error))?;
        match sent.e_tag {
            Some(etag) => Ok(Part { number, etag, crc64nvme: crc64nvme.to_owned() }),
            None => Err(PortError::new(ErrorKind::Unavailable, OPERATION, "the answer has no ETag")),
        }
    }

    async fn complete(&self, upload: &Upload, parts: &[Part], bytes: u64, crc64nvme: &str) -> Result<Put, PortError> {
        const OPERATION: &str = "s3 CompleteMultipartUpload audio";
        let parts = parts.iter().map(|part| completed(OPERATION, part)).collect::<Result<Vec<_>, _>>()?;
        let size = i64::try_from(bytes)
            .map_err(|error| PortError::new(ErrorKind::Invalid, OPERATION, "size").because(error))?;
        let sent = self
            .audio
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(upload.object.key.as_str())
            .upload_id(&upload.id)
            .if_none_match("*")
            .checksum_type(ChecksumType::FullObject)
            .checksum_crc64_nvme(crc64nvme)
            .mpu_object_size(size)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .send()
            .await;
        created_or_occupied(OPERATION, sent)
    }

    async fn abort(&self, upload: &Upload) -> Result<(), PortError> {
        abort(&self.small, &self.bucket, &upload.object.key, &upload.id).await
    }
}

/// Ends an upload that may have ended already.
pub(super) async fn abort(client: &Client, bucket: &str, key: &AudioKey, id: &str) -> Result<(), PortError> {
    match client.abort_multipart_upload().bucket(bucket).key(key.as_str()).upload_id(id).send().await {
        Ok(_) => Ok(()),
        Err(error) if kind(&error) == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(port_error("s3 AbortMultipartUpload audio", error)),
    }
}

impl AudioLook for S3AudioStore {
    async fn look(&self, key: &AudioKey) -> Result<Option<StoredObject>, PortError> {
        let request = self.small.head_object().bucket(&self.bucket).key(key.as_str());
        match request.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(found) => {
                // Only a checksum of the whole object can be compared with ours.
                let whole = found.checksum_type.is_none_or(|kind| kind == ChecksumType::FullObject);
                Ok(Some(StoredObject {
                    bytes: found.content_length.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
                    crc64nvme: found.checksum_crc64_nvme.filter(|_| whole),
                    recording: found.metadata.as_ref().and_then(named_recording),
                }))
            }
            Err(error) if kind(&error) == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(port_error("s3 HeadObject audio", error)),
        }
    }
}

impl AudioTag for S3AudioStore {
    async fn tag(&self, key: &AudioKey, tag: RetentionTag) -> Result<(), PortError> {
        const OPERATION: &str = "s3 PutObjectTagging audio";
        let tags = tagging(OPERATION, tag)?;
        let request = self.small.put_object_tagging().bucket(&self.bucket).key(key.as_str());
        match request.tagging(tags).send().await {
            Ok(_) => Ok(()),
            Err(error) if kind(&error) == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(port_error(OPERATION, error)),
        }
    }
}

fn completed(operation: &'static str, part: &Part) -> Result<CompletedPart, PortError> {
    Ok(CompletedPart::builder()
        .part_number(part_number(operation, part.number)?)
        .e_tag(&part.etag)
        .checksum_crc64_nvme(&part.crc64nvme)
        .build())
}

fn part_number(operation: &'static str, number: u32) -> Result<i32, PortError> {
    i32::try_from(number).map_err(|error| PortError::new(ErrorKind::Invalid, operation, "part number").because(error))
}

fn metadata(recording: &RecordingRef) -> HashMap<String, String> {
    HashMap::from([
        ("organisation".to_owned(), recording.organisation.to_string()),
        ("provider".to_owned(), recording.provider.to_string()),
        ("call-id".to_owned(), recording.call_id.to_string()),
        ("recording-id".to_owned(), recording.recording_id.to_string()),
    ])
}

fn named_recording(metadata: &HashMap<String, String>) -> Option<RecordingRef> {
    let provider = metadata.get("provider")?.parse().ok()?;
    RecordingRef::parse(
        metadata.get("organisation")?,
        provider,
        metadata.get("call-id")?,
        metadata.get("recording-id")?,
    )
    .ok()
}

#[cfg(test)]
#[path = "audio_store_tests.rs"]
mod tests;

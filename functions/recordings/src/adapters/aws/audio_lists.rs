use aws_sdk_s3::types::{MultipartUpload, Object};

use super::audio_store::abort;
use super::bucket::{Bucket, moment};
use super::clients::Clients;
use super::errors::port_error;
use crate::object_key::{AudioFolder, AudioKey, AudioPrefix};
use crate::ports::{
    AudioList, AudioPage, ErrorKind, ListedAudio, PortError, UploadList, UploadPage, UploadPlace, UploadUnderWay,
    Version,
};

/// What lies, and what is on its way, below the audio prefix. IAM: `s3:ListBucket` with that prefix;
/// `s3:ListBucketMultipartUploads` on the bucket, and `s3:AbortMultipartUpload` on the audio prefix.
#[derive(Debug, Clone)]
pub struct S3AudioLists {
    bucket: Bucket,
}

impl S3AudioLists {
    /// The lists of a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl AudioList for S3AudioLists {
    async fn page(&self, folder: &AudioFolder, after: Option<&str>) -> Result<AudioPage, PortError> {
        const OPERATION: &str = "s3 ListObjectsV2 audio";
        let listed = self.bucket.list(OPERATION, folder.as_str(), after).await?;
        let mut page = AudioPage { objects: Vec::new(), foreign: Vec::new(), next: listed.next };
        for mut object in listed.objects {
            let key = object.key.take().unwrap_or_default();
            match folder.parse_key(&key) {
                Ok(key) => page.objects.push(audio(key, object).ok_or_else(|| lacks_something(OPERATION))?),
                Err(_) => page.foreign.push(key),
            }
        }
        Ok(page)
    }
}

impl UploadList for S3AudioLists {
    async fn page(&self, prefix: &AudioPrefix, after: Option<&UploadPlace>) -> Result<UploadPage, PortError> {
        const OPERATION: &str = "s3 ListMultipartUploads audio";
        let request = self.bucket.client.list_multipart_uploads().bucket(&self.bucket.name).prefix(prefix.as_str());
        let listed = request
            .set_key_marker(after.map(|place| place.key.clone()))
            .set_upload_id_marker(after.map(|place| place.id.clone()))
            .send()
            .await
            .map_err(|error| port_error(OPERATION, error))?;
        let mut page = UploadPage { uploads: Vec::new(), foreign: Vec::new(), next: None };
        if listed.is_truncated.unwrap_or_default() {
            let place = listed.next_key_marker.zip(listed.next_upload_id_marker);
            let (key, id) = place.ok_or_else(|| lacks_something(OPERATION))?;
            page.next = Some(UploadPlace { key, id });
        }
        for mut upload in listed.uploads.unwrap_or_default() {
            let key = upload.key.take().unwrap_or_default();
            match prefix.parse_key(&key) {
                Ok((_, key)) => page.uploads.push(under_way(key, upload).ok_or_else(|| lacks_something(OPERATION))?),
                Err(_) => page.foreign.push(key),
            }
        }
        Ok(page)
    }

    async fn abort(&self, upload: &UploadUnderWay) -> Result<(), PortError> {
        abort(&self.bucket.client, &self.bucket.name, &upload.key, &upload.id).await
    }
}

fn audio(key: AudioKey, object: Object) -> Option<ListedAudio> {
    Some(ListedAudio {
        key,
        version: Version(object.e_tag?),
        bytes: u64::try_from(object.size?).ok()?,
        last_modified: moment(object.last_modified?)?,
    })
}

fn under_way(key: AudioKey, upload: MultipartUpload) -> Option<UploadUnderWay> {
    Some(UploadUnderWay { key, id: upload.upload_id?, begun_at: moment(upload.initiated?)? })
}

/// What is to be thrown away by its age is not guessed at.
fn lacks_something(operation: &'static str) -> PortError {
    PortError::new(ErrorKind::Unavailable, operation, "the answer lacks a version, a size, a time or a marker")
}

#[cfg(test)]
#[path = "audio_lists_tests.rs"]
mod tests;

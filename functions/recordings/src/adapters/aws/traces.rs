use aws_sdk_s3::Client;
use aws_sdk_s3::types::{DeleteMarkerEntry, MultipartUpload, ObjectVersion};

use super::clients::Clients;
use super::errors::{kind, port_error};
use crate::object_key::{TraceKind, TracePlace};
use crate::ports::{ErrorKind, PortError, Trace, TraceRemove, TraceVersion, Traces};

/// Everything that a bucket holds of a call. IAM: `s3:ListBucketVersions` and `s3:ListBucketMultipartUploads` on the
/// bucket to find; `s3:DeleteObjectVersion`, `s3:DeleteObject` (a bucket without versions calls each of them `null`) and
/// `s3:AbortMultipartUpload` to remove.
#[derive(Debug, Clone)]
pub struct S3Traces {
    bucket: String,
    client: Client,
}

impl S3Traces {
    /// What a bucket holds.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: bucket.to_owned(), client: clients.s3() }
    }
}

impl Traces for S3Traces {
    async fn find(&self, place: &TracePlace) -> Result<Vec<Trace>, PortError> {
        let mut traces = self.versions(place).await?;
        if place.kind == TraceKind::Audio {
            traces.extend(self.uploads(place).await?);
        }
        Ok(traces)
    }
}

impl TraceRemove for S3Traces {
    async fn remove(&self, trace: &Trace) -> Result<(), PortError> {
        match &trace.version {
            TraceVersion::Object(version) | TraceVersion::Mark(version) => {
                let request = self.client.delete_object().bucket(&self.bucket).key(&trace.key).version_id(version);
                match request.send().await {
                    Ok(_) => Ok(()),
                    Err(error) if kind(&error) == ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(port_error("s3 DeleteObject version", error)),
                }
            }
            TraceVersion::Upload(id) => {
                let request = self.client.abort_multipart_upload().bucket(&self.bucket).key(&trace.key).upload_id(id);
                match request.send().await {
                    Ok(_) => Ok(()),
                    Err(error) if kind(&error) == ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(port_error("s3 AbortMultipartUpload trace", error)),
                }
            }
        }
    }
}

impl S3Traces {
    async fn versions(&self, place: &TracePlace) -> Result<Vec<Trace>, PortError> {
        const OPERATION: &str = "s3 ListObjectVersions";
        let (mut traces, mut after) = (Vec::new(), None);
        loop {
            let (key, version) = after.take().unzip();
            let request = self.client.list_object_versions().bucket(&self.bucket).prefix(place.prefix());
            let listed = request
                .set_key_marker(key)
                .set_version_id_marker(version.flatten())
                .send()
                .await
                .map_err(|error| port_error(OPERATION, error))?;
            for version in listed.versions.unwrap_or_default() {
                traces.extend(object(place, version).ok_or_else(|| lacks_something(OPERATION))?);
            }
            for marker in listed.delete_markers.unwrap_or_default() {
                traces.extend(mark(place, marker).ok_or_else(|| lacks_something(OPERATION))?);
            }
            if !listed.is_truncated.unwrap_or_default() {
                return Ok(traces);
            }
            let key = listed.next_key_marker.ok_or_else(|| lacks_something(OPERATION))?;
            after = Some((key, listed.next_version_id_marker));
        }
    }

    async fn uploads(&self, place: &TracePlace) -> Result<Vec<Trace>, PortError> {
        const OPERATION: &str = "s3 ListMultipartUploads trace";
        let (mut traces, mut after) = (Vec::new(), None);
        loop {
            let (key, id) = after.take().unzip();
            let request = self.client.list_multipart_uploads().bucket(&self.bucket).prefix(place.prefix());
            let listed = request
                .set_key_marker(key)
                .set_upload_id_marker(id)
                .send()
                .await
                .map_err(|error| port_error(OPERATION, error))?;
            for upload in listed.uploads.unwrap_or_default() {
                traces.extend(under_way(place, upload).ok_or_else(|| lacks_something(OPERATION))?);
            }
            if !listed.is_truncated.unwrap_or_default() {
                return Ok(traces);
            }
            let place = listed.next_key_marker.zip(listed.next_upload_id_marker);
            after = Some(place.ok_or_else(|| lacks_something(OPERATION))?);
        }
    }
}

/// A version, unless it stays or lies elsewhere; nothing at all where the answer does not say which it is.
fn object(place: &TracePlace, version: ObjectVersion) -> Option<Option<Trace>> {
    let (key, id) = (version.key?, version.version_id?);
    let stays = version.is_latest? && place.keeps_newest();
    let bytes = version.size.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
    let trace = Trace { kind: place.kind, version: TraceVersion::Object(id), bytes, key };
    Some(Some(trace).filter(|trace| place.has(&trace.key) && !stays))
}

/// The mark of a deletion goes too, where nothing is to stay: its key names the call.
fn mark(place: &TracePlace, marker: DeleteMarkerEntry) -> Option<Option<Trace>> {
    let (key, id) = (marker.key?, marker.version_id?);
    let stays = marker.is_latest? && place.keeps_newest();
    let trace = Trace { kind: place.kind, version: TraceVersion::Mark(id), bytes: 0, key };
    Some(Some(trace).filter(|trace| place.has(&trace.key) && !stays))
}

fn under_way(place: &TracePlace, upload: MultipartUpload) -> Option<Option<Trace>> {
    let (key, id) = (upload.key?, upload.upload_id?);
    let trace = Trace { kind: place.kind, version: TraceVersion::Upload(id), bytes: 0, key };
    Some(Some(trace).filter(|trace| place.has(&trace.key)))
}

/// What is not known to be there cannot be known to be gone.
fn lacks_something(operation: &'static str) -> PortError {
    PortError::new(ErrorKind::Unavailable, operation, "the answer lacks a key, a version or a marker")
}

#[cfg(test)]
#[path = "traces_tests.rs"]
mod tests;

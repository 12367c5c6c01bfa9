use jiff::Timestamp;

use super::bucket::{Bucket, Condition, Listed, moment};
use super::clients::Clients;
use super::errors::port_error;
use crate::messages::TransferRequest;
use crate::object_key::{OPEN_PREFIX, ObjectKey, open_folder, organisation_of_open_folder, recording_of_open_key};
use crate::ports::{
    ErrorKind, OpenFolders, OpenMarker, OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite, OpenPage, PortError, Version,
};
use crate::recording::{Organisation, RecordingRef};

const LIST: &str = "s3 ListObjectsV2 open";

/// Markers of unfinished business under `open/`. IAM: `s3:PutObject`, `s3:DeleteObject`, `s3:GetObject` on `open/*` and
/// `s3:ListBucket`, each where the function uses that port.
#[derive(Debug, Clone)]
pub struct S3OpenMarkers {
    bucket: Bucket,
}

impl S3OpenMarkers {
    /// The markers in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl OpenMarkerWrite for S3OpenMarkers {
    async fn put(&self, event: &TransferRequest) -> Result<(), PortError> {
        let key = ObjectKey::Open(&event.recording);
        self.bucket.put_json("s3 PutObject open", &key, event, Condition::Anyway).await?;
        Ok(())
    }

    async fn renew(&self, event: &TransferRequest, read: Option<&Version>) -> Result<(), PortError> {
        let key = ObjectKey::Open(&event.recording);
        let condition = read.map_or(Condition::Absent, |read| Condition::Is(&read.0));
        match self.bucket.put_json("s3 PutObject open", &key, event, condition).await {
            Ok(_) => Ok(()),
            // Another one is there; or, where S3 has nothing to compare with, it is finished meanwhile.
            Err(error) if matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl OpenMarkerRemove for S3OpenMarkers {
    async fn remove(&self, recording: &RecordingRef) -> Result<(), PortError> {
        let key = ObjectKey::Open(recording).to_string();
        let request = self.bucket.client.delete_object().bucket(&self.bucket.name).key(key);
        request.send().await.map_err(|error| port_error("s3 DeleteObject open", error))?;
        Ok(())
    }
}

impl OpenMarkerList for S3OpenMarkers {
    async fn organisations(&self) -> Result<OpenFolders, PortError> {
        let (folders, foreign) = self.bucket.folders(LIST, OPEN_PREFIX).await?;
        let mut found = OpenFolders { organisations: Vec::new(), foreign };
        for folder in folders {
            match organisation_of_open_folder(&folder) {
                Ok(organisation) => found.organisations.push(organisation),
                Err(_) => found.foreign.push(folder),
            }
        }
        Ok(found)
    }

    async fn page(&self, after: Option<&str>) -> Result<OpenPage, PortError> {
        Ok(page_of(self.bucket.list(LIST, OPEN_PREFIX, after).await?))
    }

    async fn page_of(
        &self,
        organisation: &Organisation,
        after: Option<&str>,
        most: u16,
    ) -> Result<OpenPage, PortError> {
        Ok(page_of(self.bucket.list_some(LIST, &open_folder(organisation), after, Some(most)).await?))
    }

    async fn read(&self, recording: &RecordingRef) -> Result<Option<OpenMarker>, PortError> {
        let found = self.bucket.get_json("s3 GetObject open", &ObjectKey::Open(recording)).await?;
        Ok(found.map(|found| OpenMarker { event: found.content, version: Version(found.etag) }))
    }
}

fn page_of(listed: Listed) -> OpenPage {
    let mut page = OpenPage { markers: Vec::new(), foreign: Vec::new(), next: listed.next };
    for object in listed.objects {
        let key = object.key.unwrap_or_default();
        // A marker of unknown age counts as one that nobody touched for long.
        let written_at = object.last_modified.and_then(moment).unwrap_or(Timestamp::UNIX_EPOCH);
        match recording_of_open_key(&key) {
            Ok(recording) => page.markers.push((recording, written_at)),
            Err(_) => page.foreign.push(key),
        }
    }
    page
}

#[cfg(test)]
#[path = "open_markers_tests.rs"]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;

use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::object_key::{ObjectKey, day_folder, recording_of_day_key};
use crate::ports::{DayIndex, DayIndexList, DayPage, PortError};
use crate::recording::{Organisation, RecordingRef};

/// The index by day: empty objects whose keys say everything. IAM: `s3:PutObject` on `days/*` to add, `s3:ListBucket`
/// with the prefix `days/*` to list.
#[derive(Debug, Clone)]
pub struct S3DayIndex {
    bucket: Bucket,
}

impl S3DayIndex {
    /// The index in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl DayIndex for S3DayIndex {
    async fn add(&self, recording: &RecordingRef, started_at: Timestamp) -> Result<(), PortError> {
        let key = ObjectKey::Day(recording, started_at);
        self.bucket.put("s3 PutObject days", &key, "application/x-empty", Vec::new(), Condition::Anyway).await?;
        Ok(())
    }
}

impl DayIndexList for S3DayIndex {
    async fn page(&self, organisation: &Organisation, day: Date, after: Option<&str>) -> Result<DayPage, PortError> {
        let listed = self.bucket.list("s3 ListObjectsV2 days", &day_folder(organisation, day), after).await?;
        let mut page = DayPage { recordings: Vec::new(), foreign: Vec::new(), next: listed.next };
        for object in listed.objects {
            let key = object.key.unwrap_or_default();
            match recording_of_day_key(&key) {
                Ok(entry) => page.recordings.push(entry),
                Err(_) => page.foreign.push(key),
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
#[path = "day_index_tests.rs"]
mod tests;

use jiff::Timestamp;

use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::object_key::ObjectKey;
use crate::ports::{DayIndex, PortError};
use crate::recording::RecordingRef;

/// The index by day: empty objects whose keys say everything. IAM: `s3:PutObject` on `days/*`.
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

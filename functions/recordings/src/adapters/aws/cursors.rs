use serde::{Deserialize, Serialize};

use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::object_key::ObjectKey;
use crate::ports::{CursorRead, Cursors, PortError};

/// Cursors of the sweeper's jobs under `cursors/`. IAM: `s3:GetObject` and `s3:PutObject` on `cursors/*`, `s3:ListBucket`.
#[derive(Debug, Clone)]
pub struct S3Cursors {
    bucket: Bucket,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    after: Option<String>,
}

impl S3Cursors {
    /// The cursors in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl CursorRead for S3Cursors {
    async fn last(&self, job: &'static str) -> Result<Option<String>, PortError> {
        let found = self.bucket.get_json::<Cursor>("s3 GetObject cursors", &ObjectKey::Cursor(job)).await?;
        Ok(found.and_then(|found| found.content.after))
    }
}

impl Cursors for S3Cursors {
    async fn read(&self, job: &'static str) -> Result<Option<String>, PortError> {
        self.last(job).await
    }

    async fn write(&self, job: &'static str, at: Option<&str>) -> Result<(), PortError> {
        let cursor = Cursor { after: at.map(str::to_owned) };
        let key = ObjectKey::Cursor(job);
        self.bucket.put_json("s3 PutObject cursors", &key, &cursor, Condition::Anyway).await?;
        Ok(())
    }
}

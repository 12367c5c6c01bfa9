use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::messages::CompletedCall;
use crate::object_key::ObjectKey;
use crate::ports::{CallNotes, PortError};

/// Notes of completed calls under `calls/`. IAM: `s3:PutObject` on `calls/*`.
#[derive(Debug, Clone)]
pub struct S3CallNotes {
    bucket: Bucket,
}

impl S3CallNotes {
    /// The notes in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl CallNotes for S3CallNotes {
    async fn put(&self, call: &CompletedCall) -> Result<(), PortError> {
        self.bucket.put_json("s3 PutObject calls", &ObjectKey::Call(&call.call), call, Condition::Anyway).await?;
        Ok(())
    }
}

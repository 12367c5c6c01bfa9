use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::object_key::ObjectKey;
use crate::ports::{AuditLog, AuditRecord, PortError};

/// One object per access to audio under `audit/`. IAM: `s3:PutObject` on `audit/*`.
#[derive(Debug, Clone)]
pub struct S3AuditLog {
    bucket: Bucket,
}

impl S3AuditLog {
    /// The log in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl AuditLog for S3AuditLog {
    /// The condition is what keeps a record from being changed.
    async fn append(&self, record: &AuditRecord) -> Result<(), PortError> {
        let key = ObjectKey::Audit(&record.organisation, record.at, record.number);
        self.bucket.put_json("s3 PutObject audit", &key, record, Condition::Absent).await?;
        Ok(())
    }
}

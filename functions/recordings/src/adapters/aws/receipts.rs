use super::bucket::Bucket;
use super::clients::Clients;
use crate::object_key::ObjectKey;
use crate::ports::{ErasureReceipt, ErasureReceipts, PortError, Put, Receipt, Receipts};

/// One object per deletion of audio, or step of an erasure, under `receipts/`. IAM: `s3:PutObject` on `receipts/*`.
#[derive(Debug, Clone)]
pub struct S3Receipts {
    bucket: Bucket,
}

impl S3Receipts {
    /// The receipts in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl Receipts for S3Receipts {
    async fn append(&self, receipt: &Receipt) -> Result<Put, PortError> {
        let key = ObjectKey::Receipt(&receipt.call, receipt.filed_at, receipt.number);
        self.bucket.create_json("s3 PutObject receipts", &key, receipt).await
    }
}

impl ErasureReceipts for S3Receipts {
    async fn append(&self, receipt: &ErasureReceipt) -> Result<Put, PortError> {
        let key = ObjectKey::Receipt(&receipt.call, receipt.asked_at, receipt.number);
        self.bucket.create_json("s3 PutObject receipts", &key, receipt).await
    }
}

#[cfg(test)]
#[path = "receipts_tests.rs"]
mod tests;

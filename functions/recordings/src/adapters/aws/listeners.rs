use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use super::errors::outrun;
use crate::live::Listeners;
use crate::object_key::ObjectKey;
use crate::ports::{ListenersRead, ListenersWrite, PortError, Version};
use crate::recording::Organisation;

/// One object per organisation under `connections/`, whose ETag is its version. IAM: `s3:GetObject` and `s3:PutObject` on
/// `connections/*`, and `s3:ListBucket`, without which S3 calls an absent object forbidden.
#[derive(Debug, Clone)]
pub struct S3Listeners {
    bucket: Bucket,
}

impl S3Listeners {
    /// Those who listen, in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl ListenersRead for S3Listeners {
    async fn get(&self, organisation: &Organisation) -> Result<Option<(Listeners, Version)>, PortError> {
        let found = self.bucket.get_json("s3 GetObject connections", &ObjectKey::Listeners(organisation)).await?;
        Ok(found.map(|found| (found.content, Version(found.etag))))
    }
}

impl ListenersWrite for S3Listeners {
    async fn swap(
        &self,
        organisation: &Organisation,
        listeners: &Listeners,
        read: Option<&Version>,
    ) -> Result<(), PortError> {
        let condition = read.map_or(Condition::Absent, |read| Condition::Is(&read.0));
        let key = ObjectKey::Listeners(organisation);
        let written = self.bucket.put_json("s3 PutObject connections", &key, listeners, condition).await;
        written.map(drop).map_err(outrun)
    }
}

#[cfg(test)]
#[path = "listeners_tests.rs"]
mod tests;

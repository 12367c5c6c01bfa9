use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use super::errors::outrun;
use crate::object_key::ObjectKey;
use crate::ports::{PortError, RetrievalRead, RetrievalWrite, Version};
use crate::recording::{Organisation, RetrievalId};
use crate::retrieval::Retrieval;

const READ: &str = "s3 GetObject job";
const WRITE: &str = "s3 PutObject job";

/// Jobs as JSON objects whose ETag is their version. IAM: `s3:GetObject` and `s3:PutObject` on `jobs/*`, and
/// `s3:ListBucket`, without which S3 calls an absent object forbidden.
#[derive(Debug, Clone)]
pub struct S3Retrievals {
    bucket: Bucket,
}

impl S3Retrievals {
    /// The jobs in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl RetrievalRead for S3Retrievals {
    async fn get(
        &self,
        organisation: &Organisation,
        id: &RetrievalId,
    ) -> Result<Option<(Retrieval, Version)>, PortError> {
        let found = self.bucket.get_json::<Retrieval>(READ, &ObjectKey::Retrieval(organisation, id)).await?;
        Ok(found.map(|found| (found.content, Version(found.etag))))
    }
}

impl RetrievalWrite for S3Retrievals {
    async fn create(&self, retrieval: &Retrieval) -> Result<Version, PortError> {
        let key = ObjectKey::Retrieval(&retrieval.organisation, &retrieval.id);
        self.bucket.put_json(WRITE, &key, retrieval, Condition::Absent).await.map(Version)
    }

    async fn replace(&self, retrieval: &Retrieval, read: &Version) -> Result<Version, PortError> {
        let key = ObjectKey::Retrieval(&retrieval.organisation, &retrieval.id);
        self.bucket.put_json(WRITE, &key, retrieval, Condition::Is(&read.0)).await.map(Version).map_err(outrun)
    }

    async fn last(&self, organisation: &Organisation) -> Result<Option<(RetrievalId, Version)>, PortError> {
        let found = self.bucket.get_json::<RetrievalId>(READ, &ObjectKey::LastRetrieval(organisation)).await?;
        Ok(found.map(|found| (found.content, Version(found.etag))))
    }

    async fn set_last(
        &self,
        organisation: &Organisation,
        id: &RetrievalId,
        read: Option<&Version>,
    ) -> Result<(), PortError> {
        let condition = read.map_or(Condition::Absent, |read| Condition::Is(&read.0));
        let written = self.bucket.put_json(WRITE, &ObjectKey::LastRetrieval(organisation), id, condition).await;
        written.map(drop).map_err(outrun)
    }
}

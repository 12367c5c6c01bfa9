use super::bucket::Bucket;
use super::clients::Clients;
use crate::ledger_entry::RetentionTag;
use crate::object_key::ObjectKey;
use crate::ports::{ErrorKind, PortError, TranscriptRead, TranscriptStore};
use crate::recording::{CallRef, Transcript};

/// One object per call under `transcripts/`. IAM: `s3:PutObject` with `s3:PutObjectTagging`, and `s3:GetObject` on `transcripts/*`, each where the
/// function uses that port, and `s3:ListBucket`, without which S3 calls an absent object forbidden.
#[derive(Debug, Clone)]
pub struct S3Transcripts {
    bucket: Bucket,
}

impl S3Transcripts {
    /// The transcripts in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl TranscriptStore for S3Transcripts {
    async fn put(&self, call: &CallRef, transcript: &Transcript, tag: RetentionTag) -> Result<(), PortError> {
        let key = ObjectKey::Transcript(call);
        self.bucket.put_retained_json("s3 PutObject transcripts", &key, transcript, tag).await
    }

    async fn tag(&self, call: &CallRef, tag: RetentionTag) -> Result<(), PortError> {
        match self.bucket.tag("s3 PutObjectTagging transcripts", &ObjectKey::Transcript(call).to_string(), tag).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            tagged => tagged,
        }
    }
}

impl TranscriptRead for S3Transcripts {
    async fn get(&self, call: &CallRef) -> Result<Option<Transcript>, PortError> {
        let found = self.bucket.get_json("s3 GetObject transcripts", &ObjectKey::Transcript(call)).await?;
        Ok(found.map(|found| found.content))
    }
}

#[cfg(test)]
#[path = "transcripts_tests.rs"]
mod tests;

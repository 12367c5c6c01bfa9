use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::ledger_entry::LedgerEntry;
use crate::object_key::{ObjectKey, entries_of, recording_of_ledger_key};
use crate::ports::{CallEntries, ErrorKind, LedgerRead, LedgerWrite, PortError, Version, Versioned};
use crate::recording::{CallRef, RecordingRef};

/// Ledger entries as JSON objects whose ETag is their version. IAM: `s3:GetObject` and `s3:PutObject` on `ledger/*`,
/// and `s3:ListBucket`, without which S3 calls an absent object forbidden.
#[derive(Debug, Clone)]
pub struct S3Ledger {
    bucket: Bucket,
}

impl S3Ledger {
    /// The ledger in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl LedgerRead for S3Ledger {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
        const OPERATION: &str = "s3 GetObject ledger";
        let key = ObjectKey::Ledger(recording);
        let Some(found) = self.bucket.get_json::<LedgerEntry>(OPERATION, &key).await? else { return Ok(None) };
        if found.content.recording != *recording {
            let detail = format!("{key} is the entry of another recording");
            return Err(PortError::new(ErrorKind::Invalid, OPERATION, detail));
        }
        Ok(Some(Versioned { entry: found.content, version: Version(found.etag) }))
    }
}

impl CallEntries for S3Ledger {
    async fn list(&self, call: &CallRef) -> Result<Vec<RecordingRef>, PortError> {
        let listed = self.bucket.list("s3 ListObjectsV2 ledger", &entries_of(call), None).await?;
        let keys = listed.objects.into_iter().filter_map(|object| object.key);
        Ok(keys.filter_map(|key| recording_of_ledger_key(&key).ok()).collect())
    }
}

impl LedgerWrite for S3Ledger {
    async fn create(&self, entry: &LedgerEntry) -> Result<Version, PortError> {
        let key = ObjectKey::Ledger(&entry.recording);
        self.bucket.put_json("s3 PutObject ledger", &key, entry, Condition::Absent).await.map(Version)
    }

    async fn replace(&self, entry: &LedgerEntry, read: &Version) -> Result<Version, PortError> {
        let key = ObjectKey::Ledger(&entry.recording);
        let written = self.bucket.put_json("s3 PutObject ledger", &key, entry, Condition::Is(&read.0)).await;
        written.map(Version).map_err(|mut error| {
            // S3 has no entry to compare with: what was read is not the newest any more.
            if error.kind == ErrorKind::NotFound {
                error.kind = ErrorKind::Conflict;
            }
            error
        })
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;

use jiff::Timestamp;

use super::bucket::{Bucket, Condition, moment};
use super::clients::Clients;
use super::errors::port_error;
use crate::messages::CompletedCall;
use crate::object_key::{CALLS_PREFIX, ObjectKey, call_of_note_key, markers_of};
use crate::ports::{CallNoteList, CallNotePage, CallNoteRemove, CallNotes, CallRecordings, PortError};
use crate::recording::CallRef;

/// Notes of completed calls under `calls/`, and what is known of their recordings. IAM: `s3:PutObject`,
/// `s3:GetObject`, `s3:DeleteObject` on `calls/*` and `s3:ListBucket`, each where the function uses that port.
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

impl CallNoteList for S3CallNotes {
    async fn page(&self, after: Option<&str>) -> Result<CallNotePage, PortError> {
        let listed = self.bucket.list("s3 ListObjectsV2 calls", CALLS_PREFIX, after).await?;
        let mut page = CallNotePage { calls: Vec::new(), foreign: Vec::new(), next: listed.next };
        for object in listed.objects {
            let key = object.key.unwrap_or_default();
            // A note of unknown age counts as an old one.
            let written_at = object.last_modified.and_then(moment).unwrap_or(Timestamp::UNIX_EPOCH);
            match call_of_note_key(&key) {
                Ok(call) => page.calls.push((call, written_at)),
                Err(_) => page.foreign.push(key),
            }
        }
        Ok(page)
    }

    async fn read(&self, call: &CallRef) -> Result<Option<CompletedCall>, PortError> {
        let found = self.bucket.get_json("s3 GetObject calls", &ObjectKey::Call(call)).await?;
        Ok(found.map(|found| found.content))
    }
}

impl CallNoteRemove for S3CallNotes {
    async fn remove(&self, call: &CallRef) -> Result<(), PortError> {
        let key = ObjectKey::Call(call).to_string();
        let request = self.bucket.client.delete_object().bucket(&self.bucket.name).key(key);
        request.send().await.map_err(|error| port_error("s3 DeleteObject calls", error))?;
        Ok(())
    }
}

impl CallRecordings for S3CallNotes {
    async fn has_marker(&self, call: &CallRef) -> Result<bool, PortError> {
        let listed = self.bucket.list("s3 ListObjectsV2 open", &markers_of(call), None).await?;
        Ok(!listed.objects.is_empty())
    }
}

#[cfg(test)]
#[path = "call_notes_tests.rs"]
mod tests;

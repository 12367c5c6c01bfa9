use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::call_control::CallControl;
use crate::object_key::ObjectKey;
use crate::ports::{CallControlRead, CallControlWrite, ErrorKind, PortError, Version, VersionedControl};
use crate::recording::CallRef;

/// One JSON object per call about which anything was decided, whose ETag is its version. IAM: `s3:GetObject` and
/// `s3:PutObject` on `ledger/*`, and `s3:ListBucket`, without which S3 calls an absent object forbidden.
#[derive(Debug, Clone)]
pub struct S3CallControl {
    bucket: Bucket,
}

impl S3CallControl {
    /// The decisions in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl CallControlRead for S3CallControl {
    async fn get(&self, call: &CallRef) -> Result<Option<VersionedControl>, PortError> {
        const OPERATION: &str = "s3 GetObject control";
        let key = ObjectKey::Control(call);
        let Some(found) = self.bucket.get_json::<CallControl>(OPERATION, &key).await? else { return Ok(None) };
        if found.content.call != *call {
            let detail = format!("{key} is about another call");
            return Err(PortError::new(ErrorKind::Invalid, OPERATION, detail));
        }
        Ok(Some(VersionedControl { control: found.content, version: Version(found.etag) }))
    }
}

impl CallControlWrite for S3CallControl {
    async fn write(&self, control: &CallControl, read: Option<&Version>) -> Result<Version, PortError> {
        let key = ObjectKey::Control(&control.call);
        let condition = read.map_or(Condition::Absent, |read| Condition::Is(&read.0));
        let written = self.bucket.put_json("s3 PutObject control", &key, control, condition).await;
        written.map(Version).map_err(|mut error| {
            // S3 has nothing to compare with: what was read is not the newest any more.
            if error.kind == ErrorKind::NotFound {
                error.kind = ErrorKind::Conflict;
            }
            error
        })
    }
}

#[cfg(test)]
#[path = "call_control_tests.rs"]
mod tests;

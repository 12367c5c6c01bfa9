use jiff::civil::Date;

use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::object_key::{AccessPlace, ObjectKey, access_of_audit_key, audit_folder};
use crate::ports::{Access, AuditLog, AuditPage, AuditRead, AuditRecord, PortError};
use crate::recording::Organisation;

/// One object per access to audio under `audit/`. IAM: `s3:PutObject` on `audit/*` to append; `s3:ListBucket` with the prefix
/// `audit/*` and `s3:GetObject` there to show.
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
        let key = ObjectKey::Audit(&record.recording, record.at, record.number);
        self.bucket.put_json("s3 PutObject audit", &key, record, Condition::Absent).await?;
        Ok(())
    }
}

impl AuditRead for S3AuditLog {
    async fn page(&self, organisation: &Organisation, day: Date, after: Option<&str>) -> Result<AuditPage, PortError> {
        let listed = self.bucket.list("s3 ListObjectsV2 audit", &audit_folder(organisation, day), after).await?;
        let mut page = AuditPage { next: listed.next, ..AuditPage::default() };
        for key in listed.objects.into_iter().filter_map(|object| object.key) {
            match access_of_audit_key(&key) {
                Ok(access) => page.accesses.push(access),
                Err(_) => page.foreign.push(key),
            }
        }
        Ok(page)
    }

    async fn read(&self, place: &AccessPlace) -> Result<Option<Access>, PortError> {
        let key = ObjectKey::Audit(&place.recording, place.at, place.number);
        Ok(self.bucket.get_json("s3 GetObject audit", &key).await?.map(|found| found.content))
    }
}

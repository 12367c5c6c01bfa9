use std::future::Future;

use super::PortError;

/// Tells how the bucket itself is set, of which nothing else asks. IAM: `s3:GetLifecycleConfiguration`,
/// `s3:GetEncryptionConfiguration`, `s3:GetBucketPublicAccessBlock` on the bucket.
pub trait BucketLook: Sync {
    /// Its rules of deletion and of cheaper storage; none where it has none.
    fn lifecycle(&self) -> impl Future<Output = Result<Vec<LifecycleRule>, PortError>> + Send;

    /// With what it encrypts what is written without a word about it.
    fn encryption(&self) -> impl Future<Output = Result<BucketEncryption, PortError>> + Send;

    /// What it refuses to let the whole world do.
    fn public_access(&self) -> impl Future<Output = Result<PublicAccess, PortError>> + Send;
}

/// A lifecycle rule, as far as it deletes or moves what is current.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its id.
    pub id: String,
    /// Whether it is on.
    pub enabled: bool,
    /// What the keys begin with that it is about; every key where it is empty.
    pub prefix: String,
    /// The tags that it asks for, all of them.
    pub tags: Vec<(String, String)>,
    /// When it deletes; a rule that does not has none.
    pub expires: Option<Expires>,
    /// After how many days it moves to STANDARD_IA.
    pub infrequent_after_days: Option<u32>,
}

/// When a rule deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    /// So many days after the writing.
    AfterDays(u32),
    /// On a day, whatever there is by then.
    OnADay,
}

/// With what a bucket encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketEncryption {
    /// With a key of S3's own.
    S3Managed,
    /// With KMS, and this key where it is not AWS's own.
    Kms(Option<String>),
    /// In a way that is not known here, or not at all.
    Other,
}

/// The four switches of S3's Block Public Access, of the bucket alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublicAccess {
    /// New lists that let everybody in are refused.
    pub block_acls: bool,
    /// Lists that let everybody in are of no effect.
    pub ignore_acls: bool,
    /// New policies that let everybody in are refused.
    pub block_policy: bool,
    /// Policies that let everybody in are of no effect.
    pub restrict_buckets: bool,
}

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{
    ExpirationStatus, LifecycleRule as Rule, LifecycleRuleFilter, ServerSideEncryption, Tag, TransitionStorageClass,
};

use super::clients::Clients;
use super::errors::port_error;
use crate::ports::{BucketEncryption, BucketLook, Expires, LifecycleRule, PortError, PublicAccess};

const LIFECYCLE: &str = "s3 GetBucketLifecycleConfiguration";
const ENCRYPTION: &str = "s3 GetBucketEncryption";
const PUBLIC_ACCESS: &str = "s3 GetPublicAccessBlock";

/// How the bucket is set. IAM: `s3:GetLifecycleConfiguration`, `s3:GetEncryptionConfiguration` and
/// `s3:GetBucketPublicAccessBlock` on it.
#[derive(Debug, Clone)]
pub struct S3BucketLook {
    client: Client,
    bucket: String,
}

impl S3BucketLook {
    /// The settings of a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { client: clients.s3(), bucket: bucket.to_owned() }
    }
}

/// What is not set at all is answered by an error of its own.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
impl BucketLook for S3BucketLook {
    async fn lifecycle(&self) -> Result<Vec<LifecycleRule>, PortError> {
        let sent = self.client.get_bucket_lifecycle_configuration().bucket(&self.bucket).send().await;
        let rules = match sent {
            Ok(answer) => answer.rules.unwrap_or_default(),
            Err(error) if is(&error, "NoSuchLifecycleConfiguration") => Vec::new(),
            Err(error) => return Err(port_error(LIFECYCLE, error)),
        };
        Ok(rules.iter().map(rule).collect())
    }

    async fn encryption(&self) -> Result<BucketEncryption, PortError> {
        let sent = self.client.get_bucket_encryption().bucket(&self.bucket).send().await;
        let rules = match sent {
            Ok(answer) => answer.server_side_encryption_configuration.map(|set| set.rules).unwrap_or_default(),
            Err(error) if is(&error, "ServerSideEncryptionConfigurationNotFoundError") => Vec::new(),
            Err(error) => return Err(port_error(ENCRYPTION, error)),
        };
        let default = rules.into_iter().find_map(|rule| rule.apply_server_side_encryption_by_default);
        Ok(default.map_or(BucketEncryption::Other, |default| match default.sse_algorithm {
            ServerSideEncryption::Aes256 => BucketEncryption::S3Managed,
            ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse => {
                BucketEncryption::Kms(default.kms_master_key_id)
            }
            _ => BucketEncryption::Other,
        }))
    }

    async fn public_access(&self) -> Result<PublicAccess, PortError> {
        let sent = self.client.get_public_access_block().bucket(&self.bucket).send().await;
        let set = match sent {
            Ok(answer) => answer.public_access_block_configuration,
            Err(error) if is(&error, "NoSuchPublicAccessBlockConfiguration") => None,
            Err(error) => return Err(port_error(PUBLIC_ACCESS, error)),
        };
        Ok(set.map_or_else(PublicAccess::default, |set| PublicAccess {
            block_acls: set.block_public_acls == Some(true),
            ignore_acls: set.ignore_public_acls == Some(true),
            block_policy: set.block_public_policy == Some(true),
            restrict_buckets: set.restrict_public_buckets == Some(true),
        }))
    }
}

fn is<E: ProvideErrorMetadata>(error: &SdkError<E>, code: &str) -> bool {
    error.code() == Some(code)
}

fn rule(rule: &Rule) -> LifecycleRule {
    let expiration = rule.expiration.as_ref();
    let after_days = expiration.and_then(|expiration| expiration.days).and_then(days);
    let expires = after_days.map(Expires::AfterDays);
    let infrequent = rule.transitions.iter().flatten().filter_map(|transition| {
        (transition.storage_class == Some(TransitionStorageClass::StandardIa)).then_some(transition.days?)
    });
    let (prefix, tags) = scope(rule);
    LifecycleRule {
        id: rule.id.clone().unwrap_or_default(),
        enabled: rule.status == ExpirationStatus::Enabled,
        prefix,
        tags,
        expires: expires.or(expiration.and_then(|expiration| expiration.date).map(|_| Expires::OnADay)),
        infrequent_after_days: infrequent.min().and_then(days),
    }
}

fn days(days: i32) -> Option<u32> {
    u32::try_from(days).ok()
}

/// What a rule is about: by its filter, or as older rules say it.
#[expect(deprecated, reason = "a rule may be as old as that")]
fn scope(rule: &Rule) -> (String, Vec<(String, String)>) {
    let pair = |tag: &Tag| (tag.key.clone(), tag.value.clone());
    let Some(LifecycleRuleFilter { prefix, tag, and, .. }) = &rule.filter else {
        return (rule.prefix.clone().unwrap_or_default(), Vec::new());
    };
    let all = and.as_ref();
    let prefix = prefix.as_ref().or(all.and_then(|all| all.prefix.as_ref())).cloned().unwrap_or_default();
    let tags = tag.iter().chain(all.into_iter().flat_map(|all| all.tags.iter().flatten()));
    (prefix, tags.map(pair).collect())
}

#[cfg(test)]
#[path = "bucket_look_tests.rs"]
mod tests;

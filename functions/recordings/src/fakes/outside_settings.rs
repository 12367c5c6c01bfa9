use std::collections::BTreeMap;

use super::World;
use super::call::reads;
use crate::ports::{
    BucketEncryption, BucketLook, ErrorKind, Expires, LifecycleRule, NumberSetting, NumberSettings, PhoneNumbers,
    PortError, PublicAccess,
};
use crate::recording::Organisation;

/// How the bucket is set, which the fakes themselves do not mind.
#[derive(Debug, Clone)]
pub struct BucketSettings {
    /// Its rules.
    pub lifecycle: Vec<LifecycleRule>,
    /// With what it encrypts.
    pub encryption: BucketEncryption,
    /// What it refuses.
    pub public_access: PublicAccess,
}

/// A bucket as the template's defaults make it.
impl Default for BucketSettings {
    fn default() -> Self {
        let rule = |id: &str, prefix: &str, tag: Option<&str>, days| LifecycleRule {
            id: id.to_owned(),
            enabled: true,
            prefix: prefix.to_owned(),
            tags: tag.map(|value| ("retention".to_owned(), value.to_owned())).into_iter().collect(),
            expires: Some(Expires::AfterDays(days)),
            infrequent_after_days: tag.map(|_| 90),
        };
        Self {
            lifecycle: vec![
                rule("RecordingRetention", "recordings/", Some("standard"), 365),
                rule("ImportantRetention", "recordings/", Some("important"), 2_555),
                rule("OrphanRetention", "orphans/", None, 30),
                LifecycleRule { id: "NoncurrentVersions".to_owned(), enabled: true, ..LifecycleRule::default() },
            ],
            encryption: BucketEncryption::S3Managed,
            public_access: PublicAccess {
                block_acls: true,
                ignore_acls: true,
                block_policy: true,
                restrict_buckets: true,
            },
        }
    }
}

/// The phone numbers of each organisation's account.
#[derive(Default)]
pub(super) struct Numbers(BTreeMap<Organisation, Vec<NumberSetting>>);

impl BucketLook for World {
    async fn lifecycle(&self) -> Result<Vec<LifecycleRule>, PortError> {
        self.call(reads("BucketLook", "lifecycle"), "", |state| Ok(state.bucket.lifecycle.clone())).await
    }

    async fn encryption(&self) -> Result<BucketEncryption, PortError> {
        self.call(reads("BucketLook", "encryption"), "", |state| Ok(state.bucket.encryption.clone())).await
    }

    async fn public_access(&self) -> Result<PublicAccess, PortError> {
        self.call(reads("BucketLook", "public_access"), "", |state| Ok(state.bucket.public_access)).await
    }
}

impl PhoneNumbers for World {
    async fn numbers(&self, organisation: &Organisation) -> Result<NumberSettings, PortError> {
        let organisation = organisation.clone();
        self.call(reads("PhoneNumbers", "numbers"), organisation.clone(), move |state| {
            if state.secrets.twilio(&organisation).is_none() {
                return Err(PortError::new(ErrorKind::Refused, "list numbers", "the organisation has no account"));
            }
            let numbers = state.phone_numbers.0.get(&organisation).cloned().unwrap_or_default();
            Ok(NumberSettings { numbers, strange: 0 })
        })
        .await
    }
}

impl World {
    /// Sets the bucket.
    pub fn set_bucket(&self, settings: BucketSettings) {
        self.state().bucket = settings;
    }

    /// Gives an organisation's account a phone number.
    pub fn put_number(&self, organisation: &Organisation, number: NumberSetting) {
        self.state().phone_numbers.0.entry(organisation.clone()).or_default().push(number);
    }
}

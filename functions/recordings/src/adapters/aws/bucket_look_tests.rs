use super::super::wire::{Wire, answer, s3_error};
use super::*;
use crate::ports::ErrorKind;

fn xml(body: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    answer(200, &[("content-type", "application/xml")], body)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn rules_are_read_in_each_of_their_forms() {
    let (wire, clients) = Wire::with([xml(include_str!("fixtures/lifecycle.xml"))]);
    let rules = S3BucketLook::new(&clients, "bucket").lifecycle().await.unwrap();
    let expected = [
        LifecycleRule {
            id: "RecordingRetention".to_owned(),
            enabled: true,
            prefix: "recordings/".to_owned(),
            tags: vec![pair("retention", "standard")],
            expires: Some(Expires::AfterDays(365)),
            infrequent_after_days: Some(90),
        },
        LifecycleRule {
            id: "OrphanRetention".to_owned(),
            enabled: true,
            prefix: "orphans/".to_owned(),
            expires: Some(Expires::AfterDays(30)),
            ..LifecycleRule::default()
        },
        LifecycleRule {
            id: "ByTag".to_owned(),
            tags: vec![pair("team", "a")],
            expires: Some(Expires::OnADay),
            ..LifecycleRule::default()
        },
        LifecycleRule { id: "NoncurrentVersions".to_owned(), enabled: true, ..LifecycleRule::default() },
        LifecycleRule {
            id: "Old".to_owned(),
            enabled: true,
            prefix: "old/".to_owned(),
            expires: Some(Expires::AfterDays(1)),
            ..LifecycleRule::default()
        },
    ];
    assert_eq!(rules, expected);
    assert!(
        wire.only().line.starts_with("GET ") && wire.only().line.ends_with("/bucket/?lifecycle"),
        "{}",
        wire.only().line
    );
}

#[tokio::test]
async fn a_bucket_without_rules_has_none_and_a_refusal_says_nothing() {
    let (_, clients) = Wire::with([
        s3_error(404, "NoSuchLifecycleConfiguration"),
        s3_error(403, "AccessDenied"),
        s3_error(404, "NoSuchBucket"),
    ]);
    let bucket = S3BucketLook::new(&clients, "bucket");
    assert_eq!(bucket.lifecycle().await.unwrap(), []);
    assert_eq!(bucket.lifecycle().await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(bucket.lifecycle().await.unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test]
async fn the_encryption_is_read() {
    let set = |default: &str| {
        xml(&format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>{default}\
             </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
        ))
    };
    let key = "arn:aws:kms:eu-central-1:123456789012:key/1";
    let (_, clients) = Wire::with([
        set("<SSEAlgorithm>AES256</SSEAlgorithm>"),
        set(&format!("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID>")),
        set("<SSEAlgorithm>aws:kms</SSEAlgorithm>"),
        set("<SSEAlgorithm>aws:fsx</SSEAlgorithm>"),
        s3_error(404, "ServerSideEncryptionConfigurationNotFoundError"),
        s3_error(403, "AccessDenied"),
    ]);
    let bucket = S3BucketLook::new(&clients, "bucket");
    for expected in [
        BucketEncryption::S3Managed,
        BucketEncryption::Kms(Some(key.to_owned())),
        BucketEncryption::Kms(None),
        BucketEncryption::Other,
        BucketEncryption::Other,
    ] {
        assert_eq!(bucket.encryption().await.unwrap(), expected);
    }
    assert_eq!(bucket.encryption().await.unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test]
async fn what_is_not_blocked_is_open() {
    let partly = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                  <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>\
                  </PublicAccessBlockConfiguration>";
    let (_, clients) =
        Wire::with([xml(partly), s3_error(404, "NoSuchPublicAccessBlockConfiguration"), s3_error(403, "AccessDenied")]);
    let bucket = S3BucketLook::new(&clients, "bucket");
    let lists_only = PublicAccess { block_acls: true, ignore_acls: true, ..PublicAccess::default() };
    assert_eq!(bucket.public_access().await.unwrap(), lists_only);
    assert_eq!(bucket.public_access().await.unwrap(), PublicAccess::default());
    assert_eq!(bucket.public_access().await.unwrap_err().kind, ErrorKind::Refused);
}

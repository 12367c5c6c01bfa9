use recordings::adapters::aws::{
    Clients, S3AudioStore, S3AuditLog, S3BucketLook, S3Cursors, S3Ledger, S3OpenMarkers, SecretsManager,
};
use recordings::adapters::system::{SystemClock, SystemRandom};
use recordings::contract;
use recordings::fakes::BucketSettings;
use recordings::ports::{BucketLook, Clock, Random, SecretSource};
use recordings::recording::Organisation;

use crate::{fresh_names, stack};

async fn clients() -> (Clients, String) {
    let stack = stack().await;
    let access = stack.aws();
    let clients =
        Clients::for_endpoint(&access.endpoint, access.region, access.access_key_id, access.secret_access_key)
            .expect("roots");
    (clients, stack.outputs().bucket_name.clone())
}

#[tokio::test]
async fn the_ledger_in_s3_keeps_its_contract() {
    let (clients, bucket) = clients().await;
    contract::ledger(&S3Ledger::new(&clients, &bucket), &fresh_names()).await;
}

#[tokio::test]
async fn the_open_markers_in_s3_keep_their_contract() {
    let (clients, bucket) = clients().await;
    let markers = S3OpenMarkers::new(&clients, &bucket);
    contract::open_markers(&markers, &markers, &markers, &fresh_names()).await;
}

#[tokio::test]
async fn the_audio_store_in_s3_keeps_its_contract() {
    let (clients, bucket) = clients().await;
    contract::audio_store(&S3AudioStore::new(&clients, &bucket, None), &fresh_names()).await;
}

#[tokio::test]
async fn uploads_in_parts_keep_their_contract() {
    const PART_BYTES: usize = 5 * 1024 * 1024;
    let (clients, bucket) = clients().await;
    let store = S3AudioStore::new(&clients, &bucket, None);
    contract::multipart(&store, &fresh_names(), PART_BYTES).await;
    contract::multipart_refusals(&store, &fresh_names()).await;
}

#[tokio::test]
async fn the_indexes_in_s3_keep_their_contract() {
    let (clients, bucket) = clients().await;
    let names = fresh_names();
    contract::audit_log(&S3AuditLog::new(&clients, &bucket), &names, SystemRandom.number()).await;
    contract::cursors(&S3Cursors::new(&clients, &bucket), "contract").await;
}

#[tokio::test]
async fn the_deployed_secret_is_read() {
    let (clients, _) = clients().await;
    let secrets = SecretsManager::new(&clients, &stack().await.outputs().secret_arn, SystemClock);
    let secrets = secrets.current().await.expect("the secret is readable");
    let organisation = Organisation::default_organisation();
    assert_eq!(secrets.twilio(&organisation).unwrap().account_sid.as_str(), stack().await.secret().account.sid);
}

#[tokio::test]
async fn the_deployed_installation_knows_its_age() {
    let (clients, _) = clients().await;
    let secrets = SecretsManager::new(&clients, &stack().await.outputs().secret_arn, SystemClock);
    contract::installation(&secrets, SystemClock.now()).await;
    contract::secret_age(&secrets, SystemClock.now()).await;
}

#[tokio::test]
async fn the_deployed_bucket_is_set_as_the_template_says() {
    let (clients, bucket) = clients().await;
    let look = S3BucketLook::new(&clients, &bucket);
    let rules = look.lifecycle().await.expect("the rules are readable");
    let BucketSettings { lifecycle, encryption, public_access } = BucketSettings::default();
    for rule in lifecycle {
        assert!(rules.contains(&rule), "{rule:?} is not among {rules:#?}");
    }
    contract::bucket_look(&look, &rules, &encryption, public_access).await;
}

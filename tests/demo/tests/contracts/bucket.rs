//! What the sweeper's jobs need of a bucket, on an emulator of its own, so that its lists hold nothing else.

use recordings::adapters::aws::{
    Clients, S3AudioLists, S3AudioStore, S3CallControl, S3CallNotes, S3DayIndex, S3Ledger, S3Listeners, S3OpenMarkers,
    S3Orphans, S3Receipts, S3Retrievals, S3Traces, S3Transcripts, S3Waveforms,
};
use recordings::contract;
use recordings::object_key::{AudioKey, ObjectKey};
use recordings::ports::AudioLook;
use runtime::Aws;

use crate::fresh_names;

const BUCKET: &str = "bucket";

async fn bucket() -> (Aws, Clients) {
    let aws = Aws::start().await;
    aws.create_bucket(BUCKET).await;
    let clients = Clients::for_endpoint(aws.endpoint(), "us-east-1", "test", "test").expect("roots");
    (aws, clients)
}

#[tokio::test]
async fn the_lists_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    let (lists, store) = (S3AudioLists::new(&clients, BUCKET), S3AudioStore::new(&clients, BUCKET, None));
    contract::day_index(&S3DayIndex::new(&clients, BUCKET), &fresh_names()).await;
    contract::audio_list(&lists, &store, &fresh_names()).await;
    contract::upload_list(&lists, &store, &fresh_names()).await;
}

/// The emulator copies over what is there, whatever the condition says, so `orphans_that_meet` is not for it.
#[tokio::test]
async fn orphans_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    let store = S3AudioStore::new(&clients, BUCKET, None);
    let aside = async |key: &AudioKey| {
        let key = serde_json::Value::String(ObjectKey::Orphan(key).to_string());
        store.look(&serde_json::from_value(key).expect("a key")).await.expect("a look")
    };
    let (orphans, lists) = (S3Orphans::new(&clients, BUCKET, None), S3AudioLists::new(&clients, BUCKET));
    contract::orphans(&orphans, &store, &lists, aside, &fresh_names()).await;
}

#[tokio::test]
async fn the_notes_of_calls_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    let notes = S3CallNotes::new(&clients, BUCKET);
    contract::call_notes(&notes, &fresh_names()).await;
    let (ledger, markers) = (S3Ledger::new(&clients, BUCKET), S3OpenMarkers::new(&clients, BUCKET));
    contract::call_recordings(&notes, &ledger, &markers, &fresh_names()).await;
    contract::call_entries(&ledger, &ledger, &fresh_names()).await;
}

#[tokio::test]
async fn receipts_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    contract::receipts(&S3Receipts::new(&clients, BUCKET), &fresh_names()).await;
}

#[tokio::test]
async fn transcripts_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    let transcripts = S3Transcripts::new(&clients, BUCKET);
    contract::transcripts(&transcripts, &transcripts, &fresh_names()).await;
}

#[tokio::test]
async fn waveforms_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    let waveforms = S3Waveforms::new(&clients, BUCKET);
    contract::waveforms(&waveforms, &waveforms, &fresh_names()).await;
}

#[tokio::test]
async fn who_listens_in_s3_keeps_its_contract() {
    let (_aws, clients) = bucket().await;
    contract::listeners(&S3Listeners::new(&clients, BUCKET), &fresh_names()).await;
}

#[tokio::test]
async fn what_is_decided_about_calls_and_recordings_in_s3_keeps_its_contract() {
    let (_aws, clients) = bucket().await;
    contract::call_control(&S3CallControl::new(&clients, BUCKET), &fresh_names()).await;
    contract::audio_tag(&S3AudioStore::new(&clients, BUCKET, None), &fresh_names()).await;
    contract::erasure_receipts(&S3Receipts::new(&clients, BUCKET), &fresh_names()).await;
}

/// What an erasure removes is gone from a bucket that keeps every version, and from one that keeps none.
#[tokio::test]
async fn what_is_left_of_a_call_in_s3_keeps_its_contract() {
    for keeps_versions in [false, true] {
        let (aws, clients) = bucket().await;
        if keeps_versions {
            aws.keep_versions(BUCKET).await;
        }
        let (traces, store) = (S3Traces::new(&clients, BUCKET), S3AudioStore::new(&clients, BUCKET, None));
        let (markers, controls) = (S3OpenMarkers::new(&clients, BUCKET), S3CallControl::new(&clients, BUCKET));
        contract::traces(&traces, &store, &markers, &controls, keeps_versions, &fresh_names()).await;
    }
}

#[tokio::test]
async fn jobs_in_s3_keep_their_contract() {
    let (_aws, clients) = bucket().await;
    contract::retrievals(&S3Retrievals::new(&clients, BUCKET), &fresh_names(), 7).await;
}

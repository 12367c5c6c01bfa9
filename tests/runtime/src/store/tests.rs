use hyper::StatusCode;
use recordings::adapters::aws::{Clients, S3AudioStore, S3DayIndex, S3Ledger, SecretsManager};
use recordings::adapters::system::SystemClock;
use recordings::audio::Container;
use recordings::contract::{self, Names};
use recordings::fakes::sample;
use recordings::object_key::AudioPrefix;
use recordings::ports::{AudioObject, AudioRead, AudioStore, Clock, DayIndex, Put, SecretSource};

use super::sums::{Sums, crc64nvme};
use super::*;
use crate::Surroundings;
use crate::aws::{REGION, ROOT_USER};

const BUCKET: &str = "bucket";

/// The store without anything behind it, and who speaks to it as the functions do.
async fn store() -> (Store, Clients) {
    let nowhere = "http://localhost:1";
    let store = Store::in_front_of(nowhere, BUCKET).await;
    let clients = clients(&store);
    (store, clients)
}

fn clients(store: &Store) -> Clients {
    Clients::for_endpoint(store.endpoint(), REGION, ROOT_USER, ROOT_USER).unwrap()
}

fn names(seed: u64) -> Names {
    Names::new(seed, AudioPrefix::parse("recordings/").unwrap())
}

fn object() -> AudioObject {
    let (recording, prefix) = (sample::recording(1), AudioPrefix::parse("recordings/").unwrap());
    let key = prefix.audio_key(&recording, SystemClock.now(), None, Container::Wav);
    AudioObject { key, recording, container: Container::Wav }
}

#[tokio::test]
async fn it_keeps_the_contracts_that_s3_keeps() {
    const PART_BYTES: usize = 5 * 1024 * 1024;
    let (store, clients) = store().await;
    let audio = S3AudioStore::new(&clients, BUCKET, None);
    contract::ledger(&S3Ledger::new(&clients, BUCKET), &names(1)).await;
    contract::audio_store(&audio, &names(2)).await;
    contract::multipart(&audio, &names(3), PART_BYTES).await;
    contract::multipart_refusals(&audio, &names(4)).await;
    assert_eq!(store.uploads_under_way(), 0);
    contract::multipart_small_parts(&audio, &names(5)).await;
}

#[tokio::test]
async fn what_comes_in_parts_is_added_up_and_not_kept() {
    let (store, clients) = store().await;
    let (audio, object) = (S3AudioStore::new(&clients, BUCKET, None), object());
    let (first, last) = (Bytes::from(vec![1; 5 * 1024 * 1024]), Bytes::from(vec![2; 1_000]));
    let whole = Sums::of(&[first.clone(), last.clone()].concat());

    let upload = audio.begin(&object).await.unwrap();
    let mut parts = Vec::new();
    // The last comes early, and the first twice.
    for (number, bytes) in [(2, &last), (1, &first), (1, &first)] {
        parts.insert(0, audio.part(&upload, number, bytes.clone(), &crc64nvme(bytes)).await.unwrap());
    }
    parts.remove(0);
    assert_eq!(audio.complete(&upload, &parts, whole.bytes, &whole.crc64nvme()).await.unwrap(), Put::Created);

    let stored = store.object(object.key.as_str()).unwrap();
    assert_eq!((stored.bytes, &stored.sha256), (whole.bytes, &whole.sha256()));
    assert_eq!((stored.content, stored.requests), (None, 3));
    assert_eq!(store.keys("recordings/"), [object.key.to_string()]);
    assert!(audio.read(&object.key).await.is_err(), "what is not there cannot be read");
}

#[tokio::test]
async fn a_part_that_replaces_another_is_refused_because_it_cannot_be_added_up() {
    let (_store, clients) = store().await;
    let audio = S3AudioStore::new(&clients, BUCKET, None);
    let upload = audio.begin(&object()).await.unwrap();
    for (bytes, is_taken) in [("these", true), ("these", true), ("those", false)] {
        let sent = audio.part(&upload, 1, bytes.into(), &crc64nvme(bytes.as_bytes())).await;
        assert_eq!(sent.is_ok(), is_taken, "{bytes}");
    }
}

#[tokio::test]
async fn what_it_does_not_know_is_refused() {
    let (store, _) = store().await;
    let http = Http::new();
    for (method, path) in [("GET", "key?list-type=2"), ("PUT", "key?tagging"), ("POST", "key"), ("PATCH", "key")] {
        let request = Request::builder().method(method).uri(format!("{}/{BUCKET}/{path}", store.endpoint()));
        let (status, _) = http.send(request.body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{method} {path}");
    }
}

#[tokio::test]
async fn other_services_requests_go_to_the_emulator() {
    let aws = Aws::start().await;
    let arn = aws.create_secret("tapeline", &Surroundings::secret()).await;
    let store = Store::start(&aws, BUCKET).await;
    let secrets = SecretsManager::new(&clients(&store), &arn, SystemClock);
    assert!(secrets.current().await.is_ok());

    S3DayIndex::new(&clients(&store), BUCKET).add(&sample::recording(1), SystemClock.now()).await.unwrap();
    assert_eq!(store.keys("days/").len(), 1, "and the bucket's do not");
}

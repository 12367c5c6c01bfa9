//! Audio of yesterday that the ledger does not know. On this stack it is an orphan after nine seconds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::adapters::aws::{Clients, S3AudioStore, S3Ledger};
use recordings::audio::{Container, crc64nvme};
use recordings::fakes::sample;
use recordings::ledger_entry::State;
use recordings::object_key::AudioPrefix;
use recordings::ports::{AudioObject, AudioStore, LedgerRead, Put};
use recordings::recording::{Provider, RecordingRef};
use serde_json::json;

use crate::scene;

/// A recording that no provider has, another one for another number.
fn recording(number: i128) -> RecordingRef {
    let [call, recording] = ["CA", "RE"].map(|prefix| format!("{prefix}{number:032x}"));
    RecordingRef::parse("default", Provider::Twilio, &call, &recording).unwrap()
}

#[tokio::test]
async fn audio_that_only_the_bucket_has_is_adopted_and_linked_and_nobodys_is_moved_aside() {
    let scene = scene().await;
    let (access, outputs) = (scene.stack().aws(), scene.stack().outputs());
    let clients =
        Clients::for_endpoint(&access.endpoint, access.region, access.access_key_id, access.secret_access_key).unwrap();
    let now = Timestamp::now();
    let (job, [recording, nobody]) =
        (scene.job("JOB").await.unwrap(), [0, 1].map(|n| recording(now.as_nanosecond() + n)));
    let (yesterday, number) = (now - SignedDuration::from_hours(24), job.number.parse().unwrap());
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let [key, nobodys] =
        [&recording, &nobody].map(|one| prefix.audio_key(one, yesterday, Some(&number), Container::Wav));
    let (object, audio) =
        (AudioObject { key: key.clone(), recording: recording.clone(), container: Container::Wav }, sample::wav(3, 1));
    let store = S3AudioStore::new(&clients, &outputs.bucket_name, None);
    assert_eq!(store.put(&object, audio.clone(), &crc64nvme(&audio)).await.unwrap(), Put::Created);
    scene.put_object(nobodys.as_str(), &json!("nobody's")).await.unwrap();

    let are_old = async || Ok((now + SignedDuration::from_secs(12) < Timestamp::now()).then_some(()));
    scene.wait_for("the orphans' age", Duration::from_secs(30), are_old).await.unwrap();
    // Where a stack has run for long, the night that looks at yesterday may be over.
    scene.put_object("cursors/orphans.json", &json!({ "after": null })).await.unwrap();
    let night = json!({ "job": "orphans" });
    let (mut adopted, mut moved) = (0, 0);
    while adopted == 0 || moved == 0 {
        let found = |outcome: &serde_json::Value| outcome["orphans_adopted"] != 0 || outcome["orphans_moved"] != 0;
        let outcome = scene.sweep_until(&night, "orphans", found).await.unwrap();
        adopted += outcome["orphans_adopted"].as_u64().unwrap();
        moved += outcome["orphans_moved"].as_u64().unwrap();
    }

    let ledger = S3Ledger::new(&clients, &outputs.bucket_name);
    let settled = async || {
        let entry = ledger.get(&recording).await.unwrap_or_default();
        Ok(entry.map(|read| read.entry).filter(|entry| entry.state() == State::Settled))
    };
    let entry = scene.wait_for("the adoption", Duration::from_secs(60), settled).await.unwrap();
    assert_eq!((entry.was_adopted(), entry.recording_storage_path.as_ref()), (true, Some(&key)));
    let history = scene.history(&job).await.unwrap();
    let (_, link) = history.split_once("Event: Recording | Source: IVR | URL: ").unwrap();
    assert_eq!(scene.follow(link.trim()).await.unwrap().audio, audio);

    assert!(scene.object(nobodys.as_str()).await.unwrap().is_none());
    let aside = scene.object(&format!("orphans/{nobodys}")).await.unwrap();
    assert_eq!(aside.as_deref(), Some(b"\"nobody's\"".as_slice()));
    let receipts = scene.keys("receipts/default/").await.unwrap();
    assert_eq!(receipts.iter().filter(|receipt| receipt.contains(nobody.call_id.as_str())).count(), 1);
}

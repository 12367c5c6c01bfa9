use standins::{JournalQuery, Outcome, PlaceRecording, PlacedRecording, Ready, Service};

use crate::http::Reply;
use crate::scene::Scene;

#[tokio::test]
async fn deleted_recording_is_gone_but_for_its_metadata_of_forty_days() {
    let scene = Scene::start().await;
    let placed = scene.place(PlaceRecording::default());
    let removed = remove(&scene, &placed).await;
    assert_eq!((removed.status, removed.body.len()), (204, 0));
    let again = remove(&scene, &placed).await;
    assert_eq!((again.status, again.json()["code"].as_u64()), (404, Some(20404)));
    assert_eq!(scene.fetch(&format!("{}.mp3", placed.recording_url), &[]).await.status, 404);
    assert_eq!(resource(&scene, &placed, "").await.status, 404);
    let kept = resource(&scene, &placed, "?IncludeSoftDeleted=true").await;
    assert_eq!((kept.status, kept.json()["status"].as_str()), (200, Some("deleted")));
    scene.world().advance_clock(40 * 24 * 3600 * 1000);
    assert_eq!(resource(&scene, &placed, "?IncludeSoftDeleted=true").await.status, 404);
}

#[tokio::test]
async fn only_completed_recordings_can_be_deleted() {
    let scene = Scene::start().await;
    let processing = PlaceRecording { ready: Ready::WhenTold, ..PlaceRecording::default() };
    let in_progress = PlaceRecording { outcome: Outcome::InProgress, ..PlaceRecording::default() };
    let absent = PlaceRecording { outcome: Outcome::Absent { error_code: 16101 }, ..PlaceRecording::default() };
    for wanted in [processing, in_progress, absent] {
        let placed = scene.place(wanted.clone());
        assert_eq!(remove(&scene, &placed).await.status, 409, "{wanted:?}");
        assert_eq!(scene.world().recording(placed.recording_sid).unwrap().deleted_at, None);
    }
}

#[tokio::test]
async fn recording_in_progress_ends_when_told() {
    let scene = Scene::start().await;
    let placed = scene.place(PlaceRecording { outcome: Outcome::InProgress, ..PlaceRecording::default() });
    let before = resource(&scene, &placed, "").await.json();
    assert_eq!((before["status"].as_str(), before["duration"].as_str()), (Some("in-progress"), None));
    scene.world().make_ready(placed.recording_sid.clone()).unwrap();
    let after = resource(&scene, &placed, "").await.json();
    assert_eq!((after["status"].as_str(), after["duration"].as_str()), (Some("completed"), Some("6")));
}

#[tokio::test]
async fn journal_proves_what_was_deleted_and_what_was_not() {
    let scene = Scene::start().await;
    let (kept, removed) = (scene.place(PlaceRecording::default()), scene.place(PlaceRecording::default()));
    scene.fetch(&kept.recording_url, &[]).await;
    remove(&scene, &removed).await;
    let deletions = scene.world().journal(JournalQuery::of(Service::Twilio).method("DELETE"));
    let told: Vec<_> =
        deletions.iter().map(|entry| (entry.path.contains(&removed.recording_sid), entry.status)).collect();
    assert_eq!(told, [(true, Some(204))]);
    assert_eq!(scene.world().recording(kept.recording_sid).unwrap().deleted_at, None);
}

#[tokio::test]
async fn resource_says_what_the_documents_list() {
    let scene = Scene::start().await;
    let absent = PlaceRecording { outcome: Outcome::Absent { error_code: 16102 }, ..PlaceRecording::default() };
    let absent = resource(&scene, &scene.place(absent), "").await.json();
    assert_eq!((absent["status"].as_str(), absent["error_code"].as_u64()), (Some("absent"), Some(16102)));
    assert!(absent["duration"].is_null());
    let placed = scene.place(PlaceRecording::default());
    let resource = resource(&scene, &placed, "").await.json();
    for (field, value) in [
        ("sid", placed.recording_sid.as_str()),
        ("call_sid", &placed.call_sid),
        ("account_sid", &placed.account_sid),
        ("status", "completed"),
        ("duration", "6"),
        ("start_time", "Fri, 15 Mar 2024 14:30:16 +0000"),
        ("source", "StartCallRecordingAPI"),
        ("media_url", &placed.recording_url),
    ] {
        assert_eq!(resource[field].as_str(), Some(value), "{field}");
    }
    assert_eq!((resource["channels"].as_u64(), resource["error_code"].is_null()), (Some(1), true));
}

async fn remove(scene: &Scene, placed: &PlacedRecording) -> Reply {
    scene.twilio("DELETE", &path(placed, "")).send().await
}

async fn resource(scene: &Scene, placed: &PlacedRecording, query: &str) -> Reply {
    scene.twilio("GET", &path(placed, query)).send().await
}

fn path(placed: &PlacedRecording, query: &str) -> String {
    format!("/2010-04-01/Accounts/{}/Recordings/{}.json{query}", placed.account_sid, placed.recording_sid)
}

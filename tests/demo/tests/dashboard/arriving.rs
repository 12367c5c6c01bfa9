//! What comes in appears by itself.

use serde_json::json;
use standins::{Forgery, PlaceRecording};

use crate::page::{Page, row};
use crate::{ALL, at_home, scene};

#[tokio::test]
async fn a_recording_appears_as_it_arrives_and_says_what_became_of_it() {
    let scene = scene().await;
    let Some(page) = Page::open(&scene).await else { return };
    // So that the page never asks for the list by itself: what appears, it was told of.
    let patient =
        "const wait = setTimeout; window.setTimeout = (then, ms, ...more) => ms < 10000 ? wait(then, ms, ...more) : 0";
    page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": patient })).await;
    page.visit(&scene).await;
    page.sign_in(&scene.token(&ALL)).await;
    page.until_text("#connection", "Live").await;
    page.run("window.isTheSamePage = true").await;
    let (recording, job) = at_home(&scene, PlaceRecording::default()).await;
    page.until_row(&recording.recording_sid).await;
    page.until_text(&row(&recording.recording_sid), "Available").await;
    page.shot("arrived").await;
    assert_eq!(page.js("window.isTheSamePage").await, true, "nobody loaded it again");
    assert_eq!(page.rows().await[0], recording.recording_sid, "the newest comes first");
    assert!(page.text(&row(&recording.recording_sid)).await.contains(&job.number));
}

#[tokio::test]
async fn what_is_missing_is_explained_with_what_was_said() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    let silent = standins::PlaceConversation {
        has_audio: false,
        said: Some("There is water in the cellar.".to_owned()),
        ..standins::PlaceConversation::default()
    };
    let conversation = scene.conversation_at_elevenlabs(silent).await.unwrap();
    let job = scene.job("JOB").await.unwrap();
    scene.report_call(&conversation, &job).await.unwrap();
    let absent = |entry: &serde_json::Value| entry["transcript_only_fallback"] == true;
    scene.until(&conversation, "the transcript alone", absent).await.unwrap();
    let row = format!("#rows button[data-name^='{}/']", conversation.call_id());
    page.until_text(&row, "Unavailable").await;
    page.click(&row).await;
    page.until_text("#detail-body", "There is no recording").await;
    page.until_text(".transcript", "water in the cellar").await;
    assert!(!page.is_shown(".player").await);
    page.shot("without-audio").await;
}

#[tokio::test]
async fn what_is_missing_is_fetched_when_somebody_asks_for_it() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    // Nobody tells of it: it is only registered.
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    let import = serde_json::json!({ "recordings": [{
        "call_id": recording.call_sid, "recording_id": recording.recording_sid, "started_at": recording.started_at,
    }] });
    let manager = scene.token(&["manage_recordings"]);
    scene.ask("POST", "/api/recordings/import", &manager, Some(&import)).await.unwrap();
    page.until_row(&recording.recording_sid).await;
    page.choose(&recording.recording_sid).await;
    page.until_text("#detail-body", "on its way").await;
    page.press("Fetch now").await;
    page.until("a player", "Boolean(document.querySelector('.player'))").await;
}

#[tokio::test]
async fn all_that_is_missing_is_fetched_and_a_bar_says_how_far_that_is() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    let mut imported = Vec::new();
    for _ in 0..3 {
        let recording = scene.record(PlaceRecording::default()).await.unwrap();
        imported.push(serde_json::json!({
            "call_id": recording.call_sid, "recording_id": recording.recording_sid, "started_at": recording.started_at,
        }));
    }
    let manager = scene.token(&["manage_recordings"]);
    let import = serde_json::json!({ "recordings": imported });
    scene.ask("POST", "/api/recordings/import", &manager, Some(&import)).await.unwrap();
    page.press("Fetch what is missing").await;
    page.until("a bar", "Boolean(document.querySelector('#batch progress'))").await;
    page.shot("batch").await;
    page.until_text("#batch", "fetched").await;
    page.until(
        "the end of it",
        "document.querySelector('#batch progress')?.value === document.querySelector('#batch progress')?.max",
    )
    .await;
}

#[tokio::test]
async fn a_forged_webhook_makes_nothing_appear() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    scene.report(&recording, None, Forgery::WrongToken).await.unwrap();
    let (genuine, _) = at_home(&scene, PlaceRecording::default()).await;
    page.until_row(&genuine.recording_sid).await;
    assert!(!page.rows().await.contains(&recording.recording_sid));
}

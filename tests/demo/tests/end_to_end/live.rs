//! News as it happens, over the deployed WebSocket API.

use std::time::Duration;

use demo::Scene;
use futures_util::StreamExt;
use serde_json::Value;
use standins::{Forgery, PlaceRecording};
use tokio_tungstenite::connect_async;

use crate::scene;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a page connects, with a ticket of its own.
async fn address(scene: &Scene) -> String {
    let token = scene.token(&["view_call_history"]);
    let (status, ticket) = scene.ask("POST", "/api/live/tickets", &token, None).await.unwrap();
    assert_eq!(status, 200, "{ticket}");
    format!("{}?ticket={}", ticket["url"].as_str().unwrap(), ticket["ticket"].as_str().unwrap())
}

#[tokio::test]
async fn a_page_with_a_ticket_hears_of_a_recording_that_comes_home() {
    let scene = scene().await;
    let (mut socket, _) = connect_async(address(&scene).await).await.unwrap();
    let job = scene.job("LIVE").await.unwrap();
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    scene.report(&recording, Some(&job), Forgery::None).await.unwrap();
    let told = async {
        loop {
            let message = socket.next().await.unwrap().unwrap();
            let news: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            // Others' recordings come home on the same stack.
            if news["recording_id"] == *recording.recording_sid {
                return news;
            }
        }
    };
    let news = tokio::time::timeout(PATIENCE, told).await.unwrap();
    let said = [&news["type"], &news["status"], &news["call_id"], &news["job_number"]];
    assert_eq!(said, ["recording_ready", "available", &recording.call_sid, &job.number]);
    let (status, _) = scene.play(news["recording_url"].as_str().unwrap()).await.unwrap();
    assert_eq!(status, 302, "the link leads to the audio");
}

#[tokio::test]
async fn nobody_gets_in_with_a_ticket_that_was_used_or_without_one() {
    let scene = scene().await;
    let once = address(&scene).await;
    let first = connect_async(&once).await;
    assert!(first.is_ok());
    assert!(connect_async(&once).await.is_err(), "it was used");
    let (without, _) = once.split_once('?').unwrap();
    assert!(connect_async(without).await.is_err(), "without one");
    assert!(connect_async(format!("{without}?ticket=k1.x.y")).await.is_err(), "one of nobody's");
}

//! The page where the network goes, on a phone, and for who operates the installation.

use serde_json::json;
use standins::PlaceRecording;

use crate::page::Page;
use crate::{ALL, at_home, scene};

#[tokio::test]
async fn without_a_network_the_page_says_so_and_goes_on_afterwards() {
    let scene = scene().await;
    let (before, _) = at_home(&scene, PlaceRecording::default()).await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    page.until_row(&before.recording_sid).await;
    let network =
        |offline: bool| json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    page.cdp("Network.enable", json!({})).await;
    page.cdp("Network.emulateNetworkConditions", network(true)).await;
    page.until_text("#offline", "No connection").await;
    assert!(page.rows().await.contains(&before.recording_sid), "what was there stays");
    page.shot("offline").await;
    let (meanwhile, _) = at_home(&scene, PlaceRecording::default()).await;
    page.cdp("Network.emulateNetworkConditions", network(false)).await;
    page.until_row(&meanwhile.recording_sid).await;
    assert!(!page.is_shown("#offline").await);
}

#[tokio::test]
async fn a_phone_has_room_for_all_of_it() {
    let scene = scene().await;
    let (recording, _) = at_home(&scene, PlaceRecording::default()).await;
    let Some(page) = Page::open(&scene).await else { return };
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
    page.cdp("Emulation.setDeviceMetricsOverride", phone).await;
    page.visit(&scene).await;
    page.sign_in(&scene.token(&ALL)).await;
    page.until_row(&recording.recording_sid).await;
    fits(&page).await;
    page.shot("phone").await;
    page.choose(&recording.recording_sid).await;
    page.until("a player", "Boolean(document.querySelector('.player'))").await;
    assert!(!page.is_shown("#rows").await, "one thing at a time");
    fits(&page).await;
    page.shot("phone-detail").await;
    page.press("Close").await;
    assert!(page.is_shown("#rows").await);
}

async fn fits(page: &Page) {
    let wide = page.js("document.scrollingElement.scrollWidth - innerWidth").await;
    assert!(wide.as_f64().unwrap() <= 0.0, "{wide} pixels too wide");
}

#[tokio::test]
async fn whoever_operates_sees_how_it_is() {
    let scene = scene().await;
    at_home(&scene, PlaceRecording::default()).await;
    scene.sweep_until(&json!({ "job": "reconcile" }), "a reconciliation", |_| true).await.unwrap();
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    page.until("figures", "document.querySelectorAll('#health .figure').length === 7").await;
    page.until("charts by day", "document.querySelectorAll('#health svg').length >= 4").await;
    for title in
        ["Success today", "To the bucket", "Oldest in the queues", "In fallback", "Loss meter", "Stored", "Checks"]
    {
        assert!(page.text("#health").await.contains(title), "{title}");
    }
    let unnamed = page
        .js("[...document.querySelectorAll('#health svg')].filter((one) => !one.getAttribute('aria-label')).length")
        .await;
    assert_eq!(unnamed, 0, "each chart is told in words");
    page.shot("health").await;
}

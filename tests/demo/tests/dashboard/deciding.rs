//! What somebody may decide, and what not.

use serde_json::json;
use standins::PlaceRecording;

use crate::page::{Page, row};
use crate::{ALL, at_home, scene};

#[tokio::test]
async fn a_call_is_erased_once_somebody_has_confirmed_it() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    let (recording, _) = at_home(&scene, PlaceRecording::default()).await;
    page.choose(&recording.recording_sid).await;
    page.press("Erase …").await;
    page.until("the question", "document.getElementById('confirm').open").await;
    page.shot("erase").await;
    let is_shut = "document.querySelector('#confirm button.danger').disabled";
    assert_eq!(page.js(is_shut).await, true);
    page.press("Cancel").await;
    let state = scene.entry(&recording).await.unwrap().unwrap()["state"].clone();
    assert_ne!(state, "erased", "nothing was confirmed");

    page.press("Erase …").await;
    page.fill("#sure", "erase").await;
    assert_eq!(page.js(is_shut).await, false);
    page.press("Erase for good").await;
    page.until_text("#detail-body", "erased on request").await;
    page.until_text(&row(&recording.recording_sid), "Unavailable").await;
    assert!(!page.is_shown(".player").await, "nothing plays any more");
    page.shot("erased").await;
    let state = scene.entry(&recording).await.unwrap().unwrap()["state"].clone();
    assert_eq!(state, "erased");
}

#[tokio::test]
async fn a_call_is_held_released_assigned_and_its_links_are_revoked() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    let (recording, _) = at_home(&scene, PlaceRecording::default()).await;
    let other = scene.job("OTHER").await.unwrap();
    page.choose(&recording.recording_sid).await;
    page.press("Hold").await;
    page.until_text("#detail-body", "Release the hold").await;
    page.press("Erase …").await;
    page.fill("#sure", "erase").await;
    page.press("Erase for good").await;
    page.until_text("#action-problem", "hold").await;
    page.shot("held").await;
    page.press("Release the hold").await;
    page.until(
        "no hold",
        "![...document.querySelectorAll('.actions button')].some((one) => one.textContent.startsWith('Release'))",
    )
    .await;

    page.fill("#assign", &other.number).await;
    page.press("Assign").await;
    page.until_text(&row(&recording.recording_sid), &other.number).await;
    let entry = scene.entry(&recording).await.unwrap().unwrap();
    assert_eq!((&entry["job_number"], &entry["hold"]), (&json!(other.number), &json!(false)));
    page.press("Revoke links").await;
    page.press("Revoke").await;
    page.until("an end", "!document.getElementById('confirm').open").await;
    let generation = async || {
        let entry = scene.entry(&recording).await?.unwrap_or_default();
        Ok((entry["link_generation"] == 1).then_some(()))
    };
    scene.wait_for("links that are revoked", std::time::Duration::from_secs(20), generation).await.unwrap();
}

#[tokio::test]
async fn whoever_may_only_see_is_offered_nothing_else() {
    let scene = scene().await;
    let (recording, _) = at_home(&scene, PlaceRecording::default()).await;
    let Some(page) = Page::signed_in(&scene, &["view_call_history"]).await else { return };
    page.choose(&recording.recording_sid).await;
    page.until("a player", "Boolean(document.querySelector('.player'))").await;
    for hidden in ["#health", "#batch", ".actions", ".accesses"] {
        assert!(!page.is_shown(hidden).await, "{hidden}");
    }
    page.shot("only-seeing").await;
    page.press("Sign out").await;
    assert!(page.is_shown("#sign-in").await && !page.is_shown("#app").await);
    assert_eq!(page.js("sessionStorage.length").await, 0);
    assert!(!page.text("body").await.contains(&recording.call_sid), "nothing of it is left");
}

#[tokio::test]
async fn nobody_sees_anything_without_a_token_that_is_believed() {
    let scene = scene().await;
    let Some(page) = Page::open(&scene).await else { return };
    page.shot("sign-in").await;
    assert!(page.is_shown("#sign-in").await && !page.is_shown("#app").await);
    page.sign_in("nonsense").await;
    page.until_text("#sign-in-problem", "not a token").await;
    let mut claims = scene.claims(&ALL);
    let forged =
        demo::signed(&json!({ "alg": "HS256", "typ": "JWT", "kid": "k1" }), &claims, b"somebody else's key, as long");
    page.sign_in(&forged).await;
    page.until_text("#sign-in-problem", "not valid").await;
    claims["exp"] = json!(1_700_000_000);
    page.sign_in(&demo::signed(&json!({ "alg": "HS256" }), &claims, b"any")).await;
    page.until_text("#sign-in-problem", "expired").await;
    page.sign_in(&scene.token(&["operate"])).await;
    page.until_text("#rows-problem", "does not let you see").await;
    let address = page.js("location.href").await;
    assert_eq!(address, json!(format!("{}/", scene.stack().public_base_url())), "no token is in the address");
}

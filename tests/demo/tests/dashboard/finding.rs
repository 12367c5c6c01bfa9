//! Looking for recordings.

use standins::{PlaceConversation, PlaceRecording};

use crate::page::Page;
use crate::{at_home, scene};

#[tokio::test]
async fn recordings_are_found_by_what_they_are_and_by_what_was_said() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &["view_call_history", "manage_recordings"]).await else { return };
    let (twilio, job) = at_home(&scene, PlaceRecording::default()).await;
    let (other, _) = at_home(&scene, PlaceRecording::default()).await;
    // Said on no other call, on a stack that other tests used too.
    let whistles = format!("whistles {} times", jiff::Timestamp::now().as_microsecond());
    let said = PlaceConversation { said: Some(format!("The chimney {whistles}.")), ..PlaceConversation::default() };
    let agent = scene.conversation_at_elevenlabs(said).await.unwrap();
    let agents_job = scene.job("JOB").await.unwrap();
    scene.report_call(&agent, &agents_job).await.unwrap();
    scene.until_settled(&agent).await.unwrap();
    let imported = serde_json::json!({ "recordings": [{
        "call_id": "CA00000000000000000000000000abcdef", "recording_id": "RE00000000000000000000000000abcdef",
        "started_at": jiff::Timestamp::now(), "direction": "outbound", "from": "+14155550111", "to": "+14155550199",
    }] });
    let token = scene.token(&["manage_recordings"]);
    let (status, answer) = scene.ask("POST", "/api/recordings/import", &token, Some(&imported)).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let outbound = "RE00000000000000000000000000abcdef".to_owned();
    for known in [&twilio.recording_sid, &other.recording_sid, &outbound] {
        page.until_row(known).await;
    }

    page.fill("#job", &job.number).await;
    only(&page, std::slice::from_ref(&twilio.recording_sid)).await;
    page.press("Today, everything").await;
    page.until_row(&other.recording_sid).await;

    page.select("#provider", "elevenlabs").await;
    page.until(
        "agents' alone",
        "[...document.querySelectorAll('#rows small')].every((one) => one.textContent === 'ElevenLabs')",
    )
    .await;
    page.select("#provider", "").await;
    page.select("#direction", "outbound").await;
    page.until(
        "outbound calls alone",
        "[...document.querySelectorAll('#rows .parties')].every((one) => one.textContent.includes('outbound'))",
    )
    .await;
    page.until_row(&outbound).await;
    page.shot("filtered").await;
    page.select("#direction", "").await;

    page.fill("#search", &whistles.to_uppercase()).await;
    page.until("the call in which it was said", &format!(
        "document.querySelectorAll('#rows button').length === 1 && document.querySelector('#rows button').dataset.name.startsWith('{}/')",
        agent.call_id()
    ))
    .await;
    page.fill("#search", "555 0199").await;
    only(&page, std::slice::from_ref(&outbound)).await;
    page.fill("#search", "nobody ever said this").await;
    page.until_text("#rows-empty", "Nothing like that").await;
    page.shot("nothing-found").await;
    page.press("Today, everything").await;
    page.until_row(&twilio.recording_sid).await;

    page.select("#status", "failed").await;
    page.until(
        "nothing else",
        "[...document.querySelectorAll('#rows .status')].every((one) => one.textContent === 'Failed')",
    )
    .await;
    page.press("Today, everything").await;
    page.run("for (const name of ['from', 'to']) { const field = document.getElementById(name); field.value = '2020-02-02'; field.dispatchEvent(new Event('input', { bubbles: true })); }").await;
    page.until_text("#rows-empty", "2020-02-02").await;
}

async fn only(page: &Page, expected: &[String]) {
    let names = serde_json::to_string(expected).unwrap();
    let shown = "[...document.querySelectorAll('#rows button')].map((row) => row.dataset.name.split('/')[1])";
    page.until("these alone", &format!("JSON.stringify({shown}) === JSON.stringify({names})")).await;
}

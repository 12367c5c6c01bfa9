//! Hearing a recording: real audio, out of the bucket, decoded by a real browser.

use fantoccini::key::Key;
use serde_json::{Value, json};
use standins::{Audio, PlaceRecording, PlacedRecording};

use crate::page::Page;
use crate::{ALL, at_home, scene};

const AUDIO: &str = "document.querySelector('.player audio')";

/// The page with a recording chosen that has two channels and lasts a while.
async fn chosen() -> Option<(Page, PlacedRecording)> {
    let scene = scene().await;
    let page = Page::signed_in(&scene, &ALL).await?;
    let long = PlaceRecording {
        audio: Audio::Seconds(40.0),
        channels: standins::speech::Channels::Dual,
        ..PlaceRecording::default()
    };
    let (recording, _) = at_home(&scene, long).await;
    page.choose(&recording.recording_sid).await;
    page.until("the audio's length", &format!("{AUDIO}?.duration > 30")).await;
    Some((page, recording))
}

async fn position(page: &Page) -> f64 {
    page.js(&format!("{AUDIO}.currentTime")).await.as_f64().unwrap()
}

async fn until_later_than(page: &Page, seconds: f64) {
    page.until("time passes", &format!("{AUDIO}.currentTime > {seconds}")).await;
}

/// Twelve seconds in which nobody says anything: 16-bit PCM, 8,000 samples a second.
fn silence() -> Vec<u8> {
    const SECONDS: u32 = 12;
    let (rate, bytes) = (8_000_u32, SECONDS * 16_000);
    let format = [&[1, 0, 1, 0][..], &rate.to_le_bytes(), &(rate * 2).to_le_bytes(), &[2, 0, 16, 0]].concat();
    let head = [b"RIFF", &(bytes + 36).to_le_bytes()[..], b"WAVEfmt ", &16_u32.to_le_bytes(), &format].concat();
    [head, b"data".to_vec(), bytes.to_le_bytes().to_vec(), vec![0; bytes as usize]].concat()
}

#[tokio::test]
async fn a_recording_is_drawn_once_somebody_has_listened_to_it() {
    let Some((page, _)) = chosen().await else { return };
    page.until("both channels' peaks", "document.querySelector('.player .wave')?.dataset.channels === '2'").await;
    page.shot("waveform").await;
    assert_eq!(page.text(".player .findings").await, "", "nothing is wrong with it");
}

#[tokio::test]
async fn what_is_wrong_with_the_audio_is_told_beside_it() {
    let scene = scene().await;
    let Some(page) = Page::signed_in(&scene, &ALL).await else { return };
    let silent = PlaceRecording {
        audio: Audio::Custom(silence().into()),
        reported_seconds: Some(12),
        ..PlaceRecording::default()
    };
    let (recording, _) = at_home(&scene, silent).await;
    page.choose(&recording.recording_sid).await;
    page.until_text(".player .findings", "Nothing can be heard.").await;
    page.shot("silence").await;
}

#[tokio::test]
async fn a_recording_plays_and_is_sought_in() {
    let Some((page, recording)) = chosen().await else { return };
    assert_eq!(position(&page).await, 0.0);
    page.press("Play").await;
    until_later_than(&page, 1.0).await;
    page.shot("playing").await;
    assert!(page.js(&format!("{AUDIO}.webkitAudioDecodedByteCount")).await.as_f64().unwrap() > 1_000.0, "it decodes");

    page.run("document.querySelector('.player .wave').focus()").await;
    page.keys(&[Key::PageUp]).await;
    until_later_than(&page, 30.0).await;
    page.keys(&[Key::Home]).await;
    page.until("the beginning", &format!("{AUDIO}.currentTime < 5")).await;
    page.keys(&[Key::Right]).await;
    until_later_than(&page, 5.0).await;
    let spoken = page.js("document.querySelector('.player .wave').getAttribute('aria-valuetext')").await;
    assert!(spoken.as_str().unwrap().contains("of 40 seconds"), "{spoken}");

    // A click in the middle of the picture.
    page.click(".player .wave").await;
    until_later_than(&page, 19.0).await;
    page.select("#speed", "2").await;
    assert_eq!(page.js(&format!("{AUDIO}.playbackRate")).await, 2.0);
    page.select("#channel", "0").await;
    let before = position(&page).await;
    until_later_than(&page, before + 0.5).await;

    page.press("Pause").await;
    page.until("a pause", &format!("{AUDIO}.paused")).await;
    page.run("document.querySelector('.player .wave').focus()").await;
    page.keys(&[Key::Down, Key::Down]).await;
    let now = position(&page).await;
    assert!(now < 30.0, "back again: {now}");
    page.run("URL.createObjectURL = (blob) => { window.kept = blob.size; return '#'; }").await;
    page.press("Download").await;
    page.until("a file", "window.kept > 10000").await;

    let token = scene().await.token(&ALL);
    let path = format!("/api/recordings/{}/accesses", recording.call_sid);
    let (_, accesses) = scene().await.ask("GET", &path, &token, None).await.unwrap();
    assert!(accesses["accesses"].as_array().is_some_and(|all| !all.is_empty()), "{accesses}");
    page.click(".detail summary").await;
    page.until_text(".accesses", "ada@example.com").await;
}

/// What the API says of the first URL's end, as if it were near: it is asked anew within two seconds.
const ENDS_SOON: &str = r"
    const fetched = window.fetch;
    window.asked = 0;
    window.fetch = async (...request) => {
        const answer = await fetched(...request);
        if (!String(request[0]).endsWith('/recording') || window.asked++ > 0) return answer;
        const told = await answer.json();
        for (const one of [told, ...told.recordings]) one.expiresIn = 4;
        return new Response(JSON.stringify(told), { status: 200, headers: { 'Content-Type': 'application/json' } });
    };
";

/// Notes where the playback is, every few milliseconds.
const WATCH: &str = r"
    window.heard = [];
    const watched = () => [...document.querySelectorAll('.player audio')].find((one) => !one.paused);
    setInterval(() => { const audio = watched(); window.heard.push([performance.now(), audio ? audio.currentTime : null, audio?.src]); }, 20);
";

#[tokio::test]
async fn a_url_is_renewed_before_its_end_and_nobody_hears_it() {
    let scene = scene().await;
    let Some(page) = Page::open(&scene).await else { return };
    page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": ENDS_SOON })).await;
    page.visit(&scene).await;
    page.sign_in(&scene.token(&ALL)).await;
    let long = PlaceRecording { audio: Audio::Seconds(40.0), ..PlaceRecording::default() };
    let (recording, _) = at_home(&scene, long).await;
    page.choose(&recording.recording_sid).await;
    page.until("audio", &format!("{AUDIO}?.readyState === 4")).await;
    page.press("Play").await;
    until_later_than(&page, 0.3).await;
    page.run(WATCH).await;
    let first = page.js(&format!("{AUDIO}.src")).await;
    page.until("another URL", &format!("!{AUDIO}.paused && {AUDIO}.src !== {first}")).await;
    let taken_over = position(&page).await;
    until_later_than(&page, taken_over + 2.0).await;

    let heard: Vec<(f64, Option<f64>, Value)> = serde_json::from_value(page.js("window.heard").await).unwrap();
    let silent = heard.iter().filter(|(_, position, _)| position.is_none()).count();
    assert!(silent <= 2, "{silent} of {} looks met silence", heard.len());
    let going: Vec<_> = heard.iter().filter_map(|(at, position, _)| Some((*at, (*position)?))).collect();
    for pair in going.windows(2) {
        let [(then, was), (now, is)] = pair else { continue };
        let (passed, moved) = ((now - then) / 1_000.0, is - was);
        assert!((moved - passed).abs() < 0.3, "{moved} s were heard in {passed} s, at {is}");
    }
    let (whole, played) = (going.last().unwrap().0 - going[0].0, going.last().unwrap().1 - going[0].1);
    assert!((played - whole / 1_000.0).abs() < 0.4, "{played} s were heard in {whole} ms");
    assert_eq!(page.js("document.querySelectorAll('.player audio').length").await, 1);
}

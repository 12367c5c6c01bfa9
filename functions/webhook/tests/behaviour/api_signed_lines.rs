//! Where histories have signed URLs, a URL that is signed anew gets a line of its own.

use std::time::Duration;

use recordings::fakes::{Plan, Where};
use recordings::history_line::UrlKind;
use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::Origin;
use recordings::recording::{Outcome, RecordingRef};
use serde_json::Value;
use webhook::config::{ApiSettings, Settings};

use crate::gateway::Answer;
use crate::link::{DOWN, changed, stored};
use crate::scene::{Scene, settings};
use crate::token::{Token, bearing};

fn scene(line_url: UrlKind) -> (Scene, LedgerEntry) {
    let scene = Scene::with(Settings { api: ApiSettings { line_url, ..ApiSettings::default() }, ..settings() });
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    (scene, entry)
}

fn refresh(scene: &Scene, recording: &RecordingRef) -> Answer {
    let token = Token::with(scene, &["view_call_history"]).text();
    scene.send(&bearing("POST", &format!("/api/calls/{}/recording/refresh", recording.call_id), &token))
}

#[test]
fn the_url_that_is_answered_is_asked_for_in_the_history() {
    let (scene, entry) = scene(UrlKind::Signed);
    let answer = refresh(&scene, &entry.recording);
    let told: Value = serde_json::from_str(answer.text()).unwrap();
    let after = scene.world.entry(&entry.recording).unwrap();
    let [_, line] = <[_; 2]>::try_from(after.lines.clone()).unwrap();
    let url = told["recording_signed_url"].as_str().unwrap();
    assert!(line.text.contains(&format!("| Event: Recording | Source: IVR | URL: {url} | Expires: ")), "{line:?}");
    assert_eq!(told["expiresAt"], line.url_ends_at.unwrap().to_string());
    assert!(!line.is_confirmed());
    let request = scene.only_queued();
    assert_eq!((request.origin, &request.report.outcome), (Origin::Person, &Outcome::Decided));
    assert_eq!(scene.keys("open/").len(), 1, "and the sweep knows of it");
}

#[test]
fn who_asks_twice_in_a_minute_gets_one_line_and_later_another() {
    let (scene, entry) = scene(UrlKind::Signed);
    for (wait, lines) in [(0, 2), (20, 2), (30, 2), (60, 3)] {
        scene.world.advance(Duration::from_secs(wait));
        assert_eq!(refresh(&scene, &entry.recording).status, 200);
        assert_eq!(scene.world.entry(&entry.recording).unwrap().lines.len(), lines, "after {wait} s");
    }
}

#[test]
fn a_line_that_could_not_be_made_durable_is_no_success() {
    for port in ["LedgerWrite", "OpenMarkerWrite"] {
        let (scene, entry) = scene(UrlKind::Signed);
        scene.world.set_plan(Plan::none().always(Where::ports(&[port]), DOWN));
        assert_eq!(refresh(&scene, &entry.recording).status, 503, "{port}");
    }
    let (scene, entry) = scene(UrlKind::Signed);
    scene.world.set_plan(Plan::none().always(Where::ports(&["TransferQueue"]), DOWN));
    assert_eq!(refresh(&scene, &entry.recording).status, 200, "the marker carries it");
}

#[test]
fn links_and_public_urls_do_not_end_and_get_no_second_line() {
    for kind in [UrlKind::Link, UrlKind::Public] {
        let (scene, entry) = scene(kind);
        assert_eq!(refresh(&scene, &entry.recording).status, 200);
        assert_eq!(scene.world.entry(&entry.recording).unwrap(), entry);
        assert!(scene.queued().is_empty() && scene.keys("open/").is_empty());
    }
}

#[test]
fn nothing_is_asked_for_of_what_is_gone_or_somebody_elses() {
    let (scene, entry) = scene(UrlKind::Signed);
    scene.world.put_entry(&changed(&scene, &entry, [Change::Expired]));
    assert_eq!(refresh(&scene, &entry.recording).status, 410);
    let acme = Token::with(&scene, &["view_call_history"]).of("acme").text();
    let path = format!("/api/calls/{}/recording/refresh", entry.recording.call_id);
    assert_eq!(scene.send(&bearing("POST", &path, &acme)).status, 404);
    assert!(scene.queued().is_empty() && scene.keys("open/").is_empty());
}

//! axe looks at each state of the page, and finds nothing serious.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use standins::PlaceRecording;

use crate::page::Page;
use crate::{ALL, at_home, scene};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/judges/node_modules/axe-core/axe.min.js");
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations), (error) => done(String(error)));";

#[tokio::test]
async fn axe_finds_nothing_serious_in_any_state() {
    let Ok(axe) = fs::read_to_string(Path::new(AXE)) else {
        skipped();
        return;
    };
    let scene = scene().await;
    let (recording, _) = at_home(&scene, PlaceRecording::default()).await;
    let Some(page) = Page::open(&scene).await else { return };
    for (scheme, phone) in [("light", false), ("dark", false), ("light", true)] {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.cdp("Emulation.setEmulatedMedia", features).await;
        if phone {
            let size = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
            page.cdp("Emulation.setDeviceMetricsOverride", size).await;
        }
        page.visit(&scene).await;
        page.run(&axe).await;
        let state = |name: &str| format!("{name}, {scheme}{}", if phone { ", phone" } else { "" });
        judge(&page, &state("sign-in")).await;
        page.sign_in(&scene.token(&ALL)).await;
        page.until_row(&recording.recording_sid).await;
        page.until("charts", "document.querySelectorAll('#health svg').length >= 4").await;
        judge(&page, &state("list")).await;
        page.choose(&recording.recording_sid).await;
        page.until("a player", "Boolean(document.querySelector('.player'))").await;
        judge(&page, &state("player")).await;
        page.shot(&format!("player-{scheme}{}", if phone { "-phone" } else { "" })).await;
        page.press("Erase …").await;
        judge(&page, &state("question")).await;
        page.press("Cancel").await;
        page.press("Sign out").await;
    }
}

async fn judge(page: &Page, state: &str) {
    let found = page.js_later(RUN).await;
    let violations = found.as_array().unwrap_or_else(|| panic!("axe did not run: {found}"));
    let serious = |one: &&Value| matches!(one["impact"].as_str(), Some("serious" | "critical"));
    let told = |one: &Value| {
        let nodes = one["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|node| node["failureSummary"].to_string() + &node["html"].to_string());
        format!("{} ({}): {}", one["id"], one["impact"], nodes.collect::<Vec<_>>().join("\n"))
    };
    let serious: Vec<_> = violations.iter().filter(serious).map(told).collect();
    assert!(serious.is_empty(), "{state}:\n{}", serious.join("\n"));
}

#[expect(clippy::print_stderr, reason = "what is not tested has to be seen")]
fn skipped() {
    eprintln!("SKIPPED: axe is not installed; `make judges` installs it");
}

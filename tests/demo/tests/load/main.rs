//! Five hundred recordings of fifty jobs arrive at once, on the deployed stack, with Airtable at its real limits: five
//! requests a second for a base, and thirty seconds of 429 after one too many.

mod figures;
mod findings;
mod flood;

use std::io::Write;

use demo::Scene;
use stack::{Options, Stack};

use figures::Figures;
use flood::Flood;

const JOBS: usize = 50;
const RECORDINGS: usize = 500;

/// A find and a PATCH serve up to ten recordings, which makes 0.2; the rest is for batches that are not full.
const REQUESTS_PER_RECORDING: f64 = 0.25;

#[tokio::test]
async fn five_hundred_recordings_at_once_get_each_line_once_within_airtables_limits() {
    let options = Options::from_environment().expect("the ports make sense");
    let scene = Scene::on(Stack::up(options).await.expect("the stack comes up")).expect("clients can be made");
    let flood = Flood::prepare(&scene, JOBS, RECORDINGS).await.expect("jobs and recordings can be made");

    let before = Figures::begin(&scene).await.expect("the stand-ins answer");
    flood.report(&scene).await.expect("every webhook is answered");
    let last_webhook = scene.standins().now().await.expect("the stand-ins answer");
    let finished = flood.until_finished(&scene).await;

    let figures = before.end(&scene, &flood, last_webhook).await.expect("the stand-ins answer");
    // Past the test harness, which shows nothing of a test that passes.
    std::io::stderr().write_all(format!("{figures}\n").as_bytes()).expect("there is a standard error");
    let mut wrong = findings::of(&scene, &flood).await.expect("what is left can be looked at");
    wrong.extend(finished.err().map(|error| error.to_string()));
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(figures.throttled(), 0, "Airtable was asked too often");
    assert!(figures.requests_per_recording() <= REQUESTS_PER_RECORDING, "{figures}");
}

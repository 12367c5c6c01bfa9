//! The dashboard in a real browser, on the real template deployed to the local stack: what people see, hear and decide there.
//!
//! Without Chromium and its driver each test says that it is skipped.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accessibility;
mod arriving;
mod browser;
mod cdp;
mod deciding;
mod finding;
mod listening;
mod page;
mod signing_in;
mod surroundings;

use demo::{Job, Scene};
use stack::{Options, Stack};
use standins::{Forgery, PlaceRecording, PlacedRecording};
use tokio::sync::OnceCell;

/// Whoever sees, changes and operates.
const ALL: [&str; 3] = ["view_call_history", "manage_recordings", "operate"];

/// One stack serves all tests; each makes jobs and recordings of its own. It records both parties apart, so that there are
/// two channels to listen to.
static STACK: OnceCell<Stack> = OnceCell::const_new();

async fn scene() -> Scene {
    let stack = STACK.get_or_init(|| async {
        let mut options = Options::from_environment().expect("the ports make sense");
        options.parameters.insert("RecordingChannels".to_owned(), "dual".to_owned());
        Stack::up(options).await.expect("the stack comes up")
    });
    Scene::on(stack.await.clone()).expect("clients can be made")
}

/// A recording that came home.
async fn at_home(scene: &Scene, wanted: PlaceRecording) -> (PlacedRecording, Job) {
    let job = scene.job("JOB").await.unwrap();
    let recording = scene.record(wanted).await.unwrap();
    scene.report(&recording, Some(&job), Forgery::None).await.unwrap();
    scene.until_settled(&recording).await.unwrap();
    (recording, job)
}

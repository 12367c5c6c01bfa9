//! The main job, end to end, on the real template deployed to the local stack, with each function's policy enforced.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod archive;
mod audio;
mod dead_letters;
mod fallback_link;
mod live;
mod main_job;
mod orphans;
mod repair;
mod retention;
mod routes;
mod unreported;

use demo::Scene;
use stack::{Options, Stack};
use tokio::sync::OnceCell;

/// One stack serves all tests; each makes jobs and recordings of its own.
static STACK: OnceCell<Stack> = OnceCell::const_new();

async fn scene() -> Scene {
    let stack = STACK
        .get_or_init(|| async {
            let options = Options::from_environment().expect("the ports make sense");
            Stack::up(options).await.expect("the stack comes up")
        })
        .await;
    Scene::on(stack.clone()).expect("clients can be made")
}

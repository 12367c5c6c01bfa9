//! A scene of its own.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use stack::{Options, Stack};

use crate::{Scene, SceneError};

/// Plays on a new stack, apart from the one that tests share, and ends it whatever comes of it.
///
/// # Errors
/// When the stack does not come up, or does not go.
pub async fn on_a_stack_apart<T>(options: Options, play: impl AsyncFnOnce(&mut Scene) -> T) -> Result<T, SceneError> {
    let mut scene = Scene::on(Stack::up_anew(options).await?)?;
    let played = AssertUnwindSafe(play(&mut scene)).catch_unwind().await;
    scene.stack().end().await?;
    played.map_or_else(|panic| resume_unwind(panic), Ok)
}

use std::cell::Cell;
use std::pin::Pin;
use std::time::Duration;

use demo::{Scene, SceneError};
use futures_util::future::{join, join_all};
use serde_json::json;
use stack::Function;
use tokio::sync::Barrier;

use crate::case::Case;

const BETWEEN_SWEEPS: Duration = Duration::from_millis(500);

/// A case's name, and what is wrong with it.
pub(crate) type Outcome = (&'static str, Vec<String>);

/// Runs cases in two halves: what is to break breaks for all of them, then they heal while the sweeper runs. A sweep in the
/// first half would send again what only hangs; in production it runs every five minutes and leaves things alone for 15.
pub(crate) struct Run<'a> {
    scene: &'a Scene,
    all_broken: Barrier,
}

impl<'a> Run<'a> {
    /// A run of so many cases at once.
    pub(crate) fn of(scene: &'a Scene, cases: usize) -> Self {
        Self { scene, all_broken: Barrier::new(cases + 1) }
    }

    pub(crate) async fn together(&self, cases: Vec<Pin<Box<dyn Future<Output = Outcome> + '_>>>) -> Vec<Outcome> {
        let first_half = async {
            self.all_broken.wait().await;
        };
        sweeping_behind(first_half, self.scene, join_all(cases)).await
    }

    /// One of those that run at once.
    pub(crate) async fn case(
        &self,
        name: &'static str,
        story: impl AsyncFn(&Case<'_>) -> Result<(), SceneError>,
    ) -> Outcome {
        let case = match Case::begin(self.scene, Some(&self.all_broken)).await {
            Ok(case) => case,
            Err(error) => {
                self.all_broken.wait().await;
                return (name, vec![told(&error)]);
            }
        };
        let end = story(&case).await;
        case.until_all_are_broken().await;
        (name, case.wrong(end))
    }

    /// A case that nothing else may run beside.
    pub(crate) async fn alone(
        &self,
        name: &'static str,
        story: impl AsyncFn(&Case<'_>) -> Result<(), SceneError>,
    ) -> Outcome {
        let case = match Case::begin(self.scene, None).await {
            Ok(case) => case,
            Err(error) => return (name, vec![told(&error)]),
        };
        let end = story(&case).await;
        (name, case.wrong(end))
    }
}

/// Runs the sweeper again and again, by hand, while something else is going on. No run is left behind that would meet what
/// comes next.
pub(crate) async fn sweeping<T>(scene: &Scene, work: impl Future<Output = T>) -> T {
    sweeping_behind(std::future::ready(()), scene, work).await
}

async fn sweeping_behind<T>(first: impl Future<Output = ()>, scene: &Scene, work: impl Future<Output = T>) -> T {
    let is_over = Cell::new(false);
    let work = async {
        let outcome = work.await;
        is_over.set(true);
        outcome
    };
    let sweeps = async {
        first.await;
        while !is_over.get() {
            // A run that fails is made up for by the next.
            let _outcome = scene.stack().invoke(Function::Sweeper, &json!({ "job": "retry" })).await;
            pause(BETWEEN_SWEEPS).await;
        }
    };
    join(work, sweeps).await.0
}

#[expect(clippy::disallowed_methods, reason = "another process is watched, whose time is real")]
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// An error with its causes.
pub(crate) fn told(error: &SceneError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

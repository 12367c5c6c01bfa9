use std::collections::HashSet;
use std::time::Duration;

use demo::{Job, Scene, SceneError};
use futures_util::{StreamExt, TryStreamExt, stream};
use standins::{Forgery, PlaceRecording, PlacedRecording};

/// What the test itself does at the same time: more would only queue up in front of the emulator.
pub(crate) const AT_ONCE: usize = 8;
/// A machine that does nothing else needs a third of it.
const PATIENCE: Duration = Duration::from_secs(300);
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Recordings that wait at Twilio, each with its job.
pub(crate) struct Flood {
    pub(crate) jobs: Vec<Job>,
    /// The recording, and its job's place.
    pub(crate) recordings: Vec<(PlacedRecording, usize)>,
}

impl Flood {
    /// Makes the jobs, and for each as many recordings of calls of their own.
    pub(crate) async fn prepare(scene: &Scene, jobs: usize, recordings: usize) -> Result<Self, SceneError> {
        let mut made = Self { jobs: Vec::new(), recordings: Vec::new() };
        for _ in 0..jobs {
            made.jobs.push(scene.job("LOAD").await?);
        }
        let placed = (0..recordings).map(|_| scene.record(PlaceRecording::default()));
        let placed: Vec<_> = stream::iter(placed).buffered(AT_ONCE).try_collect().await?;
        // One job after the other, so that neighbours in the queues are of different jobs.
        made.recordings = placed.into_iter().enumerate().map(|(n, recording)| (recording, n % jobs)).collect();
        Ok(made)
    }

    /// Has Twilio report all of them.
    pub(crate) async fn report(&self, scene: &Scene) -> Result<(), SceneError> {
        let report = async |(recording, job): &(PlacedRecording, usize)| {
            let delivery = scene.report(recording, Some(&self.jobs[*job]), Forgery::None).await?;
            match delivery.status {
                Some(200..=299) => Ok(()),
                other => Err(SceneError::Strange(format!("a webhook was answered {other:?}"))),
            }
        };
        stream::iter(self.recordings.iter().map(report)).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Waits until none has an `open/` marker, which is the last to go.
    pub(crate) async fn until_finished(&self, scene: &Scene) -> Result<(), SceneError> {
        let mine: HashSet<&str> = self.recordings.iter().map(|(recording, _)| &*recording.recording_sid).collect();
        let look = async || {
            // A look at all markers is work for the emulator, which has enough to do.
            pause().await;
            let open = scene.keys("open/default/twilio/").await?;
            let is_mine = |key: &String| key.rsplit('/').next().is_some_and(|id| mine.contains(id));
            Ok((!open.iter().any(is_mine)).then_some(()))
        };
        scene.wait_for("the end of all recordings", PATIENCE, look).await
    }
}

#[expect(clippy::disallowed_methods, reason = "another process is watched, whose time is real")]
async fn pause() {
    tokio::time::sleep(BETWEEN_LOOKS).await;
}

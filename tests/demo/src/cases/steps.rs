use jiff::Timestamp;
use serde_json::Value;
use stack::Function;
use standins::{Author, JournalEntry, JournalQuery, PlacedRecording, Service};

use super::told::Teller;
use crate::{Job, Recorded, Scene, SceneError};

const FUNCTIONS: [(Function, &str); 3] =
    [(Function::Webhook, "webhook"), (Function::Transfer, "transfer"), (Function::Sweeper, "sweeper")];

impl Teller {
    /// Tells what became of a recording: the states in its entry, what the functions logged of it, the lines as they
    /// appeared in its job's history, and what Twilio was asked to delete.
    pub(super) async fn steps_of(
        &mut self,
        scene: &Scene,
        recording: &PlacedRecording,
        job: Option<&Job>,
    ) -> Result<(), SceneError> {
        self.steps_here(scene, recording, job).await?;
        self.deletions(scene, recording).await
    }

    /// The same, without its provider.
    pub(super) async fn steps_here(
        &mut self,
        scene: &Scene,
        recording: &impl Recorded,
        job: Option<&Job>,
    ) -> Result<(), SceneError> {
        self.states(&scene.entry(recording).await?.unwrap_or_default(), recording);
        for (function, name) in FUNCTIONS {
            for record in scene.logged(function, recording).await? {
                self.log(name, &record);
            }
        }
        if let Some(job) = job {
            self.history(scene, job).await?;
        }
        Ok(())
    }

    /// Waits until the transfer function has logged these of a recording, and says which it has not.
    pub(super) async fn expect_logged(
        &mut self,
        scene: &Scene,
        recording: &impl Recorded,
        log_types: &[&str],
    ) -> Result<(), SceneError> {
        match scene.until_logged(Function::Transfer, recording, log_types).await {
            Err(SceneError::TooLate(missing, _)) => self.expect(false, || format!("{missing} did not happen")),
            other => other?,
        }
        Ok(())
    }

    fn states(&mut self, entry: &Value, recording: &impl Recorded) {
        for reached in entry["states"].as_array().into_iter().flatten() {
            let Some(at) = time(&reached["at"]) else { continue };
            let state = reached["state"].as_str().unwrap_or("unknown");
            let why = reached["why"].as_str().map(|why| format!(" ({why})")).unwrap_or_default();
            self.note_at(at, "ledger", format!("{} is {state}{why}", short(recording)));
        }
    }

    /// One record of a function's log.
    pub(super) fn log(&mut self, function: &str, record: &Value) {
        let (Some(at), Some(log_type)) = (time(&record["timestamp"]), record["log_type"].as_str()) else { return };
        let code = record["error_code"].as_str().map(|code| format!(" ({code})")).unwrap_or_default();
        self.note_at(at, "log", format!("{function}: {log_type}{code}"));
    }

    async fn history(&mut self, scene: &Scene, job: &Job) -> Result<(), SceneError> {
        let mut before = String::new();
        for revision in scene.standins().job_revisions(job.record_id.clone()).await? {
            let new = revision.history.strip_prefix(&before);
            for line in new.unwrap_or(&revision.history).lines().filter(|line| !line.is_empty()) {
                let what = match (revision.by, new.is_some()) {
                    (Author::Person, _) => format!("a person writes: {line}"),
                    (Author::Api, true) => format!("appended: {line}"),
                    (Author::Api, false) => format!("rewritten: {line}"),
                };
                self.note_at(revision.at, "history", what);
            }
            before = revision.history;
        }
        Ok(())
    }

    async fn deletions(&mut self, scene: &Scene, recording: &PlacedRecording) -> Result<(), SceneError> {
        let asked = JournalQuery::of(Service::Twilio).method("DELETE").path_contains(&recording.recording_sid);
        let asked: Vec<JournalEntry> = scene.standins().journal(asked).await?;
        for deletion in &asked {
            let answer =
                deletion.status.map_or_else(|| "not answered".to_owned(), |status| format!("answered {status}"));
            self.note_at(deletion.at, "Twilio", format!("asked to delete {}, {answer}", short(recording)));
        }
        if asked.is_empty() && scene.at_twilio(recording).await?.is_some() {
            self.note("Twilio", format!("still has {}", short(recording)));
        }
        Ok(())
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Enough of an id to tell two recordings of one case apart.
pub(super) fn short(recording: &impl Recorded) -> &str {
    recording.id().get(..8).unwrap_or(recording.id())
}

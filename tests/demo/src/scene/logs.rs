use std::time::Instant;

use serde_json::Value;
use stack::Function;
use standins::{JournalEntry, JournalQuery, PlacedRecording, Service};

use super::{PATIENCE, Recorded, Scene, pause};
use crate::SceneError;

impl Scene {
    /// The records that a function has logged of a recording, oldest first.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn logged(&self, function: Function, recording: &impl Recorded) -> Result<Vec<Value>, SceneError> {
        let lines = self.stack().function_logs(function).await?;
        let mine = lines.iter().filter(|line| line.contains(recording.id()));
        Ok(mine.filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Waits until a function has logged records of all these types of a recording. They are seen when the invocation that
    /// wrote them has ended.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] with what is missing.
    pub async fn until_logged(
        &self,
        function: Function,
        recording: &impl Recorded,
        log_types: &[&str],
    ) -> Result<(), SceneError> {
        let start = Instant::now();
        loop {
            let logged = self.logged(function, recording).await?;
            let is_there = |wanted: &str| logged.iter().any(|record| record["log_type"] == wanted);
            let missing: Vec<_> = log_types.iter().filter(|wanted| !is_there(wanted)).collect();
            if missing.is_empty() {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(SceneError::TooLate(format!("logging {missing:?}"), PATIENCE.as_secs()));
            }
            pause().await;
        }
    }

    /// When Twilio was asked to delete a recording, and what it answered.
    ///
    /// # Errors
    /// When the stand-in does not answer.
    pub async fn deletions(&self, recording: &PlacedRecording) -> Result<Vec<JournalEntry>, SceneError> {
        let query = JournalQuery::of(Service::Twilio).method("DELETE").path_contains(&recording.recording_sid);
        Ok(self.standins().journal(query).await?)
    }
}

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::Value;
use stack::Function;
use standins::{JournalQuery, PlacedRecording, Service};

use super::{PATIENCE, Scene, pause};
use crate::SceneError;

impl Scene {
    /// The records that a function has logged of a recording, oldest first.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn logged(&self, function: Function, recording: &PlacedRecording) -> Result<Vec<Value>, SceneError> {
        let lines = self.stack().function_logs(function).await?;
        let mine = lines.iter().filter(|line| line.contains(&recording.recording_sid));
        Ok(mine.filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// The `log_type`s of everything that a function has logged of a recording.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn log_types(
        &self,
        function: Function,
        recording: &PlacedRecording,
    ) -> Result<BTreeSet<String>, SceneError> {
        let records = self.logged(function, recording).await?;
        Ok(records.iter().filter_map(|record| record["log_type"].as_str().map(str::to_owned)).collect())
    }

    /// Waits until a function has logged records of all these types of a recording. They are seen when the invocation that
    /// wrote them has ended.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] with what is missing.
    pub async fn until_logged(
        &self,
        function: Function,
        recording: &PlacedRecording,
        wanted: &[&str],
    ) -> Result<(), SceneError> {
        let start = Instant::now();
        loop {
            let logged = self.log_types(function, recording).await?;
            let missing: Vec<_> = wanted.iter().filter(|log_type| !logged.contains(**log_type)).collect();
            match missing.is_empty() {
                true => return Ok(()),
                false if start.elapsed() > PATIENCE => {
                    return Err(SceneError::TooLate(format!("{missing:?} beside {logged:?}"), PATIENCE.as_secs()));
                }
                false => pause().await,
            }
        }
    }

    /// How often Twilio was asked to delete a recording.
    ///
    /// # Errors
    /// When the stand-in does not answer.
    pub async fn deletions(&self, recording: &PlacedRecording) -> Result<usize, SceneError> {
        let query = JournalQuery::of(Service::Twilio).method("DELETE").path_contains(&recording.recording_sid);
        Ok(self.standins().journal(query).await?.len())
    }
}

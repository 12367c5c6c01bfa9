use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use standins::PlacedRecording;

use super::{Job, LinkAnswer, Recorded, Scene};
use crate::SceneError;

/// What can be seen of a recording from outside, when all is done.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    /// The recording at its provider; of a voice agent, its call.
    pub recording_id: String,
    /// The state that its ledger entry is in.
    pub state: String,
    /// Where the audio is.
    pub object_key: Option<String>,
    /// Its size in the bucket.
    pub bytes: Option<usize>,
    /// SHA-256 of the bytes that the provider served.
    pub sha256_at_source: Option<String>,
    /// SHA-256 of the bytes in the bucket.
    pub sha256_in_bucket: Option<String>,
    /// SHA-256 of the bytes that the link played.
    pub sha256_by_link: Option<String>,
    /// The job's history as Airtable holds it.
    pub history: Option<String>,
    /// The permanent link in it.
    pub link: Option<String>,
    /// What the link answered.
    pub link_answer: Option<LinkAnswer>,
    /// Whether the provider still has the recording.
    pub provider_has_it: bool,
    /// Milliseconds from the webhook to the audio safe in the bucket.
    pub stored_after_ms: Option<i128>,
    /// Milliseconds from the webhook to everything done.
    pub settled_after_ms: Option<i128>,
}

impl Scene {
    /// Looks at everything that can be seen of a recording at Twilio. `source` is what Twilio served before.
    ///
    /// # Errors
    /// When somebody does not answer.
    pub async fn evidence(
        &self,
        recording: &PlacedRecording,
        job: Option<&Job>,
        source: Option<&[u8]>,
    ) -> Result<Evidence, SceneError> {
        let provider_has_it = self.at_twilio(recording).await?.is_some();
        self.evidence_of(recording, job, source, provider_has_it).await
    }

    /// The same, of any provider's, where that has been asked already whether it still has it.
    pub(super) async fn evidence_of(
        &self,
        recording: &impl Recorded,
        job: Option<&Job>,
        source: Option<&[u8]>,
        provider_has_it: bool,
    ) -> Result<Evidence, SceneError> {
        let entry = self.entry(recording).await?.unwrap_or(Value::Null);
        let object_key = entry["recording_storage_path"].as_str().map(str::to_owned);
        let stored = match &object_key {
            Some(key) => self.object(key).await?,
            None => None,
        };
        let history = match job {
            Some(job) => Some(self.history(job).await?),
            None => None,
        };
        let link = lines_of(&entry).into_iter().find_map(|line| url_of(&line));
        let link_answer = match &link {
            Some(link) => Some(self.follow(link).await?),
            None => None,
        };
        let played = link_answer.as_ref().filter(|answer| answer.status == 302).map(|answer| &answer.audio[..]);
        Ok(Evidence {
            recording_id: recording.id().to_owned(),
            state: entry["state"].as_str().unwrap_or("unknown").to_owned(),
            object_key,
            bytes: stored.as_ref().map(|bytes| bytes.len()),
            sha256_at_source: source.map(sha256),
            sha256_in_bucket: stored.as_deref().map(sha256),
            sha256_by_link: played.map(sha256),
            history,
            link,
            link_answer,
            provider_has_it,
            stored_after_ms: reached_after(&entry, "stored"),
            settled_after_ms: reached_after(&entry, "settled"),
        })
    }
}

fn lines_of(entry: &Value) -> Vec<String> {
    let lines = entry["lines"].as_array().into_iter().flatten();
    lines.filter_map(|line| line["text"].as_str().map(str::to_owned)).collect()
}

fn url_of(line: &str) -> Option<String> {
    let (_, url) = line.split_once("Event: Recording | Source: IVR | URL: ")?;
    Some(url.to_owned())
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn reached_after(entry: &Value, state: &str) -> Option<i128> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let reached = entry["states"].as_array()?.iter().find(|reached| reached["state"] == state)?;
    Some(time(&reached["at"])?.duration_since(time(&entry["received_at"])?).as_millis())
}

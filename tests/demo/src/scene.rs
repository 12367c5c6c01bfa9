//! What a person could do and see, as calls.

mod agents;
mod api;
mod bucket;
mod evidence;
mod faults;
mod jobs;
mod logs;
mod recorded;
mod web;

pub use agents::AgentCall;
pub use api::signed;
pub use evidence::Evidence;
pub use faults::{Broken, Place, Queue};
pub use jobs::Job;
pub use recorded::Recorded;
pub use web::LinkAnswer;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stack::{Function, Stack};
use standins::{
    ControlClient, Delivery, Destination, Forgery, JournalQuery, PlaceRecording, PlacedRecording, RecordingStatusForm,
    Service,
};

use crate::SceneError;
use bucket::Bucket;
use web::Web;

/// How long a step may take before it counts as not happening. Quick machines need a hundredth of it.
const PATIENCE: Duration = Duration::from_secs(90);
/// Of longer objects nothing is looked for: nothing that a test erases is as long.
const SCANNED_BYTES: i64 = 5_000_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A stack that is up, with everything that can be done to it from outside.
pub struct Scene {
    stack: Stack,
    control: ControlClient,
    bucket: Bucket,
    web: Web,
}

impl Scene {
    /// The scene on a stack.
    ///
    /// # Errors
    /// When a client cannot be made.
    pub fn on(stack: Stack) -> Result<Self, SceneError> {
        let (control, bucket, web) = (stack.control(), Bucket::of(&stack), Web::new()?);
        Ok(Self { stack, control, bucket, web })
    }

    /// The stack below.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The same, to change what is deployed.
    pub fn stack_mut(&mut self) -> &mut Stack {
        &mut self.stack
    }

    /// The stand-ins.
    pub fn standins(&self) -> &ControlClient {
        &self.control
    }

    /// Makes a recording at Twilio.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn record(&self, wanted: PlaceRecording) -> Result<PlacedRecording, SceneError> {
        Ok(self.control.place_recording(wanted).await?)
    }

    /// Has Twilio report a recording, for a job or for none.
    ///
    /// # Errors
    /// When the stand-in does not do it; an answer of the wrong status is no error.
    pub async fn report(
        &self,
        recording: &PlacedRecording,
        job: Option<&Job>,
        forgery: Forgery,
    ) -> Result<Delivery, SceneError> {
        self.report_for(recording, job.map(|job| job.number.as_str()), forgery).await
    }

    /// The same, by a job's number; there need not be such a job.
    ///
    /// # Errors
    /// When the stand-in does not do it; an answer of the wrong status is no error.
    pub async fn report_for(
        &self,
        recording: &PlacedRecording,
        job_number: Option<&str>,
        forgery: Forgery,
    ) -> Result<Delivery, SceneError> {
        let query = job_number.map(|number| format!("?job={number}")).unwrap_or_default();
        let url = format!("{}/api/twilio/recording{query}#rc=5&rp=all", self.stack.public_base_url());
        let to = Destination { url, forgery, ..Destination::default() };
        let form = RecordingStatusForm {
            recording_sid: recording.recording_sid.clone(),
            to,
            ..RecordingStatusForm::default()
        };
        Ok(self.control.deliver_recording_status(form).await?)
    }

    /// The recording's ledger entry as it stands in the bucket.
    ///
    /// # Errors
    /// When the bucket does not answer.
    pub async fn entry(&self, recording: &impl Recorded) -> Result<Option<Value>, SceneError> {
        let key = format!("ledger/default/{}.json", recording.place());
        match self.bucket.read(&key).await? {
            None => Ok(None),
            Some(json) => serde_json::from_slice(&json).map(Some).map_err(|e| SceneError::Strange(e.to_string())),
        }
    }

    /// Waits until the recording's entry says that it is so, and gives it back.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] with the entry as it is, when it never does.
    pub async fn until(
        &self,
        recording: &impl Recorded,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, SceneError> {
        let start = Instant::now();
        let mut last = None;
        while start.elapsed() < PATIENCE {
            if let Some(entry) = self.entry(recording).await? {
                if is_so(&entry) {
                    return Ok(entry);
                }
                last = Some(entry);
            }
            pause().await;
        }
        let state = last.map_or_else(|| "no entry".to_owned(), |entry| entry["states"].to_string());
        Err(SceneError::TooLate(format!("{what} ({state})"), PATIENCE.as_secs()))
    }

    /// Asks the API until it answers so, and gives the answer; meanwhile it may answer with one of `meanwhile`.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] with the last status, when it never does, and at once where it answers otherwise.
    pub async fn until_answered(
        &self,
        path: &str,
        token: &str,
        meanwhile: &[u16],
        wanted: u16,
    ) -> Result<Value, SceneError> {
        let start = Instant::now();
        loop {
            let (status, answer) = self.ask("GET", path, token, None).await?;
            if status == wanted {
                return Ok(answer);
            }
            if !meanwhile.contains(&status) || start.elapsed() >= PATIENCE {
                let what = format!("{wanted} of {path} ({status}: {answer})");
                return Err(SceneError::TooLate(what, PATIENCE.as_secs()));
            }
            pause().await;
        }
    }

    /// Waits until nothing is left to do for a recording: settled, and its `open/` marker gone.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] when it never is.
    pub async fn until_settled(&self, recording: &impl Recorded) -> Result<Value, SceneError> {
        let entry = self.until(recording, "settling", |entry| entry["state"] == "settled").await?;
        self.until_closed(recording).await?;
        Ok(entry)
    }

    /// Runs the sweeper's retry job again and again until nothing is left to do for a recording.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] when it never is.
    pub async fn sweep_until_settled(&self, recording: &impl Recorded) -> Result<Value, SceneError> {
        let start = Instant::now();
        let mut failed = None;
        while start.elapsed() < PATIENCE {
            // The emulator may break a connection off; a sweep can be run again at any time.
            failed = self.stack.invoke(Function::Sweeper, &json!({ "job": "retry" })).await.err();
            if self.entry(recording).await?.is_some_and(|entry| entry["state"] == "settled") {
                return self.until_settled(recording).await;
            }
            pause().await;
        }
        match failed {
            Some(error) => Err(error.into()),
            None => self.until_settled(recording).await,
        }
    }

    /// Runs a job of the sweeper again and again until its answer says that it is so, and gives the answer back.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] when it never does.
    pub async fn sweep_until(
        &self,
        job: &Value,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, SceneError> {
        let start = Instant::now();
        let mut last = String::new();
        while start.elapsed() < PATIENCE {
            match self.stack.invoke(Function::Sweeper, job).await {
                Ok(outcome) if is_so(&outcome) => return Ok(outcome),
                Ok(outcome) => last = outcome.to_string(),
                // The emulator may break a connection off; a sweep can be run again at any time.
                Err(error) => last = error.to_string(),
            }
            pause().await;
        }
        Err(SceneError::TooLate(format!("{what} ({last})"), PATIENCE.as_secs()))
    }

    /// Writes audio into the bucket.
    ///
    /// # Errors
    /// When the bucket does not take it.
    pub async fn put_audio(&self, key: &str, audio: bytes::Bytes) -> Result<(), SceneError> {
        self.bucket.write_bytes(key, audio).await
    }

    /// Writes an object into the bucket.
    ///
    /// # Errors
    /// When the bucket does not take it.
    pub async fn put_object(&self, key: &str, content: &Value) -> Result<(), SceneError> {
        self.bucket.write(key, content.to_string()).await
    }

    /// Waits until the recording's `open/` marker is gone.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] when it never is.
    pub async fn until_closed(&self, recording: &impl Recorded) -> Result<(), SceneError> {
        let key = format!("open/default/{}", recording.place());
        let is_gone = async || Ok(self.bucket.read(&key).await?.is_none().then_some(()));
        self.wait_for("the removal of the open marker", PATIENCE, is_gone).await
    }

    /// Waits until something is there to be seen.
    ///
    /// # Errors
    /// [`SceneError::TooLate`] when it never is, and what goes wrong with looking.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        patience: Duration,
        look: impl AsyncFn() -> Result<Option<T>, SceneError>,
    ) -> Result<T, SceneError> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            pause().await;
        }
        Err(SceneError::TooLate(what.to_owned(), patience.as_secs()))
    }

    /// Whether Twilio was asked exactly once to delete the recording, and Airtable had taken a history before. The
    /// stand-ins number what they are asked in one row.
    ///
    /// # Errors
    /// When the stand-ins do not answer.
    pub async fn deleted_after_the_line(&self, recording: &PlacedRecording) -> Result<bool, SceneError> {
        let deletions = JournalQuery {
            method: Some("DELETE".to_owned()),
            path_contains: Some(recording.recording_sid.clone()),
            ..JournalQuery::of(Service::Twilio)
        };
        let updates = JournalQuery { method: Some("PATCH".to_owned()), ..JournalQuery::of(Service::Airtable) };
        let done = self.control.journal(deletions).await?;
        let written = self.control.journal(updates).await?;
        let [deletion] = &done[..] else { return Ok(false) };
        let since = recording.started_at;
        Ok(written.iter().any(|update| update.status == Some(200) && update.at > since && update.seq < deletion.seq))
    }

    /// The keys in the bucket that begin with this.
    ///
    /// # Errors
    /// When the bucket does not answer.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, SceneError> {
        self.bucket.keys(prefix).await
    }

    /// The tags of an object, as `name=value`.
    ///
    /// # Errors
    /// When the bucket does not answer.
    pub async fn tags(&self, key: &str) -> Result<Vec<String>, SceneError> {
        self.bucket.tags(key).await
    }

    /// The keys of whatever in the bucket holds one of these texts or pieces of audio, in any version that there is of it.
    ///
    /// # Errors
    /// When the bucket does not answer.
    pub async fn keys_with(&self, pieces: &[impl AsRef<[u8]>]) -> Result<Vec<String>, SceneError> {
        self.bucket.keys_with(pieces, SCANNED_BYTES).await
    }

    /// The keys of all versions of what begins with this, each as often as it has any.
    ///
    /// # Errors
    /// When the bucket does not answer.
    pub async fn versions(&self, prefix: &str) -> Result<Vec<String>, SceneError> {
        self.bucket.versions(prefix).await
    }

    /// The bytes under a key.
    ///
    /// # Errors
    /// When the bucket does not answer.
    pub async fn object(&self, key: &str) -> Result<Option<bytes::Bytes>, SceneError> {
        self.bucket.read(key).await
    }

    /// The recording as Twilio serves it, with its credentials, behind its redirect; `None` when it has it no more.
    ///
    /// # Errors
    /// When the stand-in does not answer.
    pub async fn at_twilio(&self, recording: &PlacedRecording) -> Result<Option<bytes::Bytes>, SceneError> {
        self.web.at_twilio(&self.stack, recording).await
    }

    /// Deletes a recording at Twilio, as its console does.
    ///
    /// # Errors
    /// When the stand-in does not do it.
    pub async fn delete_at_twilio(&self, recording: &PlacedRecording) -> Result<(), SceneError> {
        self.web.delete_at_twilio(&self.stack, recording).await
    }

    /// Follows a link from a history line, as a browser does.
    ///
    /// # Errors
    /// When nobody answers; a refusal is an answer.
    pub async fn follow(&self, link: &str) -> Result<LinkAnswer, SceneError> {
        self.web.follow(link).await
    }

    /// Asks a link for the audio from its first byte, as a player does, and follows nothing.
    ///
    /// # Errors
    /// When nobody answers; a refusal is an answer.
    pub async fn play(&self, link: &str) -> Result<(u16, bytes::Bytes), SceneError> {
        self.web.play(link).await
    }

    /// Asks for a path of the API.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn get(&self, path: &str) -> Result<(u16, String), SceneError> {
        self.web.get(&format!("{}{path}", self.stack.public_base_url())).await
    }
}

#[expect(clippy::disallowed_methods, reason = "another process is watched, whose time is real")]
async fn pause() {
    tokio::time::sleep(BETWEEN_LOOKS).await;
}

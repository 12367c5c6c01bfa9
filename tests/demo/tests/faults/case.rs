use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use bytes::Bytes;
use demo::{Broken, Job, Scene, SceneError};
use jiff::Timestamp;
use serde_json::Value;
use stack::Function;
use standins::{Forgery, PlaceRecording, PlacedRecording};
use tokio::sync::Barrier;

use crate::run::{pause, told};

const PATIENCE: Duration = Duration::from_secs(60);

/// One recording of one job, and what is found wrong on its way.
pub(crate) struct Case<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) job: Job,
    pub(crate) recording: PlacedRecording,
    /// What Twilio served before anything was broken.
    source: Bytes,
    all_broken: Option<&'a Barrier>,
    was_waited_for: Cell<bool>,
    wrong: RefCell<Vec<String>>,
}

impl<'a> Case<'a> {
    pub(crate) async fn begin(scene: &'a Scene, all_broken: Option<&'a Barrier>) -> Result<Self, SceneError> {
        let job = scene.job("JOB").await?;
        let recording = scene.record(PlaceRecording::default()).await?;
        let source = scene.at_twilio(&recording).await?.unwrap_or_default();
        let (was_waited_for, wrong) = (Cell::new(false), RefCell::default());
        Ok(Self { scene, job, recording, source, all_broken, was_waited_for, wrong })
    }

    /// Twilio reports the recording, and has to be content.
    pub(crate) async fn report(&self) -> Result<(), SceneError> {
        let answer = self.scene.report(&self.recording, Some(&self.job), Forgery::None).await?;
        self.expect(answer.status == Some(204), || format!("the webhook was answered {:?}", answer.status));
        Ok(())
    }

    /// Waits for a first failed try, and looks at what the ledger says of it.
    pub(crate) async fn until_tried(&self, state: &str, codes: &[&str]) -> Result<Value, SceneError> {
        let tried = |entry: &Value| entry["last_error"]["code"].is_string();
        let entry = self.scene.until(&self.recording, "a first try", tried).await?;
        let code = entry["last_error"]["code"].as_str().unwrap_or_default();
        self.expect(codes.contains(&code), || format!("the error is {} and not {codes:?}", entry["last_error"]));
        self.expect(entry["state"] == state, || format!("the state is {} and not {state}", entry["state"]));
        self.expect(entry["next_attempt_at"].is_string(), || "no other try is to come".to_owned());
        Ok(entry)
    }

    /// Waits for a line about an event, and gives it back.
    pub(crate) async fn until_line(&self, event: &str) -> Result<String, SceneError> {
        let start = Instant::now();
        let wanted = format!("| Event: {event} | Source: IVR | ");
        loop {
            let history = self.scene.history(&self.job).await?;
            if let Some(line) = history.lines().find(|line| line.contains(&wanted)) {
                return Ok(line.to_owned());
            }
            if start.elapsed() > PATIENCE {
                return Err(SceneError::TooLate(format!("a line {event:?} in {history:?}"), PATIENCE.as_secs()));
            }
            pause(Duration::from_millis(200)).await;
        }
    }

    /// Waits until the transfer function has logged all of this of the recording.
    pub(crate) async fn logged(&self, log_types: &[&str]) -> Result<(), SceneError> {
        self.scene.until_logged(Function::Transfer, &self.recording, log_types).await
    }

    pub(crate) async fn until_all_are_broken(&self) {
        if let Some(all) = self.all_broken.filter(|_| !self.was_waited_for.replace(true)) {
            all.wait().await;
        }
    }

    /// Twilio was not asked to delete anything.
    pub(crate) async fn expect_kept_at_twilio(&self) -> Result<(), SceneError> {
        let deletions = self.scene.deletions(&self.recording).await?;
        self.expect(deletions.is_empty(), || format!("Twilio was asked to delete its copy: {deletions:?}"));
        Ok(())
    }

    /// Who clicks the link meanwhile hears the recording.
    pub(crate) async fn expect_plays_from_twilio(&self, link: &str) -> Result<(), SceneError> {
        let (status, heard) = self.scene.play(link).await?;
        let is_heard = status == 206 && heard == self.source;
        self.expect(is_heard, || format!("the link {link:?} answers {status} with {} bytes", heard.len()));
        Ok(())
    }

    /// How often the sweeper sent the recording again before a time.
    pub(crate) async fn swept_before(&self, time: Timestamp) -> Result<u32, SceneError> {
        let records = self.scene.logged(Function::Sweeper, &self.recording).await?;
        let is_one = |record: &&Value| {
            let at = record["timestamp"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
            record["log_type"] == "recording_sent_again" && at.is_some_and(|at| at < time)
        };
        Ok(records.iter().filter(is_one).count() as u32)
    }

    /// Ends the fault, which has to have struck, and takes the recording home. The history has these events then, once each
    /// and in this order.
    pub(crate) async fn heals(&self, broken: Broken, events: &[&str]) -> Result<(), SceneError> {
        self.mended(broken).await?;
        self.is_home(events).await
    }

    pub(crate) async fn mended(&self, broken: Broken) -> Result<(), SceneError> {
        self.expect_kept_at_twilio().await?;
        self.until_all_are_broken().await;
        let report = broken.mend().await?;
        self.expect(report.struck > 0, || format!("the fault never struck: {report:?}"));
        Ok(())
    }

    pub(crate) async fn is_home(&self, events: &[&str]) -> Result<(), SceneError> {
        let entry = self.scene.until_settled(&self.recording).await?;
        let history = self.scene.history(&self.job).await?;
        let seen: Vec<_> = history.lines().filter_map(event_of).collect();
        self.expect(seen == events, || format!("the history tells {seen:?} and not {events:?}:\n{history}"));
        let key = entry["recording_storage_path"].as_str().unwrap_or_default();
        let stored = self.scene.object(key).await?;
        self.expect(stored.as_ref() == Some(&self.source), || format!("{key} is not what Twilio served"));
        self.expect_deleted_last().await
    }

    /// Deleting twice is no harm, and happens where a sweep comes between; deleting before the line is written is.
    async fn expect_deleted_last(&self) -> Result<(), SceneError> {
        const SAVED: &str = "recording_saved_to_airtable_s3";
        self.logged(&["recording_s3_upload_success", SAVED, "twilio_deletion_scheduled"]).await?;
        let records = self.scene.logged(Function::Transfer, &self.recording).await?;
        let saved = records.iter().find(|record| record["log_type"] == SAVED);
        let saved: Option<Timestamp> = saved.and_then(|record| record["timestamp"].as_str()?.parse().ok());
        let deletions = self.scene.deletions(&self.recording).await?;
        let last = deletions.first().is_some_and(|first| saved.is_some_and(|saved| saved < first.at));
        self.expect(last, || format!("written at {saved:?}, and deleted by {deletions:?}"));
        Ok(())
    }

    pub(crate) fn expect(&self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.wrong.borrow_mut().push(otherwise());
        }
    }

    pub(crate) fn wrong(self, end: Result<(), SceneError>) -> Vec<String> {
        let mut wrong = self.wrong.into_inner();
        wrong.extend(end.err().map(|error| format!("{}: {}", self.recording.recording_sid, told(&error))));
        wrong
    }
}

fn event_of(line: &str) -> Option<&str> {
    Some(line.split_once("| Event: ")?.1.split_once(" | ")?.0)
}

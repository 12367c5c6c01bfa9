use stack::Stack;
use standins::{ControlClient, Fault, FaultReport, FaultRule, PlacedRecording, Service};

use super::Scene;
use crate::SceneError;

/// What can break. The stack is shared, so that a fault strikes one recording wherever a request tells which it is about.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The bucket, for all that it holds of a recording: audio, ledger, marker, index.
    Bucket(&'a PlacedRecording),
    /// The bucket, for the upload of a recording's audio alone.
    AudioUpload(&'a PlacedRecording),
    /// Sending a message about a recording to a queue.
    Sending(Queue, &'a PlacedRecording),
    /// Twilio's API, for the audio of a recording.
    TwilioAudio(&'a PlacedRecording),
    /// The host that Twilio's API leads to, for the audio of a recording.
    MediaHost(&'a PlacedRecording),
    /// Airtable's search for jobs, whatever for: whoever uses it must be alone.
    AirtableFind,
}

/// One of the deployed queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Recordings to copy.
    Transfer,
    /// History lines to write.
    History,
    /// Recordings that wait for their next attempt.
    Retry,
}

/// Something that is broken until [`Broken::mend`].
#[must_use = "it stays broken"]
#[derive(Debug)]
pub struct Broken {
    control: ControlClient,
    id: u64,
}

impl Scene {
    /// Breaks a place: `Fault::s3_access_denied()` denies, `Fault::Hang` hangs, `Fault::s3_no_such_bucket()` is a bucket
    /// that is gone, `Fault::CloseBeforeAnswer` a host that is.
    ///
    /// # Errors
    /// When the stand-ins do not do it.
    pub async fn breaks(&self, place: Place<'_>, fault: Fault) -> Result<Broken, SceneError> {
        self.strikes(place.rule(self.stack(), fault)).await
    }

    /// Breaks a place for its next call.
    ///
    /// # Errors
    /// When the stand-ins do not do it.
    pub async fn breaks_once(&self, place: Place<'_>, fault: Fault) -> Result<Broken, SceneError> {
        self.strikes(place.rule(self.stack(), fault).once()).await
    }

    async fn strikes(&self, rule: FaultRule) -> Result<Broken, SceneError> {
        Ok(Broken { id: self.standins().inject(rule).await?, control: self.standins().clone() })
    }
}

impl Broken {
    /// Ends the fault, and tells what it has done.
    ///
    /// # Errors
    /// When the stand-ins do not do it, or have forgotten the fault.
    pub async fn mend(self) -> Result<FaultReport, SceneError> {
        let report = self.control.faults().await?.into_iter().find(|report| report.id == self.id);
        self.control.clear_fault(self.id).await?;
        report.ok_or_else(|| SceneError::Strange(format!("fault {} is not in force", self.id)))
    }
}

impl Place<'_> {
    fn rule(self, stack: &Stack, fault: Fault) -> FaultRule {
        let outputs = stack.outputs();
        let rule = |service| FaultRule::new(service, fault);
        match self {
            Self::Bucket(recording) => {
                rule(Service::Aws).regex(&format!("^/{}/.*{}", outputs.bucket_name, recording.call_sid))
            }
            Self::AudioUpload(recording) => {
                let audio = format!("^/{}/recordings/.*{}", outputs.bucket_name, recording.call_sid);
                rule(Service::Aws).method("PUT").regex(&audio)
            }
            Self::Sending(queue, recording) => {
                let url = match queue {
                    Queue::Transfer => &outputs.transfer_queue_url,
                    Queue::History => &outputs.history_queue_url,
                    Queue::Retry => &outputs.retry_queue_url,
                };
                let name = url.rsplit('/').next().unwrap_or(url).replace('.', r"\.");
                rule(Service::Aws).regex(&format!(r"^/AmazonSQS\.SendMessage/{name} .*{}", recording.recording_sid))
            }
            Self::TwilioAudio(recording) => {
                rule(Service::Twilio).method("GET").regex(&format!(r"/{}\.(mp3|wav)", recording.recording_sid))
            }
            Self::MediaHost(recording) => {
                rule(Service::Media).method("GET").regex(&format!("^/media/.*{}", recording.recording_sid))
            }
            Self::AirtableFind => rule(Service::Airtable).method("POST").regex("/listRecords$"),
        }
    }
}

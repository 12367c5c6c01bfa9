//! The program under Lambda's runtime interface emulator: the fixture events, and what stops it at its start.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use recordings::messages::{MESSAGE_VERSION, TransferRequest};
use runtime::{Function, Rie, Stopped, Surroundings};
use serde_json::{Value, json};
use standins::speech::{Channels, Format};
use standins::{Audio, CreateJob, PlaceRecording, World};

const OLDER_HISTORY: &str = "what a person wrote";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_transfer"))
}

/// The messages of an event, each by its id; those that are no request of ours have none.
fn messages(event: &Value) -> Vec<(String, Option<TransferRequest>)> {
    let records = event["Records"].as_array().unwrap().iter();
    records
        .map(|record| {
            let request = serde_json::from_str::<TransferRequest>(record["body"].as_str().unwrap());
            let request = request.ok().filter(|request| request.version == MESSAGE_VERSION);
            (record["messageId"].as_str().unwrap().to_owned(), request)
        })
        .collect()
}

/// A recording that a fixture event tells of, and the record of its job.
struct Call {
    recording_sid: String,
    job_record: String,
    audio_key: String,
    audio: Vec<u8>,
}

impl Call {
    /// Has Twilio and Airtable know what the message tells of.
    fn place(world: &World, request: &TransferRequest) -> Self {
        let recording_sid = request.recording.recording_id.to_string();
        let call_sid = request.recording.call_id.to_string();
        let job = request.job_number.as_ref().unwrap().as_str();
        let started_at = request.report.started_at.unwrap();
        let audio = Audio::Seconds(request.report.duration_seconds.unwrap().into());
        let file = audio.track(Format::Mp3, Channels::Mono).read_all().to_vec();
        let audio_key = format!("recordings/{}/{call_sid}-{job}.mp3", started_at.strftime("%Y/%m/%d"));
        let wanted = PlaceRecording {
            call_sid: Some(call_sid),
            recording_sid: Some(recording_sid.clone()),
            started_at: Some(started_at),
            audio,
            ..PlaceRecording::default()
        };
        world.place_recording(wanted).unwrap();
        let job = CreateJob { history: Some(OLDER_HISTORY.to_owned()), ..CreateJob::numbered(job) };
        Self { recording_sid, job_record: world.create_job(job).unwrap(), audio_key, audio: file }
    }

    async fn assert_stored(&self, surroundings: &Surroundings) {
        let stored = surroundings.aws.object(Surroundings::BUCKET, &self.audio_key).await;
        assert!(stored.is_some_and(|stored| stored == self.audio), "{}", self.audio_key);
    }

    fn is_deleted_at_twilio(&self, world: &World) -> bool {
        world.recording(self.recording_sid.clone()).unwrap().deleted_at.is_some()
    }

    fn assert_linked(&self, world: &World) {
        let history = world.job_history(self.job_record.clone()).unwrap();
        let (older, line) = history.split_once('\n').unwrap();
        assert_eq!(older, OLDER_HISTORY);
        assert!(line.starts_with("---- | ") && line.contains("Event: Recording | "), "{history}");
        assert!(line.contains(&format!("URL: {}/r/k1.", Surroundings::PUBLIC_BASE_URL)), "{history}");
    }
}

fn place_all(world: &World, event: &Value) -> Vec<Call> {
    messages(event).iter().filter_map(|(_, request)| Some(Call::place(world, request.as_ref()?))).collect()
}

#[test]
fn every_event_is_used_below() {
    let names = ["history-one", "history-ten", "queue-one", "queue-poison-among-good", "queue-ten"];
    assert_eq!(runtime::events("transfer"), names.map(|name| format!("transfer-{name}")));
}

/// The recordings of one event, and then their histories, which another event asks for.
async fn bring_home(queue: &str, history: &str) {
    let surroundings = Surroundings::start().await;
    let world = surroundings.world();
    let function = Rie::start(program(), &surroundings.environment(Function::Transfer)).await;
    let event = runtime::event(queue);
    let calls = place_all(world, &event);

    assert_eq!(function.invoke(&event).await, json!({ "batchItemFailures": [] }));
    for call in &calls {
        call.assert_stored(&surroundings).await;
        assert!(!call.is_deleted_at_twilio(world), "before its line is written");
    }
    assert_eq!(surroundings.aws.take_messages(&surroundings.queues.history).await.len(), calls.len());

    assert_eq!(function.invoke(&runtime::event(history)).await, json!({ "batchItemFailures": [] }));
    for call in &calls {
        call.assert_linked(world);
        assert!(call.is_deleted_at_twilio(world), "once its line is written");
    }
    assert_eq!(surroundings.aws.keys(Surroundings::BUCKET, "open/").await, Vec::<String>::new());
    assert_eq!(surroundings.aws.take_messages(&surroundings.queues.retry).await, Vec::<Value>::new());
    assert_eq!(world.violations(), []);
}

#[tokio::test]
async fn one_recording_comes_home_and_into_its_jobs_history() {
    bring_home("transfer-queue-one", "transfer-history-one").await;
}

#[tokio::test]
async fn ten_recordings_come_home_and_into_their_jobs_histories() {
    bring_home("transfer-queue-ten", "transfer-history-ten").await;
}

#[tokio::test]
async fn only_what_cannot_be_read_comes_again() {
    let surroundings = Surroundings::start().await;
    let function = Rie::start(program(), &surroundings.environment(Function::Transfer)).await;
    let event = runtime::event("transfer-queue-poison-among-good");
    let calls = place_all(surroundings.world(), &event);

    let answer = function.invoke(&event).await;

    let messages = messages(&event);
    let poison = messages.iter().filter(|(_, request)| request.is_none());
    let again: Vec<Value> = poison.map(|(id, _)| json!({ "itemIdentifier": id })).collect();
    assert!(!again.is_empty() && !calls.is_empty(), "the event has both kinds");
    assert_eq!(answer, json!({ "batchItemFailures": again }));
    for call in calls {
        call.assert_stored(&surroundings).await;
    }
    let log = function.finish();
    let unreadable = log.iter().filter(|line| line.contains(r#""log_type":"message_unreadable""#));
    assert_eq!(unreadable.count(), again.len(), "{log:#?}");
    let stored = log.iter().find(|line| line.contains("recording_s3_upload_success")).unwrap();
    let record: Value = serde_json::from_str(stored).unwrap();
    assert!(record["latency_ms"].is_i64(), "a figure that can be compared: {record}");
}

#[tokio::test]
async fn what_is_missing_or_malformed_stops_the_start_and_is_named() {
    let surroundings = Surroundings::start().await;
    let environment = surroundings.environment(Function::Transfer);
    let mut secret = Surroundings::secret();
    secret["organisations"] = json!({});
    let nobodys = surroundings.aws.create_secret("nobodys", &secret).await;

    for (environment, reason) in [
        (environment.clone().without("S3_BUCKET"), "environment variable S3_BUCKET is missing"),
        (environment.clone().with("PROVIDER_DELETE", "twillio"), "environment variable PROVIDER_DELETE is malformed"),
        (environment.with("SECRET_ID", &nobodys), "the secret's organisations are empty"),
    ] {
        let stopped = Stopped::run(program(), &environment).await;
        assert!(stopped.reason().contains(reason), "{reason}: {stopped:?}");
    }
}

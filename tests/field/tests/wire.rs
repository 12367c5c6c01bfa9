//! What one recording costs of requests as its servers see them, by the functions' own programs: the budgets that the transfer
//! function's tests hold at its ports, and that `make cost` reckons with, are what goes over the wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use field::{Field, Kind, Settings};
use hyper::Method;
use parking_lot::Mutex;
use runtime::Surroundings;
use serde::Deserialize;
use standins::{Audio, CreateJob, Fault, PlaceRecording, PlacedRecording, Service, Weather};

const PATIENCE: Duration = Duration::from_secs(120);
/// As the template deploys it, a page may listen, which one look tells. Nobody does.
const LIVE: (&str, &str) = ("LIVE_ENDPOINT", "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live");

/// Requests by what they cost, as `requests.json` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
struct Requests {
    s3_writes: usize,
    s3_reads: usize,
    sqs: usize,
    airtable: usize,
    provider: usize,
}

/// What the wire has and the ports do not, or that nobody is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
struct Beside {
    /// S3 takes nothing for a deletion.
    s3_deletions: usize,
    /// Twilio leads to another host for the audio itself.
    media: usize,
    /// Of audio that is not there, its adapter asks Twilio why.
    looks: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Way {
    #[serde(flatten)]
    requests: Requests,
    beside: Beside,
}

/// Of the webhook function one process, and two of transfer.
const PROCESSES: usize = 3;

/// Counts every request, and lets some of the first fail.
#[derive(Debug, Default)]
struct Counter {
    seen: Mutex<BTreeMap<String, usize>>,
    storing_fails: AtomicUsize,
    fetching_fails: AtomicUsize,
}

impl Weather for Counter {
    fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault> {
        let kind = kind(service, method, path);
        *self.seen.lock().entry(kind.to_owned()).or_default() += 1;
        match kind {
            "s3_writes" if is_audio(path) && is_due(&self.storing_fails) => Some(Fault::status(503)),
            "provider" if is_due(&self.fetching_fails) => Some(Fault::status(404)),
            _ => None,
        }
    }
}

/// Whether there is one left, which is then none.
fn is_due(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn is_audio(path: &str) -> bool {
    path.starts_with(&format!("/{}/recordings/", Surroundings::BUCKET))
}

/// Under which name a request counts. One that nobody thought of has a name that is in no budget.
fn kind<'a>(service: Service, method: &'a Method, path: &'a str) -> &'a str {
    let is_s3 = path.starts_with(&format!("/{}", Surroundings::BUCKET));
    match (service, method.as_str()) {
        (Service::Aws, "PUT" | "POST") if is_s3 => "s3_writes",
        (Service::Aws, "GET") if is_s3 && path.contains("list-type=") => "s3_writes",
        (Service::Aws, "GET" | "HEAD") if is_s3 => "s3_reads",
        (Service::Aws, "DELETE") if is_s3 => "s3_deletions",
        (Service::Aws, _) if path.starts_with("/AmazonSQS.SendMessage/") => "sqs",
        (Service::Aws, _) if path.starts_with("/secretsmanager.GetSecretValue") => "secrets",
        (Service::Airtable, _) => "airtable",
        (Service::Twilio, "GET") if path.contains(".json") => "looks",
        (Service::Twilio, _) => "provider",
        (Service::Media, _) => "media",
        _ => path,
    }
}

impl Counter {
    fn of(&self, kind: &str) -> usize {
        self.seen.lock().get(kind).copied().unwrap_or_default()
    }

    fn counted(&self) -> Way {
        let requests = Requests {
            s3_writes: self.of("s3_writes"),
            s3_reads: self.of("s3_reads"),
            sqs: self.of("sqs"),
            airtable: self.of("airtable"),
            provider: self.of("provider"),
        };
        let beside = Beside { s3_deletions: self.of("s3_deletions"), media: self.of("media"), looks: self.of("looks") };
        // A process asks for the secret when it starts, and again when what it knows is old.
        assert_eq!(self.of("secrets"), PROCESSES);
        let known =
            ["s3_writes", "s3_reads", "sqs", "airtable", "provider", "s3_deletions", "media", "looks", "secrets"];
        let seen = self.seen.lock();
        let forgotten: Vec<&String> = seen.keys().filter(|kind| !known.contains(&kind.as_str())).collect();
        assert!(forgotten.is_empty(), "in no budget: {forgotten:?}");
        Way { requests, beside }
    }
}

fn budget(way: &str) -> Way {
    let budgets = include_str!("../../template/src/requests.json");
    let mut budgets: serde_json::Value = serde_json::from_str(budgets).unwrap();
    serde_json::from_value(budgets[way].take()).unwrap()
}

/// The functions, and one recording at Twilio of a job that there is.
struct Scene {
    field: Field,
    counter: Arc<Counter>,
    placed: PlacedRecording,
}

impl Scene {
    async fn of(seconds: u64) -> Self {
        let mut settings = Settings { webhooks: 1, transfers: 1, histories: 1, ..Settings::default() };
        settings.variables.push((LIVE.0, LIVE.1.to_owned()));
        // What the sweeper looks at is nobody's in particular.
        settings.around_the_door.push(Kind::Sweeper);
        let field = Field::start(settings).await;
        let counter = Arc::new(Counter::default());
        field.world().create_job(CreateJob::numbered("JOB1")).unwrap();
        let wanted = PlaceRecording { audio: Audio::Seconds(seconds as f64), ..PlaceRecording::default() };
        let placed = field.world().place_recording(wanted).unwrap();
        field.world().set_weather(Some(counter.clone()));
        Self { field, counter, placed }
    }

    async fn report(&self) {
        let delivery = self.field.report(&self.placed, Some("JOB1")).await;
        assert_eq!((delivery.status, delivery.attempts.len()), (Some(204), 1));
    }

    async fn settled(&mut self) {
        self.field.until("the end of the recording", PATIENCE, Field::is_quiet).await;
        let recording = self.field.world().recording(self.placed.recording_sid.clone()).unwrap();
        assert!(recording.deleted_at.is_some());
        assert_eq!(self.field.world().violations(), []);
    }
}

#[tokio::test]
async fn when_all_goes_well_and_once_more_when_it_is_told_again() {
    let mut scene = Scene::of(12).await;
    scene.report().await;
    scene.settled().await;
    assert_eq!(scene.counter.counted(), budget("normal"));

    scene.report().await;
    scene.settled().await;
    assert_eq!(scene.counter.counted(), budget("duplicate"));
}

/// Three quick tries to store it, and one that does.
#[tokio::test]
async fn in_fallback_until_the_bucket_is_back() {
    let mut scene = Scene::of(12).await;
    scene.counter.storing_fails.store(3, Ordering::SeqCst);
    scene.report().await;
    scene.settled().await;
    assert_eq!(scene.counter.counted(), budget("fallback"));
}

#[tokio::test]
async fn when_the_provider_is_not_ready_yet() {
    let mut scene = Scene::of(12).await;
    scene.counter.fetching_fails.store(1, Ordering::SeqCst);
    scene.report().await;
    scene.settled().await;
    assert_eq!(scene.counter.counted(), budget("not_ready"));
}

/// 16 MB: four parts, with what begins and completes them.
#[tokio::test]
async fn in_parts() {
    let mut scene = Scene::of(4_000).await;
    scene.report().await;
    scene.settled().await;
    assert_eq!(scene.counter.counted(), budget("in_parts"));
}

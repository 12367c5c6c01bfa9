use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use field::Field;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use rand::Rng;
use runtime::Surroundings;
use standins::speech::{Channels, Format, Track};
use standins::{Audio, CreateJob, PlaceRecording, PlacedRecording};

use crate::numbers::{dice, sid};
use crate::run::{Plan, pause};
use crate::weather::Storm;

/// What stands in a job's history before we come.
pub(crate) const BY_A_PERSON: &str = "2024-03-01 a person wrote this";
/// Recordings of a job, on average.
const RECORDINGS_A_JOB: usize = 20;
/// Recordings that are on their way at a time: enough for full batches, and few enough for the sweep to leave them alone.
const ON_THEIR_WAY: usize = 250;
/// Webhooks at a time.
const AT_ONCE: usize = 4;
/// One recording in so many is long enough for an upload in parts.
const LARGE_ONE_IN: u32 = 80;
/// One recording in so many is reported twice.
const TWICE_ONE_IN: u32 = 10;

/// Recordings as they are made and reported.
pub(crate) struct Flood<'a> {
    field: &'a Field,
    storm: &'a Storm,
    plan: Plan,
    pub(crate) jobs: Vec<Job>,
    recordings: Mutex<Vec<Made>>,
    webhooks: AtomicU64,
    refused: AtomicU64,
}

/// A job, and its record in Airtable.
pub(crate) struct Job {
    pub(crate) number: String,
    pub(crate) record_id: String,
}

/// A recording that was made.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) number: usize,
    pub(crate) placed: PlacedRecording,
    /// The place of its job.
    pub(crate) job: usize,
    pub(crate) track: Track,
}

impl<'a> Flood<'a> {
    pub(crate) fn new(field: &'a Field, storm: &'a Storm, plan: Plan) -> Self {
        let job = |number: usize| {
            let number = format!("JOB{number}");
            let job = CreateJob { history: Some(BY_A_PERSON.to_owned()), ..CreateJob::numbered(&number) };
            let record_id = field.world().create_job(job).unwrap_or_else(|error| panic!("no job can be made: {error}"));
            Job { number, record_id }
        };
        let jobs = (0..plan.transfers.div_ceil(RECORDINGS_A_JOB).max(10)).map(job).collect();
        let (webhooks, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { field, storm, plan, jobs, recordings: Mutex::default(), webhooks, refused }
    }

    /// Makes and reports recordings until somebody says that it is enough.
    pub(crate) async fn run(&self, is_enough: impl Fn() -> bool) {
        let mut under_way = FuturesUnordered::new();
        let mut room = 0;
        while !is_enough() {
            if room == 0 {
                room = self.room().await;
            }
            if room == 0 {
                pause(Duration::from_secs(1)).await;
                continue;
            }
            room -= 1;
            under_way.push(self.report(self.make()));
            if under_way.len() >= AT_ONCE {
                under_way.next().await;
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// The recordings that were made.
    pub(crate) fn recordings(&self) -> Vec<Made> {
        self.recordings.lock().clone()
    }

    /// Webhooks that were accepted.
    pub(crate) fn webhooks(&self) -> u64 {
        self.webhooks.load(Ordering::Relaxed)
    }

    /// Webhooks that were not accepted, with all of Twilio's retries.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many more may be on their way.
    async fn room(&self) -> usize {
        let open = self.field.surroundings().aws.keys(Surroundings::BUCKET, "open/").await;
        ON_THEIR_WAY.saturating_sub(open.len())
    }

    fn make(&self) -> Made {
        let mut recordings = self.recordings.lock();
        let number = recordings.len();
        let mut dice = dice(self.plan.seed, 2, number);
        let audio = match dice.random_ratio(1, LARGE_ONE_IN) {
            true => Audio::Mp3Bytes(dice.random_range(8_500_000..12_000_000)),
            false => Audio::Seconds(dice.random_range(4.0..25.0)),
        };
        let track = audio.track(Format::Mp3, Channels::Mono);
        self.storm.expect(track.clone());
        let wanted = PlaceRecording {
            call_sid: Some(sid("CA", self.plan.seed, number)),
            recording_sid: Some(sid("RE", self.plan.seed, number)),
            audio,
            ..PlaceRecording::default()
        };
        let placed = self.field.world().place_recording(wanted);
        let placed = placed.unwrap_or_else(|error| panic!("no recording can be made: {error}"));
        let made = Made { number, placed, job: dice.random_range(0..self.jobs.len()), track };
        recordings.push(made.clone());
        made
    }

    /// Twilio gives up after its retries. A recording that was never reported is for reconcile, which is not at work here, so
    /// it is reported again.
    async fn report(&self, made: Made) {
        let times = if dice(self.plan.seed, 3, made.number).random_ratio(1, TWICE_ONE_IN) { 2 } else { 1 };
        for _ in 0..times {
            loop {
                let delivery = self.field.report(&made.placed, Some(&self.jobs[made.job].number)).await;
                if delivery.status.is_some_and(|status| (200..300).contains(&status)) {
                    self.webhooks.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                self.refused.fetch_add(1, Ordering::Relaxed);
                pause(Duration::from_millis(200)).await;
            }
        }
    }
}

//! Five hundred recordings of fifty jobs at once: as many invocations at a time as the template allows, each in a
//! process that knows nothing of the others, against a base that takes five requests a second.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{LocalBoxFuture, join_all};
use recordings::fakes::{ProviderRecording, QueueName, Settings, World, sample};
use recordings::messages::TransferRequest;
use recordings::ports::Clock;
use recordings::recording::RecordingRef;
use transfer::{Batch, Incoming, Pacer};

use crate::invariants::broken;
use crate::ports::Transfer;
use crate::stage::{HISTORY_BATCH, Stage, USED_UP_FOR, incoming, recorded_as};

const JOBS: u64 = 50;
const RECORDINGS: u64 = 500;
/// A find and a PATCH serve up to ten recordings, which makes 0.2; the rest is for batches that are not full.
const REQUESTS_PER_RECORDING: f64 = 0.26;

/// As the template has it: `TransferConcurrency`, and the `BatchSize` and `HistoryConcurrency` of both sources.
const TRANSFERS_AT_ONCE: usize = 10;
const TRANSFER_BATCH: usize = 2;
const HISTORIES_AT_ONCE: usize = 2;
const BETWEEN_POLLS: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30 * 60);

struct Flood {
    stage: Stage,
    recordings: Vec<RecordingRef>,
}

impl Flood {
    /// All are reported before the first is copied.
    fn arrived(settings: Settings) -> Self {
        let stage = Stage::new(World::with(settings));
        let recordings: Vec<RecordingRef> = (1..=RECORDINGS).map(sample::recording).collect();
        let reports: Vec<TransferRequest> =
            (1..).zip(&recordings).map(|(n, recording)| reported(&stage.world, recording, n)).collect();
        assert!(reports.iter().all(|report| stage.webhook(report)));
        Self { stage, recordings }
    }

    /// Lets the pollers of both queues work until nothing is left.
    fn subside(&self) {
        let transfers =
            (0..TRANSFERS_AT_ONCE).map(|_| self.poller(QueueName::Transfer, TRANSFER_BATCH, Batch::Transfers));
        let histories =
            (0..HISTORIES_AT_ONCE).map(|_| self.poller(QueueName::History, HISTORY_BATCH, Batch::Histories));
        self.stage.world.run(join_all(transfers.chain(histories)));
    }

    fn poller(&self, queue: QueueName, most: usize, batch: fn(Vec<Incoming>) -> Batch) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            let world = &self.stage.world;
            let end = world.time() + PATIENCE;
            while !self.is_over() && world.time() < end {
                let deliveries = world.receive(queue, most);
                if deliveries.is_empty() {
                    world.sleep(BETWEEN_POLLS).await;
                    continue;
                }
                let process = Transfer {
                    world: world.worker("transfer"),
                    pacer: Arc::new(Pacer::new(1.5, USED_UP_FOR)),
                    news_desk: Arc::default(),
                    metrics: self.stage.metrics.clone(),
                };
                let answer = self.stage.invocation(&process, &batch(incoming(&deliveries))).await;
                self.stage.conclude(&deliveries, answer);
            }
        })
    }

    fn is_over(&self) -> bool {
        let queues = [QueueName::Transfer, QueueName::History];
        queues.into_iter().all(|queue| self.stage.world.queued(queue) == 0)
    }

    fn requests_per_recording(&self) -> f64 {
        let requests = self.stage.called("Jobs", "find") + self.stage.called("Jobs", "update");
        requests as f64 / self.recordings.len() as f64
    }
}

/// The nth recording, a second long, of one of the jobs; the job's next one is fifty later.
fn reported(world: &World, recording: &RecordingRef, n: u64) -> TransferRequest {
    let job = 1 + n % JOBS;
    let request = recorded_as(world, recording, job, ProviderRecording::completed(sample::wav(1, n)));
    sample::transfer_request(&request.recording, request.job_number, 1, world.time())
}

#[test]
fn a_flood_gets_each_line_once_and_never_asks_too_often() {
    for longest_call in [0, 300, 1_500].map(Duration::from_millis) {
        let settings = Settings { airtable_limit: true, latency: longest_call, reorder: true, ..Settings::default() };
        let flood = Flood::arrived(settings);
        flood.subside();
        assert_eq!(broken(&flood.stage, &flood.recordings), Vec::<String>::new(), "{longest_call:?}");
        assert_eq!(flood.stage.metrics.of("airtable_throttled"), 0.0, "{longest_call:?}");
        let requests = flood.requests_per_recording();
        assert!(requests <= REQUESTS_PER_RECORDING, "{longest_call:?}: {requests} requests per recording");
    }
}

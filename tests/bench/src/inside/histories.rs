//! A thousand recordings of three hundred jobs that are stored, and whose lines wait: two history workers write them, against
//! a base that takes five requests a second, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use recordings::env::Environment;
use recordings::fakes::{Delivery, ProviderRecording, QueueName, Settings, World, sample};
use recordings::ports::{Clock, TransferQueue};
use simulation::installation::airtable_traffic::Traffic;
use simulation::installation::figures::Figures;
use simulation::installation::ports::TransferPorts;
use transfer::{Batch, Deadline, Incoming, NewsDesk, Pacer};

use crate::measured::Found;

const RECORDINGS: u64 = 1_000;
const JOBS: u64 = 300;
/// As the template has it, and as the function's wiring has it.
const WORKERS: usize = 2;
const BATCH: usize = 10;
const REQUESTS_A_SECOND: f64 = 1.5;
const TIMEOUT: Duration = Duration::from_secs(120);
const BETWEEN_POLLS: Duration = Duration::from_millis(50);
/// How long a request to AWS or Airtable takes at the most; they are even between that and nothing.
const LATENCY: Duration = Duration::from_millis(300);

pub(crate) fn measure(found: &mut Found) {
    let world = World::with(Settings { airtable_limit: true, latency: LATENCY, ..Settings::default() });
    let traffic = Traffic::default();
    let drain = Drain { settings: settings(), world, traffic };
    drain.store();
    let asked_before = drain.traffic.requests().len();
    let began = drain.world.time();
    let waits = drain.drain(began);
    let taken = drain.world.time().duration_since(began).as_secs_f64();
    let requests = drain.traffic.requests();
    let throttled = requests.iter().filter(|request| request.throttled).count();
    let what = "history: 1,000 waiting recordings of 300 jobs";
    found.add(what, "transfer", "minutes", &[taken / 60.0]);
    found.add(
        what,
        "transfer",
        "requests to Airtable a recording",
        &[(requests.len() - asked_before) as f64 / 1_000.0],
    );
    found.add(what, "transfer", "seconds that a recording waits", &waits);
    found.add(what, "transfer", "requests answered 429", &[throttled as f64]);
    let unsettled = drain.world.open_markers().len();
    assert_eq!(unsettled, 0, "everything is settled in the end");
}

struct Drain {
    world: World,
    settings: transfer::config::Settings,
    traffic: Traffic,
}

impl Drain {
    /// Brings all of them home, and leaves their lines.
    fn store(&self) {
        for number in 1..=RECORDINGS {
            let (recording, job) = (sample::recording(number), 1 + number % JOBS);
            self.world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(1, number)));
            if number <= JOBS {
                self.world.put_job(&sample::organisation(), sample::job(job, &[]));
            }
            let request = sample::transfer_request(&recording, Some(sample::job_number(job)), 1, self.world.time());
            let sent = self.world.run(TransferQueue::send(&self.world, &request));
            sent.unwrap_or_else(|error| panic!("the fake takes everything: {error}"));
        }
        self.work(QueueName::Transfer, Batch::Transfers, Timestamp::UNIX_EPOCH);
    }

    /// How long each waited.
    fn drain(&self, began: Timestamp) -> Vec<f64> {
        self.work(QueueName::History, Batch::Histories, began)
    }

    fn work(&self, queue: QueueName, batch: fn(Vec<Incoming>) -> Batch, began: Timestamp) -> Vec<f64> {
        let workers = (0..WORKERS).map(|_| self.worker(queue, batch, began));
        self.world.run(join_all(workers)).into_iter().flatten().collect()
    }

    async fn worker(&self, queue: QueueName, batch: fn(Vec<Incoming>) -> Batch, began: Timestamp) -> Vec<f64> {
        let mut waits = Vec::new();
        let pacer = Arc::new(Pacer::new(REQUESTS_A_SECOND, Duration::from_secs(900)));
        while self.world.queued(queue) > 0 {
            let deliveries = self.world.receive(queue, BATCH);
            if deliveries.is_empty() {
                self.world.sleep(BETWEEN_POLLS).await;
                continue;
            }
            let process = self.world.worker("transfer");
            let ports = TransferPorts {
                ledger: process.clone(),
                controls: process.clone(),
                audio: process.clone(),
                jobs: self.traffic.watch(process.clone(), process.clone()),
                world: process,
                pacer: Arc::clone(&pacer),
                news_desk: NewsDesk::default(),
                figures: Figures::default(),
            };
            let deadline = Deadline::at(self.world.time() + TIMEOUT);
            let incoming = deliveries.iter().map(incoming).collect();
            let again = transfer::handle(&ports, &self.settings, &batch(incoming), deadline).await;
            let waited = self.world.time().duration_since(began).as_secs_f64();
            for delivery in &deliveries {
                match again.contains(&delivery.message_id) {
                    true => self.world.nack(delivery),
                    false => {
                        let _was_there = self.world.ack(delivery);
                        waits.push(waited);
                    }
                }
            }
        }
        waits
    }
}

fn settings() -> transfer::config::Settings {
    let variables = [("PUBLIC_BASE_URL", "https://calls.example.com"), ("AIRTABLE_BASE_ID", sample::AIRTABLE_BASE)];
    let environment: Environment =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    transfer::config::Settings::from(&environment).unwrap_or_else(|error| panic!("{error}"))
}

fn incoming(delivery: &Delivery) -> Incoming {
    Incoming {
        id: delivery.message_id.clone(),
        body: delivery.body.clone(),
        receives: delivery.receive_count,
        group: delivery.group.clone(),
    }
}

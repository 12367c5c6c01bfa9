//! The installation on the fakes: what Lambda, its pollers and the schedules do, in virtual time.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, join, select};
use jiff::Timestamp;
use recordings::call_control::CallControl;
use recordings::env::Environment;
use recordings::fakes::{Delivery, ProviderRecording, QueueName, World, sample};
use recordings::ledger_entry::State;
use recordings::link::LinkTarget;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{Clock, OpenMarkerWrite, TransferQueue};
use recordings::recording::{CallRef, RecordingRef};
use transfer::config::Settings;
use transfer::{Batch, Deadline, Incoming, NewsDesk, Pacer};

use crate::ports::{Counted, Sweep, Transfer};

/// As the template has it.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(120);
const SWEEPER_TIMEOUT: Duration = Duration::from_secs(240);
const TRANSFER_BATCH: usize = 5;
pub(crate) const HISTORY_BATCH: usize = 10;
/// As long as `open/` lets a recording rest.
pub(crate) const USED_UP_FOR: Duration = Duration::from_secs(900);
const SWEEPS_EVERY: Duration = Duration::from_secs(300);
/// Twilio's own patience, and the times that it is asked to try again (`rc=5`).
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(2);
const WEBHOOK_TRIES: usize = 6;

/// Where the links lead.
pub(crate) const BASE_URL: &str = "https://calls.example.com";

/// A world with our functions in it.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) settings: Settings,
    pub(crate) metrics: Counted,
    sweeping: sweeper::config::Settings,
    pacer: Arc<Pacer>,
    news_desk: Arc<NewsDesk>,
    next_sweep: Mutex<Timestamp>,
}

impl Stage {
    pub(crate) fn new(world: World) -> Self {
        Self::configured(world, &[])
    }

    pub(crate) fn configured(world: World, variables: &[(&str, &str)]) -> Self {
        let all = [("PUBLIC_BASE_URL", BASE_URL), ("AIRTABLE_BASE_ID", sample::AIRTABLE_BASE)]
            .iter()
            .chain(variables)
            .map(|(n, v)| ((*n).into(), (*v).into()));
        let environment: Environment = all.collect();
        Self {
            settings: Settings::from(&environment).unwrap(),
            sweeping: sweeper::config::Settings::from(&environment).unwrap(),
            metrics: Counted::default(),
            pacer: Arc::new(Pacer::new(1.5, USED_UP_FOR)),
            news_desk: Arc::default(),
            next_sweep: Mutex::new(world.time() + SWEEPS_EVERY),
            world,
        }
    }

    /// Twilio reports a recording, again and again until somebody says 2xx. Says whether anybody did.
    pub(crate) fn webhook(&self, request: &TransferRequest) -> bool {
        (0..WEBHOOK_TRIES).any(|_| self.webhook_once(request))
    }

    fn webhook_once(&self, request: &TransferRequest) -> bool {
        let worker = self.world.worker("webhook");
        let in_time = async |call: std::pin::Pin<Box<dyn Future<Output = bool> + '_>>| match select(
            call,
            pin!(Clock::sleep(&worker, WEBHOOK_PATIENCE)),
        )
        .await
        {
            Either::Left((done, _)) => done,
            Either::Right(_) => false,
        };
        let queued = in_time(Box::pin(async { TransferQueue::send(&worker, request).await.is_ok() }));
        let marked = in_time(Box::pin(async { OpenMarkerWrite::put(&worker, request).await.is_ok() }));
        worker.try_run(join(queued, marked)).is_ok_and(|(queued, marked)| queued || marked)
    }

    /// A webhook, and everything that follows from it at once.
    pub(crate) fn report(&self, request: &TransferRequest) {
        assert!(self.webhook(request));
        self.deliver();
    }

    /// Somebody decided something about a call, and everything follows from it that follows at once.
    pub(crate) fn decide(&self, control: &CallControl) {
        self.world.put_control(control);
        self.say_so(&control.call);
    }

    /// Word of a decision that stands in the ledger.
    pub(crate) fn say_so(&self, call: &CallRef) {
        self.report(&TransferRequest::of_decision(call, self.world.time(), Origin::Person));
    }

    /// Somebody has a call erased.
    pub(crate) fn erase(&self, call: &CallRef) {
        self.decide(&self.world.control(call).erased(self.world.time(), "user-7").unwrap());
    }

    /// The lines of a job's history in the organisation `default`.
    pub(crate) fn lines(&self, job: u64) -> Vec<String> {
        let history = self.world.history(&sample::organisation(), &sample::job_record_id(job));
        history.lines().map(str::to_owned).collect()
    }

    /// How often a method of a port was called so far.
    pub(crate) fn called(&self, port: &str, operation: &str) -> usize {
        self.world.calls().iter().filter(|call| (call.port, call.operation) == (port, operation)).count()
    }

    /// The state of a recording's entry.
    pub(crate) fn state(&self, recording: &RecordingRef) -> State {
        self.world.entry(recording).unwrap().state()
    }

    /// The link that a recording's line leads to.
    pub(crate) fn link(&self, recording: &RecordingRef) -> String {
        let target = LinkTarget::new(recording.clone(), 0);
        format!("{BASE_URL}/r/{}", self.world.secrets().link_keys.seal(&target))
    }

    /// One invocation for what TransferQueue delivers now. Says whether there was anything.
    pub(crate) fn transfer(&self) -> bool {
        let deliveries = self.world.receive_transfer(TRANSFER_BATCH);
        self.invoke(&deliveries, Batch::Transfers)
    }

    /// One invocation for what HistoryQueue delivers now. Says whether there was anything.
    pub(crate) fn history(&self) -> bool {
        let deliveries = self.world.receive_history(HISTORY_BATCH);
        self.invoke(&deliveries, Batch::Histories)
    }

    fn invoke(&self, deliveries: &[Delivery], batch: impl FnOnce(Vec<Incoming>) -> Batch) -> bool {
        if deliveries.is_empty() {
            return false;
        }
        let answer = self.handle(&batch(incoming(deliveries)));
        self.conclude(deliveries, answer);
        true
    }

    /// What Lambda's poller does with the answer of an invocation.
    pub(crate) fn conclude(&self, deliveries: &[Delivery], answer: Option<Vec<String>>) {
        for delivery in deliveries {
            match &answer {
                Some(again) if !again.contains(&delivery.message_id) => drop(self.world.ack(delivery)),
                _ => self.world.nack(delivery),
            }
        }
    }

    /// The answer of one invocation, or nothing when it died or took too long.
    pub(crate) fn handle(&self, batch: &Batch) -> Option<Vec<String>> {
        let ports = self.ports(self.world.worker("transfer"));
        ports.world.try_run(self.invocation(&ports, batch)).ok().flatten()
    }

    /// The same, among others that go on at the same time.
    pub(crate) async fn invocation(&self, ports: &Transfer, batch: &Batch) -> Option<Vec<String>> {
        let deadline = Deadline::at(ports.world.now() + TRANSFER_TIMEOUT);
        let work = transfer::handle(ports, &self.settings, batch, deadline);
        match select(pin!(work), pin!(Clock::sleep(&ports.world, TRANSFER_TIMEOUT))).await {
            Either::Left((again, _)) => Some(again),
            Either::Right(_) => None,
        }
    }

    /// The ports of one invocation.
    pub(crate) fn ports(&self, world: World) -> Transfer {
        Transfer { world, pacer: self.pacer.clone(), news_desk: self.news_desk.clone(), metrics: self.metrics.clone() }
    }

    /// One run of the sweeper's retry job. Its failure is the next run's to make up for.
    pub(crate) fn sweep(&self) {
        self.sweep_for(sweeper::Job::Retry);
    }

    /// One run of the sweeper's hourly job, and everything that follows from it at once.
    pub(crate) fn reconcile(&self) {
        self.sweep_for(sweeper::Job::Reconcile);
        self.deliver();
    }

    /// One run of any of the sweeper's jobs.
    pub(crate) fn sweep_for(&self, job: sweeper::Job) {
        self.outcome_of(job);
    }

    /// The same, and what it came to, where it did not fail, die or take too long.
    pub(crate) fn outcome_of(&self, job: sweeper::Job) -> Option<sweeper::Outcome> {
        let worker = self.world.worker("sweeper");
        let ports = Sweep::of(worker.clone(), self.metrics.clone());
        let work = sweeper::handle(&ports, &self.sweeping, job, worker.now() + SWEEPER_TIMEOUT);
        match worker.try_run(select(pin!(work), pin!(Clock::sleep(&worker, SWEEPER_TIMEOUT)))).ok()? {
            Either::Left((outcome, _)) => outcome.ok(),
            Either::Right(_) => None,
        }
    }

    /// Delivers what can be delivered now, and what follows from it.
    pub(crate) fn deliver(&self) {
        while self.transfer() | self.history() {}
    }

    /// Lets time pass, with deliveries and sweeps at their times.
    pub(crate) fn live_for(&self, duration: Duration) {
        self.live_until(self.world.time() + duration, |_| false);
    }

    /// Lives until nothing is left to do. Says whether that came about before `patience` was over.
    pub(crate) fn becomes_quiet_within(&self, patience: Duration) -> bool {
        let end = self.world.time() + patience;
        self.live_until(end, Self::is_quiet);
        self.is_quiet()
    }

    fn live_until(&self, end: Timestamp, is_enough: impl Fn(&Self) -> bool) {
        self.deliver();
        while !is_enough(self) {
            let sweep = *self.next_sweep.lock().unwrap();
            let next = [QueueName::Transfer, QueueName::History]
                .into_iter()
                .filter_map(|queue| self.world.next_delivery(queue))
                .fold(sweep, Timestamp::min);
            if next >= end {
                return self.world.advance_to(end);
            }
            self.world.advance_to(next);
            if next == sweep {
                *self.next_sweep.lock().unwrap() = sweep + SWEEPS_EVERY;
                self.sweep();
            }
            self.deliver();
        }
    }

    fn is_quiet(&self) -> bool {
        let queues = [QueueName::Transfer, QueueName::History, QueueName::Retry];
        queues.into_iter().all(|queue| self.world.queued(queue) == 0)
            && self.world.open_markers().is_empty()
            && self.world.next_timer().is_none()
    }
}

/// What an invocation is told of deliveries.
pub(crate) fn incoming(deliveries: &[Delivery]) -> Vec<Incoming> {
    let incoming = |delivery: &Delivery| Incoming {
        id: delivery.message_id.clone(),
        body: delivery.body.clone(),
        receives: delivery.receive_count,
        group: delivery.group.clone(),
    };
    deliveries.iter().map(incoming).collect()
}

/// A recording of twelve seconds at Twilio, of a job that exists, and what Twilio says of it.
pub(crate) fn recorded(world: &World, recording: &RecordingRef, job: u64) -> TransferRequest {
    recorded_as(world, recording, job, ProviderRecording::completed(audio_of(recording)))
}

/// Audio of twelve seconds that is this recording's own.
pub(crate) fn audio_of(recording: &RecordingRef) -> Bytes {
    let number = recording.recording_id.as_str().trim_start_matches("RE");
    sample::wav(12, u64::from_str_radix(number, 16).unwrap())
}

/// A recording of twelve seconds, as Twilio reports it, whatever it serves.
pub(crate) fn recorded_as(
    world: &World,
    recording: &RecordingRef,
    job: u64,
    held: ProviderRecording,
) -> TransferRequest {
    world.put_provider_recording(recording, held);
    let organisation = &recording.organisation;
    if !world.jobs(organisation).iter().any(|known| known.id == sample::job_record_id(job)) {
        world.put_job(organisation, sample::job(job, &[]));
    }
    sample::transfer_request(recording, Some(sample::job_number(job)), 12, world.time())
}

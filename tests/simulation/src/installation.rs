//! What AWS and the providers do around the functions: webhooks and their retries, pollers with several workers, time-outs,
//! schedules; and who goes on next.

pub mod agents;
/// Who asks Airtable, and when.
pub mod airtable_traffic;
/// What the functions count.
pub mod figures;
pub(crate) mod pages;
pub mod ports;
mod process;
mod schedules;
mod sent;
pub mod twilio;
mod webhooks;
pub mod wiring;
mod workers;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::env::Environment;
use recordings::fakes::{Dice, QueueName, World, sample};
use recordings::messages::{self, HistoryRequest, TransferRequest};
use sweeper::Job;
use transfer::Pacer;

use airtable_traffic::Traffic;
use figures::Figures;
use process::{Done, Process, Role, Step};
use schedules::{SCHEDULES, Schedule, UNTIL_RARE};
pub use sent::Sent;
pub use webhooks::Answered;
use webhooks::Webhook;
use wiring::Wiring;
use workers::Workers;

/// Where webhooks come to and links lead.
pub const BASE_URL: &str = "https://calls.example.com";

/// The functions' time-outs, as the template has them.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(120);
const SWEEPER_TIMEOUT: Duration = Duration::from_secs(240);
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(28);
/// What lies in the bucket and never waits for a retry run. Of anything else it is supposed that it might.
const WAIT_FOR_NOTHING: [&str; 4] = ["audit/", "cursors/", "days/", "receipts/"];
/// So often a pointer to a history comes back from its dead-letter queue before it stays for a person.
const RETURNS: u32 = 3;

/// What a happening does to the world.
pub type Change = Box<dyn FnOnce(&World)>;

/// Something that happens from outside at its time.
pub enum Happening {
    /// A provider has something to say.
    Webhook(Sent),
    /// It says again what was not taken, by the place of that among all.
    Again(usize),
    /// Anything else.
    Change(Change),
}

/// What an installation is like.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// Who goes on next among those who can.
    pub seed: u64,
    /// How far each transfer worker's clock is ahead, one worker a clock.
    pub transfer_clocks: Vec<SignedDuration>,
    /// The same of the history workers.
    pub history_clocks: Vec<SignedDuration>,
    /// The same of whoever answers webhooks, and of the sweeper.
    pub other_clocks: SignedDuration,
}

impl Conditions {
    /// Three transfer workers and, as the template has it, two history workers, all with the right time.
    pub fn calm(seed: u64) -> Self {
        let right = |workers| vec![SignedDuration::ZERO; workers];
        Self { seed, transfer_clocks: right(3), history_clocks: right(2), other_clocks: SignedDuration::ZERO }
    }
}

/// The three functions on one world.
pub struct Installation<W> {
    /// The world.
    pub world: World,
    /// The functions' figures.
    pub figures: Figures,
    /// Who asked Airtable when.
    pub traffic: Traffic,
    /// Every 2xx and every other answer to a webhook, in order.
    pub answers: Vec<Answered>,
    /// The body of each message that a worker was given, by the message's id.
    pub bodies: BTreeMap<String, (QueueName, String)>,
    /// How many invocations died or were ended.
    pub deaths: u64,
    wiring: W,
    configuration: &'static Configuration,
    chance: Dice,
    processes: Vec<Process>,
    workers: [Workers; 2],
    webhooks: Vec<Webhook>,
    other_clocks: SignedDuration,
    scheduled: Vec<Timestamp>,
    rare_from: Timestamp,
    happenings: BTreeMap<(Timestamp, usize), Happening>,
    /// How many there ever were: what happens at the same time happens in the order in which it was planned.
    planned: usize,
    /// The choices of the moment; kept, because there are millions of moments.
    choices: Vec<Choice>,
}

struct Configuration {
    transfer: transfer::config::Settings,
    sweeper: sweeper::config::Settings,
    webhook: webhook::config::Settings,
}

#[derive(Clone, Copy)]
enum Choice {
    GoOn(usize),
    Poll(usize),
}

impl Configuration {
    /// The defaults, read once.
    fn get() -> &'static Self {
        static DEFAULTS: OnceLock<Configuration> = OnceLock::new();
        DEFAULTS.get_or_init(|| {
            let variables = [
                ("PUBLIC_BASE_URL", BASE_URL),
                ("AIRTABLE_BASE_ID", sample::AIRTABLE_BASE),
                ("S3_BUCKET", "acme-call-recordings"),
                ("AWS_REGION", "eu-central-1"),
                ("LIVE_ENDPOINT", "https://live.example.com/live"),
            ];
            let environment: Environment =
                variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Self {
                transfer: transfer::config::Settings::from(&environment).unwrap(),
                sweeper: sweeper::config::Settings::from(&environment).unwrap(),
                webhook: webhook::config::Settings::from(&environment).unwrap(),
            }
        })
    }
}

impl<W: Wiring> Installation<W> {
    /// An installation whose schedules begin now.
    pub fn new(world: World, wiring: W, conditions: &Conditions) -> Self {
        pages::open(&world);
        let scheduled = SCHEDULES.iter().map(|schedule| schedule.times.after(world.time())).collect();
        Self {
            figures: Figures::default(),
            traffic: Traffic::default(),
            answers: Vec::new(),
            bodies: BTreeMap::new(),
            deaths: 0,
            wiring,
            configuration: Configuration::get(),
            chance: Dice::new(conditions.seed ^ 0x5EED),
            processes: Vec::new(),
            workers: [
                Workers::new(QueueName::Transfer, &conditions.transfer_clocks),
                Workers::new(QueueName::History, &conditions.history_clocks),
            ],
            webhooks: Vec::new(),
            other_clocks: conditions.other_clocks,
            scheduled,
            rare_from: Timestamp::MAX,
            happenings: BTreeMap::new(),
            planned: 0,
            choices: Vec::new(),
            world,
        }
    }

    /// Lets something happen after a while.
    pub fn after(&mut self, wait: Duration, happening: Happening) {
        let place = (self.world.time() + wait, self.planned);
        self.planned += 1;
        self.happenings.insert(place, happening);
    }

    /// Lives for a while.
    pub fn live_for(&mut self, duration: Duration) {
        let end = self.world.time() + duration;
        self.live_until(end, |_| false);
    }

    /// Lives until nothing is left to do. Says whether that came about before `patience` was over.
    pub fn becomes_quiet_within(&mut self, patience: Duration) -> bool {
        let end = self.world.time() + patience;
        self.live_until(end, Self::is_quiet);
        self.is_quiet()
    }

    fn live_until(&mut self, end: Timestamp, is_enough: impl Fn(&Self) -> bool) {
        self.sweep_as_often_as_ever();
        loop {
            while self.step() {}
            if is_enough(self) {
                return;
            }
            let next = self.next_event();
            if next >= end {
                return self.world.advance_to(end);
            }
            self.world.advance_to(next);
            self.come_due(next);
        }
    }

    /// For what begins now nobody has waited for long.
    fn sweep_as_often_as_ever(&mut self) {
        let now = self.world.time();
        self.rare_from = now + UNTIL_RARE;
        for (scheduled, schedule) in self.scheduled.iter_mut().zip(SCHEDULES) {
            *scheduled = schedule.times.after(now).min(*scheduled);
        }
    }

    /// Lets one of those go on who can, by chance. Says whether there was anybody.
    fn step(&mut self) -> bool {
        self.choices.clear();
        let can_go_on = |(at, process): (usize, &Process)| process.can_go_on().then_some(Choice::GoOn(at));
        self.choices.extend(self.processes.iter().enumerate().filter_map(can_go_on));
        for (at, workers) in self.workers.iter().enumerate() {
            if workers.next_poll(&self.world).is_some_and(|next| next <= self.world.time()) {
                self.choices.push(Choice::Poll(at));
            }
        }
        let chosen = match self.choices[..] {
            [] => return false,
            [only] => only,
            _ => self.choices[self.chance.below(self.choices.len() as u64) as usize],
        };
        match chosen {
            Choice::GoOn(at) => self.go_on(at),
            Choice::Poll(at) => self.poll(at),
        }
        true
    }

    fn go_on(&mut self, at: usize) {
        match self.processes[at].step() {
            Step::Waits => {}
            Step::Ended(done) => {
                let process = self.processes.swap_remove(at);
                self.conclude(process.role, Some(done));
            }
            Step::Died => self.end(at),
        }
    }

    /// A process is over before its work is.
    fn end(&mut self, at: usize) {
        let process = self.processes.swap_remove(at);
        process.world.kill();
        self.deaths += 1;
        self.conclude(process.role, None);
    }

    fn conclude(&mut self, role: Role, done: Option<Done>) {
        match (role, done) {
            (Role::Batch { worker, deliveries }, done) => {
                let again = if let Some(Done::Again(again)) = done { Some(again) } else { None };
                let workers = &mut self.workers[usize::from(deliveries[0].queue == QueueName::History)];
                workers.conclude(&self.world, worker, &deliveries, again);
            }
            (Role::Webhook(at), Some(Done::Answer(status))) => self.answered(at, status),
            // API Gateway answers for a function that does not.
            (Role::Webhook(at), _) => self.answered(at, 502),
            (Role::Sweep, _) => {}
        }
    }

    /// The next time at which anything can go on.
    fn next_event(&self) -> Timestamp {
        let ends = self.processes.iter().map(|process| process.ends);
        let polls = self.workers.iter().filter_map(|workers| workers.next_poll(&self.world));
        let happenings = self.happenings.keys().map(|(at, _)| *at).take(1);
        let timer = self.world.next_timer();
        let first = ends.chain(polls).chain(happenings).chain(timer).chain(self.scheduled.iter().copied()).min();
        first.unwrap_or(Timestamp::MAX)
    }

    fn come_due(&mut self, now: Timestamp) {
        while let Some(at) = self.processes.iter().position(|process| process.ends <= now) {
            self.end(at);
        }
        for (at, schedule) in SCHEDULES.iter().enumerate() {
            if self.scheduled[at] <= now {
                let is_rare = now >= self.rare_from;
                self.scheduled[at] = if is_rare { schedule.times.rarely_after(now) } else { schedule.times.after(now) };
                if self.has_something_to_do(schedule) {
                    self.sweep((schedule.job)());
                }
            }
        }
        while let Some(first) = self.happenings.first_entry().filter(|first| first.key().0 <= now) {
            match first.remove() {
                Happening::Webhook(sent) => self.send(sent),
                Happening::Again(at) => self.try_webhook(at),
                Happening::Change(change) => change(&self.world),
            }
        }
    }

    fn has_something_to_do(&self, schedule: &Schedule) -> bool {
        let may_wait = |key: &String| !WAIT_FOR_NOTHING.iter().any(|prefix| key.starts_with(prefix));
        !schedule.only_goes_on || !self.nothing_waits() || self.world.document_keys().iter().any(may_wait)
    }

    /// Starts a job of the sweeper.
    pub fn sweep(&mut self, job: Job) {
        let world = self.world.worker_with_skew("sweeper", self.other_clocks);
        let ends = self.world.time() + SWEEPER_TIMEOUT;
        let (ports, settings) = (self.wiring.sweeper(self.process(world.clone(), None)), &self.configuration.sweeper);
        let work = async move {
            // A failure is logged and counted, and the next run makes up for it.
            let _ = sweeper::handle(&ports, settings, job, ends).await;
            Done::Swept
        };
        self.processes.push(Process::new(world, Role::Sweep, ends, work));
    }

    fn process(&self, world: World, pacer: Option<Arc<Pacer>>) -> wiring::Process {
        wiring::Process {
            world,
            figures: self.figures.clone(),
            traffic: self.traffic.clone(),
            pacer: pacer.unwrap_or_else(workers::pacer),
        }
    }

    /// One invocation for what a queue delivers now.
    fn poll(&mut self, at: usize) {
        let Some(taken) = self.workers[at].take(&self.world, &mut self.chance) else { return };
        let ends = self.world.time() + TRANSFER_TIMEOUT;
        for delivery in &taken.deliveries {
            self.bodies.entry(delivery.message_id.clone()).or_insert_with(|| (delivery.queue, delivery.body.clone()));
        }
        let ports = self.wiring.transfer(self.process(taken.world.clone(), Some(taken.pacer)));
        let (settings, batch) = (&self.configuration.transfer, taken.batch);
        let work = async move {
            let work = transfer::handle(&ports, settings, &batch, transfer::Deadline::at(ends));
            Done::Again(pin!(work).await)
        };
        let role = Role::Batch { worker: taken.worker, deliveries: taken.deliveries };
        self.processes.push(Process::new(taken.world, role, ends, work));
    }

    /// Whether nothing is under way, nothing waits that ever comes, and nothing more happens.
    fn is_quiet(&self) -> bool {
        self.happenings.is_empty() && self.nothing_waits()
    }

    fn nothing_waits(&self) -> bool {
        let world = &self.world;
        let empty = |queue| world.queued(queue) == 0;
        self.processes.is_empty()
            && world.next_timer().is_none()
            && [QueueName::Transfer, QueueName::History, QueueName::Retry].into_iter().all(empty)
            && world.open_markers().is_empty()
            && self.left_dead().len()
                == world.queued(QueueName::TransferDeadLetters) + world.queued(QueueName::HistoryDeadLetters)
    }

    /// The dead letters that stay for a person: what nobody can read, and pointers that came back too often.
    pub fn left_dead(&self) -> Vec<String> {
        let transfers = self.world.bodies(QueueName::TransferDeadLetters).into_iter();
        let histories = self.world.bodies(QueueName::HistoryDeadLetters).into_iter();
        let unreadable = transfers.filter(|body| messages::read::<TransferRequest>(body).is_err());
        let stays = |body: &String| messages::read::<HistoryRequest>(body).is_ok_and(|m| m.dead_letters < RETURNS);
        unreadable.chain(histories.filter(|body| !stays(body))).collect()
    }

    /// Whether its provider heard a 2xx for a webhook about a recording.
    pub fn accepted(&self, recording: &recordings::recording::RecordingRef) -> bool {
        self.webhooks.iter().any(|webhook| webhook.accepted && webhook.sent.about() == Some(recording))
    }
}

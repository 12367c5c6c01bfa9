//! Sends again what stopped on its way. Runs on schedules, each of which names its job, or by hand.

pub mod config;
mod dead_letters;
mod open_markers;
mod redrive;
mod retries;
pub mod wiring;

use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::{
    Clock, Cursors, DeadLetters, OpenMarkerList, OpenMarkerWrite, PortError, Redrive, RetryQueue, RetryQueueConsume,
    TransferQueue,
};
use recordings::telemetry::{Metric, Metrics, causes};
use serde::{Deserialize, Serialize};

use config::Settings;

/// Everything that this function may touch. Its IAM policy grants exactly what these ports name.
pub trait Ports: Sync {
    /// Unfinished business.
    fn open_markers(&self) -> &(impl OpenMarkerList + OpenMarkerWrite);
    /// Where recordings to be fetched are queued.
    fn transfer_queue(&self) -> &impl TransferQueue;
    /// Where transfers wait for another try.
    fn retry_queue(&self) -> &(impl RetryQueue + RetryQueueConsume);
    /// What TransferQueue gave up.
    fn transfer_dead_letters(&self) -> &(impl DeadLetters + Redrive);
    /// What HistoryQueue gave up.
    fn history_dead_letters(&self) -> &(impl DeadLetters + Redrive);
    /// How far each job came.
    fn cursors(&self) -> &impl Cursors;
    /// The time.
    fn clock(&self) -> &impl Clock;
    /// Where figures go.
    fn metrics(&self) -> &impl Metrics;
}

/// What a schedule, or whoever invokes the function by hand, asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum Job {
    /// Forward retries that are due, see to what the queues gave up, and send again what nobody touched for long.
    Retry,
    /// Send everything that lies in the dead-letter queues, or in one of them, back to its queue as it is.
    Redrive {
        /// The queue that gave it up; both when it is not named.
        #[serde(default)]
        queue: Option<Source>,
    },
}

/// A queue that gives messages up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// TransferQueue.
    Transfer,
    /// HistoryQueue.
    History,
}

impl Job {
    fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Redrive { .. } => "redrive",
        }
    }
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::History => "history",
        }
    }
}

/// What a run did, for the log and for whoever invoked it by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Retries that were due and are being transferred.
    pub forwarded: u32,
    /// Retries that wait on.
    pub waiting: u32,
    /// Messages and markers that cannot be read.
    pub unreadable: u32,
    /// Dead letters that are on their way again: transfers whose failure is to be noted, and pointers to histories.
    pub dead_letters: u32,
    /// Dead letters that can be read and stay where they are, for an operator.
    pub left_dead: u32,
    /// Dead letters that were sent back as they are.
    pub redriven: u32,
    /// Unfinished recordings that were sent again.
    pub sent_again: u32,
    /// Unfinished recordings that were looked at.
    pub looked_at: u32,
}

/// Until when a run may go on.
#[derive(Debug, Clone, Copy)]
struct Deadline(Timestamp);

/// What a run needs at its end to finish what it began.
const MARGIN: Duration = Duration::from_secs(15);

impl Deadline {
    fn is_near(self, clock: &impl Clock) -> bool {
        clock.now().saturating_add(MARGIN).is_ok_and(|soon| soon >= self.0)
    }
}

/// Runs a job until it is through or the invocation's end is near; the next run goes on from there.
///
/// # Errors
/// When a port failed so that part of the work was left undone. The next run does it. Each failed part is logged and
/// counted as `sweep_failed`, and Lambda counts the invocation among the function's errors.
pub async fn handle(
    ports: &impl Ports,
    settings: &Settings,
    job: Job,
    deadline: Timestamp,
) -> Result<Outcome, PortError> {
    let deadline = Deadline(deadline);
    let mut outcome = Outcome::default();
    match job {
        Job::Retry => retry(ports, settings, deadline, &mut outcome).await?,
        Job::Redrive { queue } => redrive::send_back(ports, queue, deadline, &mut outcome).await?,
    }
    log_done(job, &outcome);
    Ok(outcome)
}

async fn retry(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let parts = [
        retries::forward(ports, deadline, outcome).await,
        dead_letters::transfers(ports, deadline, outcome).await,
        dead_letters::histories(ports, deadline, outcome).await,
        open_markers::send_again(ports, settings, deadline, outcome).await,
    ];
    first_failure(ports, "retry", parts)
}

/// One part failing is no reason to leave the others undone: all have run by now, and each failure is told.
fn first_failure<const N: usize>(
    ports: &impl Ports,
    job: &'static str,
    parts: [Result<(), PortError>; N],
) -> Result<(), PortError> {
    for error in parts.iter().filter_map(|part| part.as_ref().err()) {
        tracing::error!(
            log_type = "sweep_failed",
            job,
            error_code = error.kind.code(),
            error = %causes(error),
            "part of the sweep is left to the next run",
        );
        count(ports, "sweep_failed");
    }
    parts.into_iter().collect()
}

/// Counts what is no provider's.
fn count(ports: &impl Ports, what: &'static str) {
    ports.metrics().record_own(ports.clock().now(), &[Metric::one(what)]);
}

fn log_done(job: Job, outcome: &Outcome) {
    tracing::info!(
        log_type = "sweep_done",
        job = job.name(),
        forwarded = outcome.forwarded,
        waiting = outcome.waiting,
        unreadable = outcome.unreadable,
        dead_letters = outcome.dead_letters,
        left_dead = outcome.left_dead,
        redriven = outcome.redriven,
        sent_again = outcome.sent_again,
        looked_at = outcome.looked_at,
        "the sweep is through",
    );
}

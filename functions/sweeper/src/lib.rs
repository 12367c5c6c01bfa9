//! Sends again what stopped on its way. Runs on schedules, each of which names its job.

pub mod config;
mod open_markers;
mod retries;
pub mod wiring;

use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::{
    Clock, Cursors, OpenMarkerList, OpenMarkerWrite, PortError, RetryQueue, RetryQueueConsume, TransferQueue,
};
use recordings::telemetry::{Metrics, causes};
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
    /// How far each job came.
    fn cursors(&self) -> &impl Cursors;
    /// The time.
    fn clock(&self) -> &impl Clock;
    /// Where figures go.
    fn metrics(&self) -> &impl Metrics;
}

/// What a schedule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Forward retries that are due, and send again what nobody touched for long.
    Retry,
}

/// What a run did, for the log and for whoever invoked it by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Retries that were due and are being transferred.
    pub forwarded: u32,
    /// Retries that wait on.
    pub waiting: u32,
    /// Retry messages and markers that cannot be read.
    pub unreadable: u32,
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
/// When a port failed so that part of the work was left undone. The next run does it; an alarm counts the failure.
pub async fn handle(
    ports: &impl Ports,
    settings: &Settings,
    job: Job,
    deadline: Timestamp,
) -> Result<Outcome, PortError> {
    let deadline = Deadline(deadline);
    let mut outcome = Outcome::default();
    match job {
        Job::Retry => {
            // One half failing is no reason to leave the other undone.
            let retries = retries::forward(ports, deadline, &mut outcome).await;
            let open = open_markers::send_again(ports, settings, deadline, &mut outcome).await;
            for error in [&retries, &open].into_iter().filter_map(|result| result.as_ref().err()) {
                tracing::error!(log_type = "sweep_failed", job = "retry", error_code = error.kind.code(), error = %causes(error), "part of the sweep is left to the next run");
            }
            retries.and(open)?;
        }
    }
    tracing::info!(
        log_type = "sweep_done",
        job = "retry",
        forwarded = outcome.forwarded,
        waiting = outcome.waiting,
        unreadable = outcome.unreadable,
        sent_again = outcome.sent_again,
        looked_at = outcome.looked_at,
        "the sweep is through",
    );
    Ok(outcome)
}

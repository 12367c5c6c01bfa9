//! Sends again what stopped on its way. Runs on schedules, each of which names its job, or by hand.

mod call_notes;
pub mod config;
mod days;
mod dead_letters;
mod doctor;
mod job;
mod open_markers;
mod orphans;
mod ports;
mod reconcile;
mod redrive;
mod retries;
mod turns;
pub mod wiring;

pub use call_notes::Calls;
pub use doctor::{Check, Checkup, Finding};
pub use job::{Job, Outcome, Source};
pub use orphans::Orphaned;
pub use ports::Ports;
pub use reconcile::{Acts, Expired, Held, Inventory, Lines, LossMeter};

use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::{Clock, PortError};
use recordings::telemetry::{Metric, Metrics, causes};

use config::Settings;

/// Until when a run may go on.
#[derive(Debug, Clone, Copy)]
struct Deadline(Timestamp);

/// What a run needs at its end to finish what it began.
const MARGIN: Duration = Duration::from_secs(15);

impl Deadline {
    fn is_near(self, clock: &impl Clock) -> bool {
        clock.now().saturating_add(MARGIN).is_ok_and(|soon| soon >= self.0)
    }

    /// An earlier one, so that so many, of whom the caller is the first, have equal parts of the time that is left.
    fn share(self, clock: &impl Clock, among: usize) -> Self {
        let now = clock.now();
        let left = Duration::try_from(self.0.duration_since(now)).unwrap_or_default().saturating_sub(MARGIN);
        let among = u32::try_from(among).unwrap_or(u32::MAX).max(1);
        Self(now.saturating_add(left / among + MARGIN).unwrap_or(self.0))
    }

    /// An earlier one, so that a third of the time is left to others.
    fn with_a_share_left(self, clock: &impl Clock) -> Self {
        let now = clock.now();
        let left = Duration::try_from(self.0.duration_since(now)).unwrap_or_default();
        Self(now.saturating_add(left / 3 * 2).unwrap_or(self.0))
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
        Job::Reconcile => reconcile::compare(ports, settings, deadline, &mut outcome).await?,
        Job::Orphans => orphans::retire(ports, settings, deadline, &mut outcome).await?,
        Job::Doctor => doctor::examine(ports, settings, deadline, &mut outcome.doctor).await?,
        Job::Redrive { queue } => redrive::send_back(ports, queue, deadline, &mut outcome).await?,
    }
    log_done(job, &outcome);
    count(ports, job.done());
    Ok(outcome)
}

async fn retry(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    // Each part has a share of the time that is left, so that ten thousand retries leave some for the rest.
    let share = |to_come| deadline.share(ports.clock(), to_come);
    let parts = [
        retries::forward(ports, share(5), outcome).await,
        dead_letters::transfers(ports, share(4), outcome).await,
        dead_letters::histories(ports, share(3), outcome).await,
        open_markers::send_again(ports, settings, share(2), outcome).await,
        call_notes::follow_up(ports, settings, deadline, &mut outcome.calls).await,
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
        calls_repaired = outcome.calls.calls_repaired,
        calls_without_recording = outcome.calls.calls_without_recording,
        calls_waiting = outcome.calls.calls_waiting,
        "the sweep is through",
    );
}

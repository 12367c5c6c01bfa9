//! The story of one transfer request.

mod dead_letter;
mod failed;
mod going_on;
mod stored;

use std::time::Duration;

use recordings::history_line::{LineEvent, PinnedLine};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::link::LinkTarget;
use recordings::messages::{HistoryRequest, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{
    Clock, HistoryQueue, LedgerRead, OpenMarkerRemove, PortError, Random, SecretSource, Versioned,
};
use recordings::recording::{Outcome, RecordingRef};
use recordings::retry_schedule::NextTry;
use recordings::telemetry::{Metric, Metrics};

use crate::config::Settings;
use crate::copy::{CopyError, Task, copy};
use crate::ledger::{ChangeError, change};
use crate::{Deadline, Ports};

/// Brings one recording as far as it can be brought now.
///
/// # Errors
/// Only when what should follow could not be made durable: then the message has to come again. A recording that
/// cannot be fetched or stored is no error; its retry is durable when this returns.
pub(crate) async fn handle(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    deadline: Deadline,
) -> Result<(), PortError> {
    let known = match ports.ledger().get(&request.recording).await {
        Ok(known) => known,
        Err(error) => return failed::without_a_ledger(ports, settings, request, error).await,
    };
    // The later word counts, though the earlier one may come again behind it.
    let after_all = known.as_ref().is_some_and(|entry| entry.entry.is_being_fetched_after_all());
    let outcome = if after_all { &Outcome::Completed } else { &request.report.outcome };
    match (known, outcome) {
        (Some(entry), outcome) if !is_wanted(&entry.entry, outcome) => {
            going_on::abandon(ports, request).await;
            wind_up(ports, request, &entry).await
        }
        (Some(entry), _) if is_early(ports, request, &entry.entry) => remind(ports, request, &entry).await,
        (known, Outcome::Absent { reason }) => note_absent(ports, settings, request, known, reason).await,
        (known, Outcome::Completed) if request.origin == Origin::DeadLetter => {
            dead_letter::note(ports, settings, request, known).await
        }
        (known, Outcome::Completed) => fetch(ports, settings, request, known, deadline).await,
    }
}

/// A provider that said there is no audio may say later that there is.
fn is_wanted(entry: &LedgerEntry, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Completed => entry.state().may_transfer(),
        Outcome::Absent { .. } => entry.state().wants_transfer(),
    }
}

/// The audio needs nothing more. What came after it may have been left behind.
async fn wind_up(ports: &impl Ports, request: &TransferRequest, entry: &Versioned) -> Result<(), PortError> {
    let is_gone = matches!(entry.entry.state(), State::Expired | State::Erased);
    match is_gone || (entry.entry.is_finished() && entry.entry.all_lines_confirmed()) {
        true => ports.open_markers().remove(&request.recording).await,
        false => go_on_to_history(ports, request, entry).await,
    }
}

/// A sweep may come by before the next try is due, or while the retry that is due is on its way through its queue.
fn is_early(ports: &impl Ports, request: &TransferRequest, entry: &LedgerEntry) -> bool {
    /// The sweeper forwards every five minutes, and TransferQueue may be busy.
    const ON_ITS_WAY: Duration = Duration::from_secs(10 * 60);
    let Some(due) = entry.next_attempt_at else { return false };
    let has_no_message = entry.state() == State::Failed;
    let patience = if has_no_message { Duration::ZERO } else { ON_ITS_WAY };
    request.origin == Origin::Sweep
        && request.continuation.is_none()
        && ports.clock().now() < due.saturating_add(patience).unwrap_or(due)
}

/// Lines that Airtable did not take when they were new are written by and by, whatever becomes of the audio.
async fn remind(ports: &impl Ports, request: &TransferRequest, entry: &Versioned) -> Result<(), PortError> {
    match entry.entry.all_lines_confirmed() {
        true => Ok(()),
        false => go_on_to_history(ports, request, entry).await,
    }
}

async fn note_absent(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    reason: &str,
) -> Result<(), PortError> {
    let entry = match known {
        Some(entry) => entry,
        None => failed::first_entry(ports, request).await?,
    };
    let line = line(ports, settings, &request.recording, &LineEvent::Unavailable { reason });
    let absent = Change::FoundAbsent { reason: reason.to_owned(), line };
    match change(ports, entry, &[absent]).await {
        Ok(entry) => {
            tracing::info!(
                log_type = "recording_unavailable",
                organisation = %request.recording.organisation,
                call_id = %request.recording.call_id,
                recording_id = %request.recording.recording_id,
                reason,
                "the provider has no audio",
            );
            ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("unavailable")]);
            go_on_to_history(ports, request, &entry).await
        }
        Err(ChangeError::MovedOn(_, entry)) => wind_up(ports, request, &entry).await,
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

/// A few quick tries. A stream that was read cannot be sent again: each try opens the provider's anew, from the first
/// byte, or from where the parts end that are in the bucket already.
async fn fetch(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    deadline: Deadline,
) -> Result<(), PortError> {
    let doubtful_too = settings.schedule.after(failed::attempts_before(request, known.as_ref())) == NextTry::GiveUp;
    let started = ports.clock().now();
    let (mut known, mut so_far) = (known, request.continuation.clone());
    let (mut tries, mut gave_way) = (0, false);
    loop {
        let task = Task { request, so_far: so_far.as_deref(), doubtful_too, deadline };
        let failure = match copy(ports, settings, &task, known.take()).await {
            Ok(copied) => return stored::note(ports, settings, request, copied, started).await,
            Err(failure) => failure,
        };
        let (went_on, tried) = (so_far.is_some(), TransferRequest { continuation: failure.so_far, ..request.event() });
        match failure.error {
            CopyError::Ledger(ChangeError::MovedOn(_, entry)) => {
                going_on::abandon(ports, &tried).await;
                return wind_up(ports, request, &entry).await;
            }
            CopyError::TooSlow if going_on::came_further(request, &tried) => {
                return going_on::elsewhere(ports, &tried).await;
            }
            CopyError::TooSlow => {
                going_on::abandon(ports, &tried).await;
                return failed::note(ports, settings, &request.event(), CopyError::TooSlow).await;
            }
            // Beginning anew would be cut off again, and again.
            CopyError::CannotGoOn if going_on::outlived(request) => {
                return failed::note(ports, settings, &request.event(), CopyError::TooSlow).await;
            }
            CopyError::CannotGoOn if went_on => {}
            CopyError::KeyTaken if !std::mem::replace(&mut gave_way, true) => {}
            error => {
                tries += 1;
                if !error.is_worth_a_quick_retry() || tries >= settings.quick_tries {
                    return failed::note(ports, settings, &tried, error).await;
                }
                wait(ports, tries).await;
            }
        }
        so_far = tried.continuation;
        known = ports.ledger().get(&request.recording).await.unwrap_or_default();
    }
}

/// Full jitter: any time between nothing and half a second, a second, two, … up to eight.
async fn wait(ports: &impl Ports, tries: u32) {
    let ceiling = 500u64.saturating_mul(1 << (tries - 1).min(4));
    let milliseconds = ports.random().number() % (ceiling + 1);
    ports.clock().sleep(Duration::from_millis(milliseconds)).await;
}

async fn go_on_to_history(ports: &impl Ports, request: &TransferRequest, entry: &Versioned) -> Result<(), PortError> {
    let version = &entry.version.0;
    // The queue would drop a reminder as the duplicate of the message that Airtable did not take.
    let entry_version = match request.origin {
        Origin::Sweep | Origin::DeadLetter => format!("{version}, swept at {}", ports.clock().now()),
        Origin::Webhook | Origin::Retry | Origin::Reconcile => version.clone(),
    };
    ports
        .history_queue()
        .send(&HistoryRequest {
            version: MESSAGE_VERSION,
            recording: request.recording.clone(),
            job_number: entry.entry.job_number.clone().or_else(|| request.job_number.clone()),
            received_at: entry.entry.received_at,
            entry_version,
            lines: Vec::new(),
            dead_letters: 0,
        })
        .await
}

fn line(ports: &impl Ports, settings: &Settings, recording: &RecordingRef, event: &LineEvent<'_>) -> PinnedLine {
    PinnedLine::new(&settings.line_style, ports.clock().now(), recording, event)
}

/// The permanent link to a recording.
async fn play_url(ports: &impl Ports, settings: &Settings, target: &LinkTarget) -> Result<String, PortError> {
    let token = ports.secrets().current().await?.link_keys.seal(target);
    Ok(format!("{}/r/{token}", settings.public_base_url))
}

//! The story of one transfer request.

mod adopt;
mod dead_letter;
mod expire;
mod failed;
mod fetch;
mod going_on;
pub(crate) mod heard;
mod listen;
mod next;
mod parties;
mod stored;
mod transcript;

use std::time::Duration;

use recordings::history_line::{LineEvent, PinnedLine};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::link::LinkTarget;
use recordings::messages::{HistoryRequest, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{Clock, HistoryQueue, OpenMarkerRemove, PortError, SecretSource, Versioned};
use recordings::recording::{JobNumber, Outcome, RecordingRef};
use recordings::telemetry::{Metric, Metrics};

use crate::config::Settings;
use crate::copy::CopyError;
use crate::ledger::{ChangeError, change};
use crate::{Deadline, Ports, control, deletion};

/// Brings one recording as far as it can be brought now.
///
/// # Errors
/// Only when what should follow could not be made durable: then the message has to come again. A recording that
/// cannot be fetched or stored is no error; its retry is durable when this returns. `comes_again` says that this very
/// message did so before.
pub(crate) async fn handle(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    comes_again: bool,
    deadline: Deadline,
) -> Result<(), PortError> {
    bring(ports, settings, request, comes_again, deadline).await?;
    next::ask(ports, request).await?;
    ports.news_desk().handled(request);
    Ok(())
}

async fn bring(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    comes_again: bool,
    deadline: Deadline,
) -> Result<(), PortError> {
    let known = match control::known(ports, &request.recording).await {
        Ok(known) => known,
        // The sweeper says it again as long as it is true; or there is nothing that could be done without a ledger.
        Err(error) if !request.report.outcome.has_a_marker() => return Err(error),
        // Its marker says it again, or its message.
        Err(error) if request.report.outcome == Outcome::Decided => return Err(error),
        Err(error) => return failed::without_a_ledger(ports, settings, request, error).await,
    };
    // The later word counts, though the earlier one may come again behind it; and there may be audio elsewhere.
    let after_all = known.as_ref().is_some_and(|entry| {
        let is_elsewhere = entry.entry.legacy_url.is_some() && entry.entry.state().wants_transfer();
        entry.entry.is_being_fetched_after_all() || is_elsewhere
    });
    let outcome = match &request.report.outcome {
        Outcome::Absent { .. } if after_all => &Outcome::Completed,
        outcome => outcome,
    };
    if known.is_none() && is_left_of_an_erased_call(ports, request).await? {
        let entry = failed::first_entry(ports, request).await?;
        return wind_up(ports, settings, request, &entry).await;
    }
    match (known, outcome) {
        (_, Outcome::Decided) => control::carry_out(ports, settings, request).await,
        (_, Outcome::CanaryOver) => control::end_canary(ports, settings, request).await,
        (known, Outcome::NotInBucket) => expire::note(ports, settings, request, known).await,
        (known, Outcome::Parties) => parties::note(ports, request, known).await,
        (known, Outcome::ToBeHeard) => listen::listen(ports, settings, request, known, deadline).await,
        (Some(entry), _) if request.origin == Origin::Reconcile && entry.entry.state() == State::Settled => {
            deletion::of_settled(ports, settings, request, entry).await
        }
        (Some(entry), outcome) if !is_wanted(&entry.entry, outcome) => {
            going_on::abandon(ports, request).await;
            wind_up(ports, settings, request, &entry).await
        }
        (Some(entry), _) if is_early(ports, request, comes_again, &entry.entry) => {
            remind(ports, settings, request, &entry).await
        }
        (known, Outcome::Absent { reason }) => note_absent(ports, settings, request, known, reason).await,
        (None, Outcome::InBucket { .. }) if request.origin == Origin::DeadLetter => {
            adopt::leave(ports, request, &CopyError::DeadLettered);
            Ok(())
        }
        (known, _) if request.origin == Origin::DeadLetter => dead_letter::note(ports, settings, request, known).await,
        (known, Outcome::InBucket { key }) => adopt::adopt(ports, settings, request, known, key, deadline).await,
        (known, Outcome::Completed) => Box::pin(fetch::fetch(ports, settings, request, known, deadline)).await,
    }
}

/// Audio that the ledger does not know may be what is left of an erased call: then it is not looked at, but removed.
async fn is_left_of_an_erased_call(ports: &impl Ports, request: &TransferRequest) -> Result<bool, PortError> {
    match request.report.outcome {
        Outcome::InBucket { .. } => control::is_erased(ports, &request.recording.call()).await,
        _ => Ok(false),
    }
}

/// A provider that said there is no audio may say later that there is.
fn is_wanted(entry: &LedgerEntry, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Completed
        | Outcome::InBucket { .. }
        | Outcome::NotInBucket
        | Outcome::Decided
        | Outcome::Parties
        | Outcome::ToBeHeard
        | Outcome::CanaryOver => entry.state().may_transfer(),
        Outcome::Absent { .. } => entry.state().wants_transfer(),
    }
}

/// The audio needs nothing more. What came after it may have been left behind.
async fn wind_up(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    entry: &Versioned,
) -> Result<(), PortError> {
    if entry.entry.state() == State::Erased {
        // Whatever was about to be done for it may have left something behind.
        remove_marker(ports, &request.recording).await?;
        return control::carry_out(ports, settings, request).await;
    }
    control::tag(ports, &entry.entry).await?;
    let entry = &transcript::catch_up(ports, entry).await?;
    let is_gone = entry.entry.state() == State::Expired;
    match is_gone || (entry.entry.is_finished() && entry.entry.all_lines_confirmed()) {
        true => remove_marker(ports, &request.recording).await,
        false => go_on_to_history(ports, request, entry).await,
    }
}

/// Strikes a recording, or a decision about a call, off what is unfinished.
pub(crate) async fn remove_marker(ports: &impl Ports, recording: &RecordingRef) -> Result<(), PortError> {
    ports.open_markers().remove(recording).await
}

/// A sweep may come by before the next try is due, or while the retry that is due is on its way through its queue. A swept
/// message that comes again may be the one whose failed try is in the ledger and whose retry was never queued: then there is
/// nothing on its way but itself.
fn is_early(ports: &impl Ports, request: &TransferRequest, comes_again: bool, entry: &LedgerEntry) -> bool {
    /// The sweeper forwards every five minutes, and TransferQueue may be busy.
    const ON_ITS_WAY: Duration = Duration::from_secs(10 * 60);
    let Some(due) = entry.next_attempt_at else { return false };
    let has_no_message = entry.state() == State::Failed;
    let patience = if has_no_message { Duration::ZERO } else { ON_ITS_WAY };
    request.origin == Origin::Sweep
        && (has_no_message || !comes_again)
        && request.continuation.is_none()
        && ports.clock().now() < due.saturating_add(patience).unwrap_or(due)
}

/// Lines that Airtable did not take when they were new are written by and by, whatever becomes of the audio.
async fn remind(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    entry: &Versioned,
) -> Result<(), PortError> {
    if entry.entry.state() == State::Erased {
        return wind_up(ports, settings, request, entry).await;
    }
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
    let kept = match entry.entry.state().wants_transfer() {
        true => transcript::keep(ports, &entry.entry).await,
        false => None,
    };
    let absent = Change::FoundAbsent { reason: reason.to_owned(), line };
    let changes: Vec<Change> = [absent].into_iter().chain(kept).collect();
    match change(ports, entry, &changes).await {
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
        Err(ChangeError::MovedOn(_, entry)) => wind_up(ports, settings, request, &entry).await,
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

async fn go_on_to_history(ports: &impl Ports, request: &TransferRequest, entry: &Versioned) -> Result<(), PortError> {
    let entry = &with_its_job(ports, request, entry).await?;
    let job = entry.entry.job_number.clone().or_else(|| request.job_number.clone());
    point(ports, request, entry, job).await
}

/// Sends for the lines that a recording's job lacks, whatever the request is about.
pub(crate) async fn send_for_lines(
    ports: &impl Ports,
    request: &TransferRequest,
    entry: &Versioned,
) -> Result<(), PortError> {
    point(ports, request, entry, entry.entry.job_number.clone()).await
}

/// Sends for the links of an erased recording in each history that may hold one.
pub(crate) async fn send_for_erasure(
    ports: &impl Ports,
    request: &TransferRequest,
    entry: &Versioned,
) -> Result<(), PortError> {
    // A line that was written while the ledger could not be reached is in a history of which the entry knows nothing. What
    // wrote it comes by again, and knows the job.
    let unknown = request.job_number.as_ref().filter(|job| entry.entry.jobs().all(|known| known != *job));
    let unknown = unknown.filter(|_| request.recording == entry.entry.recording);
    for job in entry.entry.jobs().chain(unknown) {
        // Neither another job's message nor an earlier one, behind which a line may have come, is a duplicate of this.
        let entry_version = format!("{}, {job} erased at {}", entry.version.0, ports.clock().now());
        send(ports, entry, Some(job.clone()), entry_version).await?;
    }
    Ok(())
}

/// Points the history of a job at a recording.
async fn point(
    ports: &impl Ports,
    request: &TransferRequest,
    entry: &Versioned,
    job_number: Option<JobNumber>,
) -> Result<(), PortError> {
    let version = &entry.version.0;
    // The queue would drop a reminder as the duplicate of the message that Airtable did not take.
    let entry_version = match request.origin {
        Origin::Sweep | Origin::Reconcile | Origin::DeadLetter => {
            format!("{version}, swept at {}", ports.clock().now())
        }
        Origin::Webhook | Origin::Retry | Origin::Bucket | Origin::Demand | Origin::Person => version.clone(),
    };
    send(ports, entry, job_number, entry_version).await
}

async fn send(
    ports: &impl Ports,
    entry: &Versioned,
    job_number: Option<JobNumber>,
    entry_version: String,
) -> Result<(), PortError> {
    ports
        .history_queue()
        .send(&HistoryRequest {
            version: MESSAGE_VERSION,
            recording: entry.entry.recording.clone(),
            job_number,
            received_at: entry.entry.received_at,
            entry_version,
            lines: Vec::new(),
            dead_letters: 0,
            repair: false,
        })
        .await
}

/// Who heard of the recording first may not have known its job, as a provider's list does not. What a later word says of
/// it has to be in the ledger before a message carries it on, because that message may be let go while Airtable is down.
async fn with_its_job(
    ports: &impl Ports,
    request: &TransferRequest,
    entry: &Versioned,
) -> Result<Versioned, PortError> {
    let (None, Some(job)) = (&entry.entry.job_number, &request.job_number) else { return Ok(entry.clone()) };
    match change(ports, entry.clone(), &[Change::JobAssigned(job.clone())]).await {
        Ok(entry) => Ok(entry),
        Err(ChangeError::MovedOn(_, entry)) => Ok(*entry),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn line(ports: &impl Ports, settings: &Settings, recording: &RecordingRef, event: &LineEvent<'_>) -> PinnedLine {
    PinnedLine::new(&settings.line_style, ports.clock().now(), recording, event)
}

/// The permanent link to a recording.
async fn play_url(ports: &impl Ports, settings: &Settings, target: &LinkTarget) -> Result<String, PortError> {
    let token = ports.secrets().current().await?.link_keys.seal(target);
    Ok(format!("{}/r/{token}", settings.public_base_url))
}

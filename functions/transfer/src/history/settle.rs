//! What follows a written line: the provider's copy goes, and the recording is settled.

use recordings::ledger_entry::{Change, LedgerEntry, SettledAs, State, StillAtProvider};
use recordings::ports::{Clock, OpenMarkerRemove, PortError};
use recordings::recording::JobRecordId;
use recordings::telemetry::{Metric, Metrics, Unit};

use super::item::{Item, Work};
use crate::Ports;
use crate::config::Settings;
use crate::ledger::{ChangeError, change};
use crate::{control, deletion, open_marker};

/// Notes what was seen in the job's history and goes as far as the gate of promise P2 allows.
pub(super) async fn settle(ports: &impl Ports, settings: &Settings, item: &mut Item<'_>) {
    let work = std::mem::replace(&mut item.work, Work::Done);
    item.work = match &work {
        Work::Written(id) => outcome(written(ports, settings, item, id, false).await),
        Work::Full(id) => {
            let full = item.confirmed.len() < item.lines().len();
            outcome(written(ports, settings, item, id, full).await)
        }
        Work::NothingToWrite => outcome(go_on(ports, settings, item, Vec::new(), false).await),
        Work::Clean { .. } if item.may_have_written_unasked() => outcome(look_from_now_on(ports, item).await),
        Work::Clean { .. } if item.alone_knows_the_job() => Work::Done,
        Work::Clean { was } => outcome(forget(ports, item, *was).await),
        Work::Left if item.alone_knows_the_job() => outcome(remember_the_job(ports, item).await),
        Work::Left if item.is_erased() => outcome(control::remember(ports, &item.request.recording.call()).await),
        Work::Left => outcome(keep_open(ports, item).await),
        _ => work,
    };
}

fn outcome(result: Result<(), PortError>) -> Work {
    match result {
        Ok(()) => Work::Done,
        Err(error) => Work::Failed(error),
    }
}

async fn written(
    ports: &impl Ports,
    settings: &Settings,
    item: &mut Item<'_>,
    record: &JobRecordId,
    full: bool,
) -> Result<(), PortError> {
    note_saved(ports, item);
    let seen = Change::LinesConfirmed { texts: item.confirmed.clone(), job_record_id: record.clone() };
    // The message may be all that knew the job.
    let lacks_its_job = item.entry.as_ref().is_some_and(|entry| entry.entry.job_number.is_none());
    let job = item.request.job_number.clone().filter(|_| lacks_its_job).map(Change::JobAssigned);
    go_on(ports, settings, item, job.into_iter().chain([seen]).collect(), full).await
}

/// No link is left in this job's history. A PATCH that was given up on may bring one back, with the text of before: only a
/// history that was found clean once no such PATCH can be under way any more is not looked at again.
async fn forget(ports: &impl Ports, item: &mut Item<'_>, was_clean: bool) -> Result<(), PortError> {
    let (Some(entry), Some(job)) = (item.entry.take(), &item.request.job_number) else { return Ok(()) };
    let since = entry.entry.clean_since.get(job).copied().filter(|_| was_clean);
    let seen = match since {
        Some(since) if control::rested(ports, since) => Some(Change::HistoryScrubbed(Some(job.clone()))),
        Some(_) => None,
        None => Some(Change::HistoryCleaned(job.clone())),
    };
    let is_forgotten = matches!(seen, Some(Change::HistoryScrubbed(_)));
    match change(ports, entry, seen.as_slice()).await {
        Ok(entry) if is_forgotten => report_erased(ports, &entry.entry),
        Ok(_) | Err(ChangeError::MovedOn(..)) => {}
        Err(ChangeError::Ledger(error)) => return Err(error),
    }
    match is_forgotten {
        true => Ok(()),
        // Whoever said that there is a history to look into may have died before he put the marker there.
        false => control::remember(ports, &item.request.recording.call()).await,
    }
}

/// The history is clean, and a PATCH may be under way that began when nobody knew of the erasure, later than others found it
/// clean. Whether they have forgotten it or not, it is looked at once more, when that PATCH has come to its end.
async fn look_from_now_on(ports: &impl Ports, item: &mut Item<'_>) -> Result<(), PortError> {
    let (Some(entry), Some(job)) = (item.entry.take(), &item.request.job_number) else { return Ok(()) };
    let seen = [Change::HistoryToScrub(job.clone()), Change::HistoryCleaned(job.clone())];
    match change(ports, entry, &seen).await {
        Ok(_) | Err(ChangeError::MovedOn(..)) => control::remember(ports, &item.request.recording.call()).await,
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn report_erased(ports: &impl Ports, entry: &LedgerEntry) {
    tracing::info!(
        log_type = "history_links_erased",
        organisation = %entry.recording.organisation,
        call_id = %entry.recording.call_id,
        recording_id = %entry.recording.recording_id,
        "no link of an erased recording is left in its job's history",
    );
    count(ports, entry, "history_links_erased");
}

/// A line that was written while the ledger could not be reached is in a history of which an erased entry knows nothing, and
/// which cannot be read now: the erasure has to come back to it.
async fn remember_the_job(ports: &impl Ports, item: &mut Item<'_>) -> Result<(), PortError> {
    let (Some(entry), Some(job)) = (item.entry.take(), &item.request.job_number) else { return Ok(()) };
    match change(ports, entry, &[Change::HistoryToScrub(job.clone())]).await {
        Ok(_) | Err(ChangeError::MovedOn(..)) => {}
        Err(ChangeError::Ledger(error)) => return Err(error),
    }
    control::remember(ports, &item.request.recording.call()).await
}

async fn keep_open(ports: &impl Ports, item: &Item<'_>) -> Result<(), PortError> {
    match &item.entry {
        Some(entry) => open_marker::keep(ports, &entry.entry).await,
        None => Ok(()),
    }
}

async fn go_on(
    ports: &impl Ports,
    settings: &Settings,
    item: &mut Item<'_>,
    seen: Vec<Change>,
    full: bool,
) -> Result<(), PortError> {
    let Some(entry) = item.entry.take() else { return Ok(()) };
    let mut changes = seen;
    let after = apply(ports, &entry.entry, &changes);
    changes.extend(match full {
        true => note_full(ports, &after),
        false => last_step(ports, settings, &after).await?,
    });
    let entry = match change(ports, entry, &changes).await {
        Ok(entry) => entry,
        Err(ChangeError::MovedOn(_, entry)) => *entry,
        Err(ChangeError::Ledger(error)) => return Err(error),
    };
    finish(ports, &entry.entry, full).await
}

/// The entry as it will be, to decide from; the ledger's compare-and-swap decides whether it becomes so.
fn apply(ports: &impl Ports, entry: &LedgerEntry, changes: &[Change]) -> LedgerEntry {
    let at = ports.clock().now();
    changes.iter().fold(entry.clone(), |entry, change| entry.apply(change.clone(), at).unwrap_or(entry))
}

async fn last_step(ports: &impl Ports, settings: &Settings, entry: &LedgerEntry) -> Result<Option<Change>, PortError> {
    let waits = entry.state() == State::Stored || entry.was_settled_too_soon();
    if !waits || !entry.all_lines_confirmed() {
        return Ok(None);
    }
    match deletion::may_go(ports, settings, entry).await? {
        Ok(()) => Ok(delete(ports, settings, entry).await.map(Change::Settled)),
        Err(
            kept @ (StillAtProvider::DeletionDisabled
            | StillAtProvider::Hold
            | StillAtProvider::Adopted
            | StillAtProvider::Legacy
            | StillAtProvider::LengthNotConfirmed),
        ) => Ok(Some(Change::Settled(SettledAs::ProviderCopyKept(kept.code())))),
        Err(_) => Ok(None),
    }
}

/// A deletion that fails is brought back by `open/`; the line is confirmed all the same.
async fn delete(ports: &impl Ports, settings: &Settings, entry: &LedgerEntry) -> Option<SettledAs> {
    let due = ports.clock().now().saturating_add(settings.delete_after).unwrap_or(ports.clock().now());
    deletion::announce(entry, due);
    match settings.delete_after.is_zero() {
        true => deletion::delete(ports, entry).await.then_some(SettledAs::ProviderCopyDeleted),
        false => Some(SettledAs::ProviderCopyDueAt(due)),
    }
}

fn note_full(ports: &impl Ports, entry: &LedgerEntry) -> Option<Change> {
    tracing::error!(
        log_type = "history_full",
        organisation = %entry.recording.organisation,
        call_id = %entry.recording.call_id,
        recording_id = %entry.recording.recording_id,
        "the job's history cannot take another line; it stays in the ledger",
    );
    count(ports, entry, "history_full");
    (entry.state() == State::Stored).then_some(Change::Settled(SettledAs::HistoryFull))
}

/// A history that is full stays full, so that nothing more can be done for a recording which waits for nothing else.
async fn finish(ports: &impl Ports, entry: &LedgerEntry, full: bool) -> Result<(), PortError> {
    match entry.state() {
        _ if entry.is_finished() => ports.open_markers().remove(&entry.recording).await,
        State::Absent | State::Suspect if full => ports.open_markers().remove(&entry.recording).await,
        State::Stored | State::Settled => open_marker::keep(ports, entry).await,
        _ if entry.lacks_its_transcript() => open_marker::keep(ports, entry).await,
        _ => Ok(()),
    }
}

fn count(ports: &impl Ports, entry: &LedgerEntry, what: &'static str) {
    ports.metrics().record(ports.clock().now(), entry.recording.provider, &[Metric::one(what)]);
}

/// The names that operators filter on say where the line's URL leads.
fn note_saved(ports: &impl Ports, item: &Item<'_>) {
    let recording = &item.request.recording;
    let now = ports.clock().now();
    let latency_ms = now.as_millisecond() - item.request.received_at.as_millisecond();
    for line in item.lines().iter().filter(|line| item.confirmed.contains(&line.text)) {
        let says = |event: &str| line.text.contains(&format!("| Event: {event} |"));
        let log_type = match (says("Recording"), says("Recording pending upload")) {
            (true, _) => "recording_saved_to_airtable_s3".to_owned(),
            (_, true) => format!("recording_saved_to_airtable_{}", recording.provider),
            _ => "recording_explained_in_airtable".to_owned(),
        };
        tracing::info!(
            log_type,
            organisation = %recording.organisation,
            call_id = %recording.call_id,
            recording_id = %recording.recording_id,
            latency_ms,
            "the line is in the job's history",
        );
    }
    if item.lines().iter().any(|line| line.repaired_at.is_some()) {
        // It was written in time, once, and tells nothing of how long that took.
        return ports.metrics().record(now, recording.provider, &[Metric::one("history_written")]);
    }
    let latency = Metric { name: "webhook_to_history_ms", unit: Unit::Milliseconds, value: latency_ms as f64 };
    ports.metrics().record(now, recording.provider, &[Metric::one("history_written"), latency]);
}

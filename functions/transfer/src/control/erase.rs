//! Erasing a call. Every pass does all of it; whoever meets the tombstone, with whatever it was about to do, makes one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use recordings::call_control::{CallControl, Erasure};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::{TraceKind, recording_of_open_key, traces_of, utc_day};
use recordings::ports::{
    Clock, DeletedBecause, ErasureReceipt, ErasureReceipts, ErrorKind, OpenMarkerWrite, PortError, ProviderCopies,
    Random, Trace, TraceRemove, Traces, Versioned,
};
use recordings::recording::{CallRef, Outcome, RecordingRef, Report};
use recordings::telemetry::{Metric, Metrics};

use super::mirror;
use crate::config::Settings;
use crate::copy::create;
use crate::ledger::{ChangeError, change};
use crate::{Ports, deletion, request};

/// An erasure is over only once so long has passed: longer than an invocation that did not know of it, and than what it
/// sent, or a PATCH of older text, may be under way. What such a one left behind is found by the pass behind that.
const REST: Duration = Duration::from_secs(10 * 60);
/// How many places are looked at, or traces removed, at the same time.
const AT_ONCE: usize = 8;

/// One pass over everything that there is of a call.
pub(super) async fn erase(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    control: &CallControl,
    entries: Vec<Versioned>,
) -> Result<(), PortError> {
    let Some(erasure) = control.erasure() else { return Ok(()) };
    let call = &control.call;
    let mut erased = Vec::new();
    for entry in entries {
        erased.push(mirror(ports, entry, control).await?);
    }
    // What an entry was before it forgot is an older version, which only a look behind that finds.
    let had_forgotten = erased.iter().all(|entry| entry.entry.is_forgotten());
    let days = days(settings, request, &erased);
    let found = find(ports, settings, call, &days).await?;
    for recording in without_entry(&found, &erased) {
        // It is rare, and its future large.
        erased.push(Box::pin(first_entry(ports, recording, erasure.at)).await?);
    }
    if !found.is_empty() {
        append(ports, call, erasure, &found, false).await?;
        remove(ports, &found).await?;
    }
    let is_gone_at_provider = delete_copies(ports, &mut erased).await?;
    for entry in &mut erased {
        scrub(ports, request, entry).await?;
    }
    // What an entry was before it forgot the last job is all that there may have been left.
    let is_over = found.iter().all(|trace| trace.kind == TraceKind::Entry)
        && is_gone_at_provider
        && rested(ports, erasure.at)
        && had_forgotten
        && erased.iter().all(|entry| entry.entry.is_forgotten());
    report(ports, call, &found, is_over);
    if !is_over {
        // Where nobody told us, as of a webhook that came behind the erasure, this brings the call back all the same.
        return remember(ports, call).await;
    }
    append(ports, call, erasure, &[], true).await?;
    request::remove_marker(ports, &RecordingRef::all_of(call)).await?;
    // Who learned meanwhile of a history to look into said so in the entry, before he put the marker there that is gone now.
    match super::entries(ports, call).await?.iter().all(|entry| entry.entry.is_forgotten()) {
        true => Ok(()),
        false => remember(ports, call).await,
    }
}

/// Makes sure that the call is come back to.
pub(crate) async fn remember(ports: &impl Ports, call: &CallRef) -> Result<(), PortError> {
    let reminder = TransferRequest::of_decision(call, ports.clock().now(), Origin::Sweep);
    ports.open_markers().keep(&reminder).await
}

/// Whether whatever did not know of what was done then has come to its end.
pub(crate) fn rested(ports: &impl Ports, since: Timestamp) -> bool {
    since.saturating_add(REST).is_ok_and(|rested| rested <= ports.clock().now())
}

/// The days under which audio of the call may be filed.
fn days(settings: &Settings, request: &TransferRequest, entries: &[Versioned]) -> BTreeSet<Date> {
    let of_key = |key: &str| settings.prefix.parse_key(key).ok().map(|(folder, _)| folder.day);
    let mut days = BTreeSet::new();
    for entry in entries.iter().map(|entry| &entry.entry) {
        days.insert(utc_day(entry.started_at));
        days.extend(entry.recording_storage_path.as_ref().and_then(|key| of_key(key.as_str())));
    }
    days.extend(request.report.started_at.map(utc_day));
    if let Outcome::InBucket { key } = &request.report.outcome {
        days.extend(of_key(key.as_str()));
    }
    days
}

async fn find(
    ports: &impl Ports,
    settings: &Settings,
    call: &CallRef,
    days: &BTreeSet<Date>,
) -> Result<Vec<Trace>, PortError> {
    let places = traces_of(call, &settings.prefix, days);
    let looks = stream::iter(&places).map(|place| ports.traces().find(place)).buffered(AT_ONCE);
    Ok(looks.try_collect::<Vec<_>>().await?.concat())
}

/// The recordings that have a marker and nothing else. With the marker goes all that is known of them, and their copies at
/// the provider would stay.
fn without_entry(found: &[Trace], entries: &[Versioned]) -> BTreeSet<RecordingRef> {
    let markers = found.iter().filter(|trace| trace.kind == TraceKind::Marker);
    let marked = markers.filter_map(|trace| recording_of_open_key(&trace.key).ok());
    marked.filter(|recording| entries.iter().all(|entry| entry.entry.recording != *recording)).collect()
}

/// An entry that says no more than that its recording was erased.
async fn first_entry(ports: &impl Ports, recording: RecordingRef, at: Timestamp) -> Result<Versioned, PortError> {
    let entry = LedgerEntry::received(recording, None, &Report::of(Outcome::Decided), at);
    create(ports, entry).await
}

async fn remove(ports: &impl Ports, found: &[Trace]) -> Result<(), PortError> {
    stream::iter(found).map(|trace| ports.traces().remove(trace)).buffered(AT_ONCE).try_collect::<Vec<()>>().await?;
    Ok(())
}

/// Says what is removed, before it is: who dies in the middle leaves word of it.
async fn append(
    ports: &impl Ports,
    call: &CallRef,
    erasure: &Erasure,
    found: &[Trace],
    is_over: bool,
) -> Result<(), PortError> {
    let mut kinds: BTreeMap<TraceKind, u32> = BTreeMap::new();
    for trace in found {
        *kinds.entry(trace.kind).or_default() += 1;
    }
    let receipt = ErasureReceipt {
        call: call.clone(),
        why: DeletedBecause::Erased,
        by: erasure.by.clone(),
        asked_at: erasure.at,
        at: ports.clock().now(),
        found: kinds,
        bytes: found.iter().map(|trace| trace.bytes).sum(),
        is_over,
        number: if is_over { 0 } else { ports.random().number().max(1) },
    };
    ports.receipts().append(&receipt).await.map(drop)
}

/// Deletes the provider's copies, whatever the policy: who asked for an erasure asked for that. Says whether they are
/// gone; one that is not is tried again with the next pass.
async fn delete_copies(ports: &impl Ports, entries: &mut [Versioned]) -> Result<bool, PortError> {
    let mut all_gone = true;
    for entry in entries {
        let recording = &entry.entry.recording;
        if recording.recording_id.is_missing() {
            continue;
        }
        match ports.copies().delete(recording).await {
            Ok(()) => *entry = changed(ports, entry, Change::ProviderCopyDeleted).await?,
            // The provider said that there was none.
            Err(error) if error.kind == ErrorKind::Invalid && was_absent(&entry.entry) => {}
            Err(error) => {
                deletion::report_failure(ports, recording, &error);
                all_gone = false;
            }
        }
    }
    Ok(all_gone)
}

fn was_absent(entry: &LedgerEntry) -> bool {
    entry.states().iter().rev().nth(1).is_some_and(|reached| reached.state == State::Absent)
}

/// Sends for the links that are still in a history. An entry that never had a job has none.
async fn scrub(ports: &impl Ports, request: &TransferRequest, entry: &mut Versioned) -> Result<(), PortError> {
    request::send_for_erasure(ports, request, entry).await?;
    let has_job = entry.entry.jobs().next().is_some();
    let may_forget = || entry.entry.erased_at().is_some_and(|at| rested(ports, at));
    if !has_job && !entry.entry.is_forgotten() && may_forget() {
        *entry = changed(ports, entry, Change::HistoryScrubbed(None)).await?;
    }
    Ok(())
}

async fn changed(ports: &impl Ports, entry: &Versioned, what: Change) -> Result<Versioned, PortError> {
    match change(ports, entry.clone(), &[what]).await {
        Ok(entry) => Ok(entry),
        Err(ChangeError::MovedOn(_, entry)) => Ok(*entry),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn report(ports: &impl Ports, call: &CallRef, found: &[Trace], is_over: bool) {
    tracing::warn!(
        log_type = if is_over { "call_erased" } else { "call_being_erased" },
        organisation = %call.organisation,
        call_id = %call.call_id,
        removed = found.len(),
        bytes = found.iter().map(|trace| trace.bytes).sum::<u64>(),
        "what there was of a call was removed, because somebody asked for it",
    );
    let name = if is_over { "erased" } else { "erasure_passes" };
    ports.metrics().record(ports.clock().now(), call.provider, &[Metric::one(name)]);
}

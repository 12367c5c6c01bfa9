//! Whether a recording comes home. One of our own is told of as a provider would tell of it, once a day; from there on it
//! goes the way of all others: queue, transfer, bucket, ledger, history. A later run looks for it and has it erased.
//!
//! What is out is written down before anything is said of it, so that a run which dies leaves nothing that a later one does
//! not find. All that a run says may be said again, by it or by another at the same time.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use recordings::audio::{canary, crc64nvme};
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::TransferRequest;
use recordings::object_key::utc_day;
use recordings::ports::{
    AudioLook, CallControlRead, Clock, Cursors, ErrorKind, LedgerRead, OpenMarkerWrite, PortError, TransferQueue,
};
use recordings::recording::{JobNumber, Organisation, RecordingRef};
use recordings::telemetry::{Metric, Metrics, Unit};

use super::{Check, Finding, failed};
use crate::config::Settings;
use crate::{Deadline, Ports};

const NAME: &str = "canary";
/// Which canaries are out.
const CURSOR: &str = "canary";
/// For so long one may be on its way: a marker that was left behind is met within it.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// An erasure that takes longer is a finding.
const ERASED_WITHIN: Duration = Duration::from_secs(24 * 3_600);
/// Of two runs which write at the same time what is out one has the last word, so that the last days are looked at anyway.
const DAYS_ANYWAY: i32 = 3;

/// When the canaries that are out were told of, by organisation and day.
type Out = BTreeMap<String, BTreeMap<Date, Timestamp>>;

/// Looks for the canaries that are out, ends those that were found or are of earlier days, and sends today's. Nothing, where
/// there is to be none and none is left.
pub(super) async fn check(
    ports: &impl Ports,
    settings: &Settings,
    organisation: &Organisation,
    deadline: Deadline,
) -> Option<Check> {
    let mut check = Check {
        name: NAME,
        organisation: Some(organisation.clone()),
        provider: None,
        looked_at: 0,
        failed: None,
        findings: Vec::new(),
    };
    if deadline.is_near(ports.clock()) {
        check.failed = settings.canary_job.is_some().then_some("no_time");
    } else if let Err(error) = go_round(ports, settings, organisation, &mut check).await {
        check.failed = Some(failed(NAME, &error));
    }
    let is_idle = settings.canary_job.is_none() && check.looked_at == 0 && check.failed.is_none();
    (!is_idle).then_some(check)
}

async fn go_round(
    ports: &impl Ports,
    settings: &Settings,
    organisation: &Organisation,
    check: &mut Check,
) -> Result<(), PortError> {
    let today = utc_day(ports.clock().now());
    let mut days = out(ports).await?.remove(organisation.as_str()).unwrap_or_default();
    if settings.canary_job.is_none() && days.is_empty() {
        return Ok(());
    }
    if settings.canary_job.is_some() {
        forgotten(ports, organisation, today, &mut days).await?;
    }
    for (day, told_at) in days.clone() {
        let canary = RecordingRef::canary(organisation.clone(), day);
        let is_to_go = day < today || settings.canary_job.is_none();
        if look_for(ports, &canary, told_at, is_to_go, check).await? == Whereabouts::Gone {
            days.remove(&day);
        }
    }
    let canary = RecordingRef::canary(organisation.clone(), today);
    let job = match &settings.canary_job {
        Some(job) if is_unheard_of(ports, &canary).await? => Some(job),
        _ => None,
    };
    if job.is_some() {
        days.entry(today).or_insert(ports.clock().now());
    }
    keep(ports, organisation, days.clone()).await?;
    match (job, days.get(&today)) {
        (Some(job), Some(told_at)) => tell(ports, &canary, job, *told_at).await,
        _ => Ok(()),
    }
}

/// Adds what is not known to be out, and is.
async fn forgotten(
    ports: &impl Ports,
    organisation: &Organisation,
    today: Date,
    days: &mut BTreeMap<Date, Timestamp>,
) -> Result<(), PortError> {
    for back in 1..=DAYS_ANYWAY {
        let day = today.saturating_sub(jiff::Span::new().days(back));
        if days.contains_key(&day) {
            continue;
        }
        let entry = ports.ledger().get(&RecordingRef::canary(organisation.clone(), day)).await?;
        if let Some(entry) = entry.map(|read| read.entry).filter(|entry| !entry.is_forgotten()) {
            days.insert(day, entry.received_at);
        }
    }
    Ok(())
}

/// Where a canary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    /// It came home and was erased.
    Gone,
    /// It is being erased, since then.
    BeingErased(Timestamp),
    /// It is in the bucket and in the history, after so long each.
    Home { stored: Duration, told: Duration },
    /// It is not in the bucket as it should be.
    NotStored,
    /// It is, and its history lacks its line.
    NotInHistory,
}

async fn look_for(
    ports: &impl Ports,
    canary: &RecordingRef,
    told_at: Timestamp,
    is_to_go: bool,
    check: &mut Check,
) -> Result<Whereabouts, PortError> {
    check.looked_at += 1;
    let found = whereabouts(ports, canary, told_at).await?;
    let is_late = since(ports, told_at) > PATIENCE;
    let finding = match found {
        Whereabouts::NotStored if is_late => Some((
            "canary_not_stored",
            "A recording that was told of did not reach the bucket: look at TransferQueue and at transfer's log.",
        )),
        Whereabouts::NotInHistory if is_late => Some((
            "canary_not_in_history",
            "Its line is not in the history of the job DOCTOR_CANARY_JOB: is there that job, and does Airtable answer?",
        )),
        Whereabouts::Home { told, .. } if told > PATIENCE => Some((
            "canary_late",
            "It came home, and too late: what held it up held up recordings too. Look at the queues' ages and at transfer's log.",
        )),
        Whereabouts::BeingErased(at) if since(ports, at) > ERASED_WITHIN => {
            Some(("canary_not_erased", "Something of it is left: look for call_being_erased in transfer's log."))
        }
        _ => None,
    };
    if let Some((what, advice)) = finding {
        check.findings.push(Finding { what, subject: canary.call_id.to_string(), advice, mended: false });
    }
    match found {
        Whereabouts::Home { stored, told } => {
            report(ports, canary, stored, told);
            end(ports, canary).await?;
        }
        Whereabouts::NotStored | Whereabouts::NotInHistory if is_late && is_to_go => end(ports, canary).await?,
        _ => {}
    }
    Ok(found)
}

async fn whereabouts(ports: &impl Ports, canary: &RecordingRef, told_at: Timestamp) -> Result<Whereabouts, PortError> {
    let decided = ports.controls().get(&canary.call()).await?;
    let erased_at = decided.and_then(|decided| decided.control.erasure().map(|erasure| erasure.at));
    let entry = ports.ledger().get(canary).await?.map(|read| read.entry);
    Ok(match (erased_at, entry) {
        (Some(_), None) => Whereabouts::Gone,
        (Some(_), Some(entry)) if entry.is_forgotten() => Whereabouts::Gone,
        (Some(at), Some(_)) => Whereabouts::BeingErased(at),
        (None, None) => Whereabouts::NotStored,
        (None, Some(entry)) => match is_stored(ports, &entry).await? {
            false => Whereabouts::NotStored,
            true => in_history(&entry, told_at),
        },
    })
}

/// Whether the bucket holds the very bytes, whatever the ledger says.
async fn is_stored(ports: &impl Ports, entry: &LedgerEntry) -> Result<bool, PortError> {
    let Some(key) = &entry.recording_storage_path else { return Ok(false) };
    if !matches!(entry.state(), State::Stored | State::Settled) {
        return Ok(false);
    }
    let audio = canary();
    let there = ports.audio().look(key).await?;
    Ok(there.is_some_and(|there| {
        there.bytes == audio.len() as u64
            && there.crc64nvme.is_none_or(|checksum| checksum == crc64nvme(&audio))
            && there.recording.as_ref() == Some(&entry.recording)
    }))
}

fn in_history(entry: &LedgerEntry, told_at: Timestamp) -> Whereabouts {
    let took = |at: Timestamp| Duration::try_from(at.duration_since(told_at)).unwrap_or_default();
    let confirmed = entry.lines.iter().map(|line| line.confirmed_at).collect::<Option<Vec<_>>>();
    match (confirmed.and_then(|times| times.into_iter().max()), entry.recording_uploaded_at) {
        (Some(last), Some(uploaded)) => Whereabouts::Home { stored: took(uploaded), told: took(last) },
        _ => Whereabouts::NotInHistory,
    }
}

/// Whether nothing was heard of it yet: neither that there is one nor that it is over.
async fn is_unheard_of(ports: &impl Ports, canary: &RecordingRef) -> Result<bool, PortError> {
    Ok(ports.ledger().get(canary).await?.is_none() && ports.controls().get(&canary.call()).await?.is_none())
}

/// Tells of it as the webhook does: in its marker, and on the queue.
async fn tell(ports: &impl Ports, canary: &RecordingRef, job: &JobNumber, at: Timestamp) -> Result<(), PortError> {
    let request = TransferRequest::of_canary(canary, job.clone(), at);
    ports.open_markers().put(&request).await?;
    ports.transfer_queue().send(&request).await
}

/// Has it erased by transfer, which alone decides and erases.
async fn end(ports: &impl Ports, canary: &RecordingRef) -> Result<(), PortError> {
    ports.transfer_queue().send(&TransferRequest::of_canary_over(canary, ports.clock().now())).await
}

fn report(ports: &impl Ports, canary: &RecordingRef, stored: Duration, told: Duration) {
    tracing::info!(
        log_type = "canary_home",
        organisation = %canary.organisation,
        call_id = %canary.call_id,
        stored_after_ms = stored.as_millis() as u64,
        in_history_after_ms = told.as_millis() as u64,
        "a canary is in the bucket and in its job's history, and is being erased",
    );
    let figure = Metric { name: "canary_to_history", unit: Unit::Milliseconds, value: told.as_secs_f64() * 1_000.0 };
    ports.metrics().record_own(ports.clock().now(), &[figure]);
}

fn since(ports: &impl Ports, at: Timestamp) -> Duration {
    Duration::try_from(ports.clock().now().duration_since(at)).unwrap_or_default()
}

async fn out(ports: &impl Ports) -> Result<Out, PortError> {
    let kept = ports.cursors().read(CURSOR).await?;
    // What cannot be read is found anyway, where it is of these days.
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
}

/// Writes down what is out now of an organisation, next to what is of others.
async fn keep(
    ports: &impl Ports,
    organisation: &Organisation,
    days: BTreeMap<Date, Timestamp>,
) -> Result<(), PortError> {
    let before = out(ports).await?;
    let mut after = before.clone();
    match days.is_empty() {
        true => after.remove(organisation.as_str()),
        false => after.insert(organisation.to_string(), days),
    };
    if after == before {
        return Ok(());
    }
    let written = serde_json::to_string(&after)
        .map_err(|error| PortError::new(ErrorKind::Invalid, "write down which canaries are out", error.to_string()))?;
    ports.cursors().write(CURSOR, (!after.is_empty()).then_some(written.as_str())).await
}

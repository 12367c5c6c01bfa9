//! Finding jobs and writing their histories, within Airtable's limits.

use std::collections::BTreeMap;

use recordings::ports::{Clock, ErrorKind, HistoryUpdate, JobFind, JobKey, JobRecord, Jobs, PortError};
use recordings::recording::{CallId, CarrierCallId, JobNumber, JobRecordId, Provider};
use recordings::telemetry::{Metric, Metrics};

use super::Whose;
use super::bases::Patience;
use super::item::Item;
use super::not_asked::NotAsked;
use crate::Ports;

/// The most records that one PATCH takes.
/// Source: <https://airtable.com/developers/web/api/update-multiple-records>
const RECORDS_A_PATCH: usize = 10;
/// A find and the PATCH that follows it.
const FIND_AND_PATCH: u32 = 2;

/// What a batch's find says of one item.
pub(super) enum Found<'a> {
    /// Its job.
    One(&'a JobRecord),
    /// Its job, whose queue group is another than the one that the message came in.
    Elsewhere(JobNumber),
    /// No job, and why.
    None(&'static str),
}

/// By what the items' jobs are found, each key once.
pub(super) fn keys(items: &[&mut Item<'_>]) -> Vec<JobKey> {
    let mut keys: Vec<JobKey> = Vec::new();
    for key in items.iter().flat_map(|item| keys_of(item)) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn keys_of(item: &Item<'_>) -> Vec<JobKey> {
    match job_number(item) {
        Some(number) => vec![JobKey::Number(number.clone())],
        None => calls(item).map(JobKey::Call).collect(),
    }
}

/// The calls by which a job may name the recording: its own, and the one that carried it.
fn calls(item: &Item<'_>) -> impl Iterator<Item = CallId> {
    let carrier = item.entry.as_ref().and_then(|entry| entry.entry.carrier_call_id.as_ref());
    let own = item.request.recording.call_id.clone();
    [Some(own), carrier.map(CarrierCallId::to_call_id)].into_iter().flatten()
}

fn job_number<'a>(item: &'a Item<'_>) -> Option<&'a JobNumber> {
    if item.is_erased() {
        // It may have been another job's before.
        return item.request.job_number.as_ref();
    }
    item.entry.as_ref().and_then(|entry| entry.entry.job_number.as_ref()).or(item.request.job_number.as_ref())
}

/// One request for all keys, sent once both it and the PATCH behind it fit into the base's allowance; not sent at all when
/// that is too late.
pub(super) async fn find(
    ports: &impl Ports,
    whose: Whose<'_>,
    keys: &[JobKey],
    patience: Patience,
) -> Result<Vec<JobRecord>, PortError> {
    let latest = patience.latest_find(ports.clock());
    ports.pacer().take(whose.base, ports.clock(), FIND_AND_PATCH, latest).await?;
    let found = ports.jobs().find(whose.organisation, keys).await;
    heed(ports, whose, &found);
    found
}

/// Writes histories, up to ten in one request. A request that is refused is split until the bad record stands alone; once
/// the base is throttled, or the month's calls are used up, nothing more is sent of what was read before.
pub(super) async fn update(
    ports: &impl Ports,
    whose: Whose<'_>,
    updates: Vec<HistoryUpdate>,
    patience: Patience,
) -> BTreeMap<JobRecordId, Result<String, PortError>> {
    let mut written = BTreeMap::new();
    let mut waiting: Vec<Vec<HistoryUpdate>> = updates.chunks(RECORDS_A_PATCH).map(<[_]>::to_vec).collect();
    let mut paid = true;
    while let Some(updates) = waiting.pop() {
        match patch(ports, whose, &updates, std::mem::take(&mut paid), patience).await {
            Ok(now) => written.extend(now.into_iter().map(|update| (update.id, Ok(update.history)))),
            Err(error) if is_about_one_record(&error) && updates.len() > 1 => {
                let (left, right) = updates.split_at(updates.len() / 2);
                waiting.extend([left.to_vec(), right.to_vec()]);
            }
            Err(error) => {
                let unsent = match error.kind {
                    ErrorKind::Throttled { .. } | ErrorKind::QuotaExhausted => std::mem::take(&mut waiting).concat(),
                    _ => Vec::new(),
                };
                let copy = || PortError::new(error.kind, error.operation, error.detail.clone());
                written.extend(updates.into_iter().chain(unsent).map(|update| (update.id, Err(copy()))));
            }
        }
    }
    written
}

async fn patch(
    ports: &impl Ports,
    whose: Whose<'_>,
    updates: &[HistoryUpdate],
    paid: bool,
    patience: Patience,
) -> Result<Vec<HistoryUpdate>, PortError> {
    let latest = patience.latest_patch(ports.clock());
    if !paid {
        ports.pacer().take(whose.base, ports.clock(), 1, latest).await?;
    } else if ports.clock().now() > latest {
        return Err(NotAsked::TooLate.into());
    }
    let answer = ports.jobs().update(whose.organisation, updates).await;
    heed(ports, whose, &answer);
    answer
}

/// Notes that the base has answered, and leaves it alone for as long as it asks.
fn heed<T>(ports: &impl Ports, whose: Whose<'_>, answer: &Result<T, PortError>) {
    let now = ports.clock().now();
    ports.pacer().answered(whose.base, now);
    let metric = match answer {
        Err(PortError { kind: ErrorKind::Throttled { retry_after }, .. }) => {
            ports.pacer().be_quiet(whose.base, now, *retry_after);
            tracing::warn!(
                log_type = "airtable_throttled",
                organisation = %whose.organisation,
                "Airtable was asked too often and is left alone for a while"
            );
            "airtable_throttled"
        }
        Err(PortError { kind: ErrorKind::QuotaExhausted, .. }) => {
            ports.pacer().is_used_up(whose.base, now);
            tracing::error!(
                log_type = "airtable_quota_exhausted",
                organisation = %whose.organisation,
                "the month's calls of Airtable are used up"
            );
            "airtable_quota_exhausted"
        }
        _ => return,
    };
    ports.metrics().record(now, Provider::Twilio, &[Metric::one(metric)]);
}

fn is_about_one_record(error: &PortError) -> bool {
    matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound)
}

/// Airtable refuses all: each item is left to `open/`, or its message stays.
pub(super) fn refused(ports: &impl Ports, items: &mut [&mut Item<'_>], error: &PortError) {
    for item in items.iter_mut() {
        item.airtable_failed(ports, error);
    }
}

/// Every record that an erased recording's line may be in: of two with one number, nobody knows which it was.
pub(super) fn all_of<'a>(item: &Item<'_>, records: &'a [JobRecord]) -> Vec<&'a JobRecord> {
    records.iter().filter(|record| record.number.is_some() && record.number == item.request.job_number).collect()
}

/// The one record that is the item's job. Two records with one number are never guessed between.
pub(super) fn job_of<'a>(item: &Item<'_>, records: &'a [JobRecord]) -> Found<'a> {
    let mut matching: Vec<&JobRecord> = match job_number(item) {
        Some(number) => records.iter().filter(|record| record.number.as_ref() == Some(number)).collect(),
        None => {
            let calls: Vec<CallId> = calls(item).collect();
            let names_one = |record: &&JobRecord| calls.iter().any(|call| record.call_ids.contains(call.as_str()));
            records.iter().filter(names_one).collect()
        }
    };
    match (matching.pop(), matching.is_empty()) {
        (None, _) => Found::None("job_not_found"),
        (Some(_), false) => Found::None("job_ambiguous"),
        (Some(record), true) => match &record.number {
            // Only messages of the job's own group are handled one after the other.
            Some(number) if item.request.job_number.as_ref() == Some(number) => Found::One(record),
            Some(number) => Found::Elsewhere(number.clone()),
            None => Found::None("job_without_number"),
        },
    }
}

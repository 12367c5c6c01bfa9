//! Recordings whose job is not known, or not known yet.

use recordings::ledger_entry::{Change, SettledAs, State};
use recordings::messages::HistoryRequest;
use recordings::ports::{Clock, ErrorKind, HistoryQueue, OpenMarkerRemove, PortError};
use recordings::recording::JobNumber;
use recordings::telemetry::{Metric, Metrics};

use super::item::{Item, Work};
use crate::Ports;
use crate::ledger::{ChangeError, change};

/// For so long a job that cannot be found is looked up again.
const PATIENCE_HOURS: i64 = 24;

/// The job was found by the call: its lines are written in the job's own queue group, where no other writer of ours
/// can come between.
pub(super) async fn pass_on(ports: &impl Ports, item: &mut Item<'_>, number: JobNumber) {
    item.work = match assign(ports, item, number).await {
        Ok(()) => Work::Done,
        Err(error) => Work::Failed(error),
    };
}

async fn assign(ports: &impl Ports, item: &mut Item<'_>, number: JobNumber) -> Result<(), PortError> {
    let mut entry_version = item.request.entry_version.clone();
    if let Some(entry) = item.entry.take() {
        match change(ports, entry, &[Change::JobAssigned(number.clone())]).await {
            Ok(entry) => {
                entry_version = entry.version.0.clone();
                item.entry = Some(entry);
            }
            Err(ChangeError::MovedOn(..)) => return Ok(()),
            Err(ChangeError::Ledger(error)) => return Err(error),
        }
    }
    let request = HistoryRequest { job_number: Some(number), entry_version, ..item.request.clone() };
    ports.history_queue().send(&request).await
}

/// No job: `open/` brings the recording back until a day has passed; then it is listed as unassigned.
pub(super) async fn wait(ports: &impl Ports, item: &mut Item<'_>, why: &'static str) {
    let now = ports.clock().now();
    let waited = now.duration_since(item.request.received_at).as_hours();
    let recording = &item.request.recording;
    tracing::warn!(
        log_type = "recording_unassigned",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        error_code = why,
        waited_hours = waited,
        "no job was found for the recording",
    );
    ports.metrics().record(now, recording.provider, &[Metric::one(why)]);
    if waited < PATIENCE_HOURS {
        return item.leave(PortError::new(ErrorKind::NotFound, "find a job", "the message carries its own line"));
    }
    ports.metrics().record(now, recording.provider, &[Metric::one("unassigned")]);
    item.work = match list_as_unassigned(ports, item).await {
        Ok(()) => Work::Done,
        Err(error) => Work::Failed(error),
    };
}

async fn list_as_unassigned(ports: &impl Ports, item: &mut Item<'_>) -> Result<(), PortError> {
    let Some(entry) = item.entry.take() else { return Ok(()) };
    let state = entry.entry.state();
    let recording = entry.entry.recording.clone();
    if state == State::Stored {
        match change(ports, entry, &[Change::Settled(SettledAs::NoJob)]).await {
            Ok(_) | Err(ChangeError::MovedOn(..)) => {}
            Err(ChangeError::Ledger(error)) => return Err(error),
        }
    }
    match state {
        State::Stored | State::Settled | State::Absent | State::Suspect => {
            ports.open_markers().remove(&recording).await
        }
        _ => Ok(()),
    }
}

//! `open/`, which brings back what is left unfinished.

use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{OpenMarkerWrite, PortError};
use recordings::recording::{Outcome, Report};
use recordings::telemetry::causes;

use crate::Ports;

/// Makes sure that the sweep finds a recording which is left unfinished on purpose. The webhook may have reached the
/// queue alone, and then nothing else would bring the recording back.
pub(crate) async fn keep(ports: &impl Ports, entry: &LedgerEntry) -> Result<(), PortError> {
    ports.open_markers().put(&request(entry)).await
}

/// Makes sure of the marker, which the webhook may not have been able to write, and touches it, so that the sweep leaves
/// alone what is being worked on.
pub(crate) async fn remember(ports: &impl Ports, request: &TransferRequest) {
    if let Err(error) = ports.open_markers().put(&request.event()).await {
        tracing::warn!(
            log_type = "open_marker_not_written",
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(&error),
            "only the queue knows what became of the recording",
        );
    }
}

/// What the webhook asked for, as far as the ledger holds it.
fn request(entry: &LedgerEntry) -> TransferRequest {
    TransferRequest {
        version: MESSAGE_VERSION,
        recording: entry.recording.clone(),
        job_number: entry.job_number.clone(),
        report: Report {
            outcome: outcome(entry),
            duration_seconds: entry.duration_reported_seconds,
            channels: None,
            started_at: Some(entry.started_at),
            direction: entry.direction,
        },
        received_at: entry.received_at,
        origin: Origin::Sweep,
        attempt: 0,
        not_before: None,
        continuation: None,
    }
}

fn outcome(entry: &LedgerEntry) -> Outcome {
    let last = entry.states().last().filter(|reached| reached.state == State::Absent);
    match last {
        Some(absent) => Outcome::Absent { reason: absent.why.clone().unwrap_or_default() },
        None => Outcome::Completed,
    }
}

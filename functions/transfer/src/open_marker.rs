//! `open/`, which brings back what is left unfinished.

use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{OpenMarkerWrite, PortError};
use recordings::recording::{Outcome, Report};

use crate::Ports;

/// Makes sure that the sweep finds a recording which is left unfinished on purpose. The webhook may have reached the
/// queue alone, and then nothing else would bring the recording back.
pub(crate) async fn keep(ports: &impl Ports, entry: &LedgerEntry) -> Result<(), PortError> {
    ports.open_markers().put(&request(entry)).await
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

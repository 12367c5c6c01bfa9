//! `open/`, which brings back what is left unfinished.

use recordings::ledger_entry::LedgerEntry;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{OpenMarkerWrite, PortError};
use recordings::telemetry::causes;

use crate::Ports;

/// Makes sure that the sweep finds a recording which is left unfinished on purpose. The webhook may have reached the
/// queue alone, and then nothing else would bring the recording back.
pub(crate) async fn keep(ports: &impl Ports, entry: &LedgerEntry) -> Result<(), PortError> {
    ports.open_markers().keep(&TransferRequest::of_entry(entry, Origin::Sweep)).await
}

/// Makes sure of the marker, which the webhook may not have been able to write, and touches it, so that the sweep leaves
/// alone what is being worked on.
pub(crate) async fn remember(ports: &impl Ports, request: &TransferRequest) {
    if let Err(error) = ports.open_markers().keep(&request.event()).await {
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

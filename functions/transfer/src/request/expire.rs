//! Audio that the bucket's own rule deleted, as the sweeper found out.

use recordings::ledger_entry::Change;
use recordings::messages::TransferRequest;
use recordings::ports::{AudioLook, Clock, PortError, Versioned};
use recordings::telemetry::{Metric, Metrics};

use super::wind_up;
use crate::Ports;
use crate::config::Settings;
use crate::ledger::{ChangeError, change};

/// Looks once more, and notes what is seen. An entry that says nothing of audio, or whose audio is there, stays as it is.
///
/// # Errors
/// When the bucket failed: then the message has to come again.
pub(super) async fn note(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
) -> Result<(), PortError> {
    let Some(entry) = known.filter(|entry| entry.entry.state().has_audio() && !entry.entry.hold) else { return Ok(()) };
    let Some(key) = &entry.entry.recording_storage_path else { return Ok(()) };
    if ports.audio().look(key).await?.is_some() {
        return Ok(());
    }
    match change(ports, entry, &[Change::Expired]).await {
        Ok(entry) => {
            report(ports, request);
            wind_up(ports, settings, request, &entry).await
        }
        // A hold was placed, or somebody else noted it.
        Err(ChangeError::MovedOn(..)) => Ok(()),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn report(ports: &impl Ports, request: &TransferRequest) {
    tracing::info!(
        log_type = "recording_expired",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        "the recording's retention has ended, and the bucket holds it no longer",
    );
    ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("expired")]);
}

//! Deleting the provider's copy, past the gate of promise P2.

use jiff::Timestamp;
use recordings::ledger_entry::{Change, LedgerEntry, StillAtProvider, may_delete_provider_copy};
use recordings::messages::TransferRequest;
use recordings::ports::{AudioLook, Clock, PortError, ProviderCopies, Versioned};
use recordings::recording::RecordingRef;
use recordings::telemetry::{Metric, Metrics, causes};

use crate::Ports;
use crate::config::Settings;
use crate::ledger::{ChangeError, change};

/// Asks the gate, with a fresh look at the object. What shuts it against all expectation is told.
pub(crate) async fn may_go(
    ports: &impl Ports,
    settings: &Settings,
    entry: &LedgerEntry,
) -> Result<Result<(), StillAtProvider>, PortError> {
    let fresh_look = match &entry.recording_storage_path {
        Some(key) => ports.audio().look(key).await?,
        None => None,
    };
    let gate = may_delete_provider_copy(entry, fresh_look.as_ref(), settings.deletion(entry.recording.provider));
    match gate {
        Ok(())
        | Err(
            StillAtProvider::DeletionDisabled
            | StillAtProvider::Hold
            | StillAtProvider::Adopted
            | StillAtProvider::Legacy
            | StillAtProvider::LengthNotConfirmed,
        ) => {}
        Err(shut) => {
            tracing::error!(
                log_type = "deletion_gate_shut",
                organisation = %entry.recording.organisation,
                call_id = %entry.recording.call_id,
                recording_id = %entry.recording.recording_id,
                error_code = shut.code(),
                "the provider's copy is kept because ours is not beyond doubt",
            );
            count(ports, entry, "deletion_gate_shut");
        }
    }
    Ok(gate)
}

/// Tells when the copy goes.
pub(crate) fn announce(entry: &LedgerEntry, due: Timestamp) {
    let recording = &entry.recording;
    tracing::info!(
        log_type = format!("{}_deletion_scheduled", recording.provider),
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        due = %due,
        "the provider's copy may go",
    );
}

/// Deletes the copy, past the gate. Says whether it is gone; whatever noticed that it should go will notice again.
pub(crate) async fn delete(ports: &impl Ports, entry: &LedgerEntry) -> bool {
    let recording = &entry.recording;
    let Err(error) = ports.copies().delete(recording).await else { return true };
    report_failure(ports, recording, &error);
    false
}

/// Tells that a copy is still there.
pub(crate) fn report_failure(ports: &impl Ports, recording: &RecordingRef, error: &PortError) {
    tracing::error!(
        log_type = "provider_deletion_failed",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "the provider's copy is not deleted yet",
    );
    let failed = Metric::one("provider_deletion_failed");
    ports.metrics().record(ports.clock().now(), recording.provider, &[failed]);
}

/// The provider's list shows the copy of a settled recording: it goes if it is due by now, or was deleted before it was
/// seen there. One that is kept on purpose stays.
pub(crate) async fn of_settled(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    read: Versioned,
) -> Result<(), PortError> {
    let (entry, now) = (&read.entry, ports.clock().now());
    let is_due = entry.provider_delete_due_at.is_some_and(|due| due <= now);
    let outlived = entry.provider_deleted_at.is_some_and(|deleted_at| deleted_at < request.received_at);
    if !(is_due || outlived) || may_go(ports, settings, entry).await?.is_err() {
        return Ok(());
    }
    announce(entry, now);
    if !delete(ports, entry).await {
        return Ok(());
    }
    match change(ports, read, &[Change::ProviderCopyDeleted]).await {
        Ok(_) | Err(ChangeError::MovedOn(..)) => Ok(()),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn count(ports: &impl Ports, entry: &LedgerEntry, what: &'static str) {
    ports.metrics().record(ports.clock().now(), entry.recording.provider, &[Metric::one(what)]);
}

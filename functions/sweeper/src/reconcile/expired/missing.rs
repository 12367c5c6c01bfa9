//! One recording of which the day's folder has no object.

use recordings::ledger_entry::{LedgerEntry, Retention};
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{Advice, AudioLook, Clock, LedgerRead, PortError, TransferQueue, Versioned};
use recordings::recording::{Outcome, RecordingRef, Report};
use recordings::telemetry::{Metric, Metrics, causes};

use super::{Expired, retention_ends};
use crate::Ports;
use crate::config::Settings;

/// Looks at what the entry says, and does what that asks for. An entry that cannot be read holds up no other.
pub(super) async fn look_at(
    ports: &impl Ports,
    settings: &Settings,
    recording: &RecordingRef,
    found: &mut Expired,
) -> Result<(), PortError> {
    let entry = match ports.ledger().get(recording).await {
        Err(error) if error.advice() == Advice::GiveUp => {
            unreadable(ports, recording, &error);
            return Ok(());
        }
        entry => entry?,
    };
    // Without one it was only just heard of, or its day was all that became durable.
    let Some(read) = entry.filter(|read| read.entry.state().has_audio()) else { return Ok(()) };
    let Some(key) = &read.entry.recording_storage_path else { return Ok(()) };
    if ports.audio().look(key).await?.is_some() {
        return Ok(());
    }
    match may_be_gone(ports, settings, &read.entry) {
        true => tell_transfer(ports, &read.entry, found).await,
        false => alarm(ports, &read, found).await,
    }
}

/// Whether the bucket's own rule may have deleted the audio.
fn may_be_gone(ports: &impl Ports, settings: &Settings, entry: &LedgerEntry) -> bool {
    // Audio that was adopted is older than its entry.
    let uploaded_at = entry.recording_uploaded_at.filter(|_| !entry.was_adopted());
    let ends = retention_ends(uploaded_at.unwrap_or(entry.started_at), settings);
    !entry.hold && entry.retention == Retention::Standard && ends <= ports.clock().now()
}

/// Transfer, the one writer of entries, looks once more and notes it.
async fn tell_transfer(ports: &impl Ports, entry: &LedgerEntry, found: &mut Expired) -> Result<(), PortError> {
    let request = TransferRequest {
        version: MESSAGE_VERSION,
        recording: entry.recording.clone(),
        job_number: entry.job_number.clone(),
        report: Report {
            duration_seconds: entry.duration_reported_seconds,
            started_at: Some(entry.started_at),
            direction: entry.direction,
            ..Report::of(Outcome::NotInBucket)
        },
        received_at: entry.received_at,
        origin: Origin::Bucket,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    };
    ports.transfer_queue().send(&request).await?;
    found.audio_expired += 1;
    Ok(())
}

async fn alarm(ports: &impl Ports, read: &Versioned, found: &mut Expired) -> Result<(), PortError> {
    let recording = &read.entry.recording;
    // Between the two looks it may have been erased, or noted as expired by another run.
    if ports.ledger().get(recording).await?.is_none_or(|now| now.version != read.version) {
        return Ok(());
    }
    found.audio_missing += 1;
    tracing::error!(
        log_type = "stored_audio_missing",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        state = ?read.entry.state(),
        hold = read.entry.hold,
        is_at_provider = read.entry.provider_deleted_at.is_none(),
        "the ledger says that audio is in the bucket, and it is not there",
    );
    count(ports, recording, "stored_audio_missing");
    Ok(())
}

fn unreadable(ports: &impl Ports, recording: &RecordingRef, error: &PortError) {
    tracing::error!(
        log_type = "ledger_entry_unreadable",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "a ledger entry cannot be read, and is passed over",
    );
    count(ports, recording, "ledger_entry_unreadable");
}

fn count(ports: &impl Ports, recording: &RecordingRef, what: &'static str) {
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one(what)]);
}

//! What follows a transfer that succeeded.

use jiff::Timestamp;
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::messages::TransferRequest;
use recordings::ports::{Clock, PortError};
use recordings::telemetry::{Metric, Metrics, Unit};

use super::heard::stored_line;
use super::{go_on_to_history, listen, transcript, wind_up};
use crate::config::Settings;
use crate::copy::{Copied, Doubt};
use crate::ledger::{ChangeError, change};
use crate::{Ports, control};

/// Notes in the ledger that the audio is in the bucket, and tells the job's history.
pub(super) async fn note(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    copied: Copied,
    started: Timestamp,
) -> Result<(), PortError> {
    let Copied { entry, audio, doubt, from_legacy } = copied;
    let (bytes, fell_back_at) = (audio.bytes, fell_back_at(&entry.entry));
    let line = stored_line(ports, settings, &entry.entry, entry.entry.recording_storage_path.as_ref()).await?;
    let stored = match &doubt {
        None if from_legacy => Change::TakenFromLegacy { audio, line },
        None => Change::Stored { audio, line },
        Some(doubt) => Change::Suspected { audio, why: doubt.to_string(), line },
    };
    // The audio is safe by now, and whoever moved the recording on meanwhile winds up behind this.
    let kept = transcript::keep(ports, &entry.entry).await;
    let length = request.report.duration_seconds.filter(|said| entry.entry.duration_reported_seconds != Some(*said));
    let changes: Vec<Change> = length.map(Change::LengthReported).into_iter().chain([stored]).chain(kept).collect();
    match change(ports, entry, &changes).await {
        Ok(entry) => {
            report(ports, request, doubt.as_ref(), bytes, started);
            control::tag(ports, &entry.entry).await?;
            if from_legacy {
                report_legacy(ports, request);
            }
            count(ports, request, doubt.as_ref(), bytes, Times { started, fell_back_at });
            go_on_to_history(ports, request, &entry).await?;
            if settings.listens_to_every {
                listen::ask(ports, &entry.entry).await;
            }
            Ok(())
        }
        // Somebody else who brought the recording further did our work.
        Err(ChangeError::MovedOn(_, entry)) => wind_up(ports, settings, request, &entry).await,
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn report(ports: &impl Ports, request: &TransferRequest, doubt: Option<&Doubt>, bytes: u64, started: Timestamp) {
    let now = ports.clock().now();
    let latency_ms = now.as_millisecond() - started.as_millisecond();
    match doubt {
        None => tracing::info!(
            log_type = "recording_s3_upload_success",
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            attempt = request.attempt,
            bytes,
            latency_ms,
            "the recording is verified in the bucket",
        ),
        Some(doubt) => tracing::error!(
            log_type = "recording_suspect",
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            attempt = request.attempt,
            error_code = doubt.code(),
            error = %doubt,
            "the recording is stored but doubtful; the provider's copy is kept",
        ),
    }
}

/// When it began, and since when the provider's copy has stood in.
struct Times {
    started: Timestamp,
    fell_back_at: Option<Timestamp>,
}

/// The figures of rates are none here, and one where something failed (`failed.rs`).
fn count(ports: &impl Ports, request: &TransferRequest, doubt: Option<&Doubt>, bytes: u64, times: Times) {
    let now = ports.clock().now();
    let since = |then: Timestamp| (now.as_millisecond() - then.as_millisecond()) as f64;
    let mut metrics = vec![
        Metric::one(if doubt.is_some() { "suspect" } else { "stored" }),
        Metric { name: "stored_bytes", unit: Unit::Bytes, value: bytes as f64 },
        Metric { name: "transfer_ms", unit: Unit::Milliseconds, value: since(times.started) },
        Metric::one("succeeded"),
        Metric::none("upload_failed"),
        Metric::none("fell_back"),
        Metric::none("retry_needed"),
    ];
    let stood_in = |since_then| Metric { name: "fallback_ms", unit: Unit::Milliseconds, value: since_then };
    metrics.extend(times.fell_back_at.map(since).map(stood_in));
    ports.metrics().record(now, request.recording.provider, &metrics);
}

fn fell_back_at(entry: &LedgerEntry) -> Option<Timestamp> {
    (entry.state() == State::Fallback).then(|| entry.states().last().map(|reached| reached.at)).flatten()
}

fn report_legacy(ports: &impl Ports, request: &TransferRequest) {
    tracing::info!(
        log_type = "recording_taken_from_legacy",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        "the provider no longer has the audio; it came from its legacy URL",
    );
    ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("taken_from_legacy")]);
}

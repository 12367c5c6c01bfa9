//! What a call's note leads to: a transfer, or a word about what there is not.

use recordings::messages::{CompletedCall, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{
    Advice, Clock, LedgerRead, ListedRecording, OpenMarkerWrite, PortError, Standing, TransferQueue,
};
use recordings::recording::{CallRef, Outcome, RecordingRef, Report};
use recordings::telemetry::{Metric, Metrics, causes};

use crate::Ports;

/// Has a recording that nobody reported transferred, or its absence told. Of deleted audio the provider itself says that
/// it is gone, when it is asked for it.
pub(super) async fn home(ports: &impl Ports, note: &CompletedCall, listed: &ListedRecording) -> Result<(), PortError> {
    let absent = matches!(listed.standing, Standing::Absent { .. });
    let report = listed.report().unwrap_or(Report {
        duration_seconds: listed.reported_seconds(),
        channels: listed.channels,
        started_at: listed.started_at,
        ..Report::of(Outcome::Completed)
    });
    let request = TransferRequest {
        // It was seen at the provider now.
        received_at: ports.clock().now(),
        ..request(listed.recording.clone(), note, report)
    };
    send(ports, &request).await?;
    let (log_type, what) =
        if absent { ("absence_repaired", "absences_repaired") } else { ("recording_repaired", "repaired") };
    tracing::warn!(
        log_type,
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        created_at = %listed.created_at,
        completed_at = %note.completed_at,
        "a call is over, and nobody told us of its recording; it is brought home, or explained",
    );
    count(ports, &note.call, what);
    Ok(())
}

/// Hands on who spoke to each recording of the call whose entry does not say it. The note stays until the queue has it.
pub(super) async fn parties(
    ports: &impl Ports,
    note: &CompletedCall,
    recordings: &[RecordingRef],
) -> Result<(), PortError> {
    if note.parties.are_unknown() {
        return Ok(());
    }
    for recording in recordings {
        let known = match ports.ledger().get(recording).await {
            // Others tell of an entry that nobody can read.
            Err(error) if error.advice() == Advice::GiveUp => None,
            known => known?,
        };
        if known.is_some_and(|known| known.entry.lacks(&note.parties)) {
            let report = Report::of(Outcome::Parties);
            ports.transfer_queue().send(&request(recording.clone(), note, report)).await?;
        }
    }
    Ok(())
}

/// Has it told in the job's history that there is no recording. Where no job is known, nobody waits for a line.
pub(super) async fn word(ports: &impl Ports, note: &CompletedCall, is_unclear: bool) -> Result<(), PortError> {
    let reason = match is_unclear {
        true => "the recording was not ready at the provider a day after the call",
        false => "the provider has no recording of the call",
    };
    if note.job_number.is_some() {
        let report = Report::of(Outcome::Absent { reason: reason.to_owned() });
        send(ports, &request(RecordingRef::missing_of(&note.call), note, report)).await?;
    }
    tracing::warn!(
        log_type = "call_without_recording",
        organisation = %note.call.organisation,
        call_id = %note.call.call_id,
        completed_at = %note.completed_at,
        has_job = note.job_number.is_some(),
        reason,
        "a call is over and has no recording",
    );
    count(ports, &note.call, "call_without_recording");
    Ok(())
}

fn request(recording: RecordingRef, note: &CompletedCall, report: Report) -> TransferRequest {
    TransferRequest {
        version: MESSAGE_VERSION,
        recording,
        job_number: note.job_number.clone(),
        report: report.between(&note.parties),
        received_at: note.completed_at,
        origin: Origin::Reconcile,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    }
}

/// One of both is enough: the queue carries it now, the marker brings it back.
async fn send(ports: &impl Ports, request: &TransferRequest) -> Result<(), PortError> {
    let sent = ports.transfer_queue().send(request).await;
    let marked = ports.open_markers().keep(request).await;
    match (sent, marked) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(error), Ok(())) | (Ok(()), Err(error)) => {
            tracing::warn!(
                log_type = "repair_half_durable",
                recording_id = %request.recording.recording_id,
                error_code = error.kind.code(),
                error = %causes(&error),
                "the queue or the bucket did not take a repair; the other one carries it",
            );
            Ok(())
        }
        (Err(error), Err(_)) => Err(error),
    }
}

fn count(ports: &impl Ports, call: &CallRef, what: &'static str) {
    ports.metrics().record(ports.clock().now(), call.provider, &[Metric::one(what)]);
}

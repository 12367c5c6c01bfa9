//! Asks for what a verdict calls for. A message and a marker carry it, as they carry a webhook's event, and one of them
//! durable is enough: whatever dies afterwards, the recording comes back.

use futures_util::future::join;
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{
    Advice, Clock, LedgerRead, ListedRecording, OpenMarkerList, OpenMarkerWrite, PortError, Standing, TransferQueue,
};
use recordings::recording::{Outcome, RecordingRef, Report};
use recordings::telemetry::{Metric, Metrics, causes};

use super::judge::{Known, Verdict};
use super::meter::Acts;
use crate::Ports;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    Transfer,
    Explanation,
    Loss,
    Marker,
    Deletion,
}

/// Asks for it, and tells of what is lost, or there against all word.
pub(super) async fn follow(
    ports: &impl Ports,
    listed: &ListedRecording,
    known: &Known,
    verdict: Verdict,
) -> Result<Asked, PortError> {
    match verdict {
        Verdict::Fine | Verdict::OnItsWay | Verdict::Kept => Ok(Asked::Nothing),
        Verdict::Missing => bring(ports, listed, known, Asked::Transfer).await,
        Verdict::Unexplained => bring(ports, listed, known, Asked::Explanation).await,
        // Transfer looks at the provider once more, and the ledger then says that the audio is gone.
        Verdict::Lost => bring(ports, listed, known, Asked::Loss).await,
        Verdict::Forgotten => remember(ports, known).await,
        Verdict::Due => delete(ports, listed, known).await,
        Verdict::StillThere => {
            tracing::warn!(
                log_type = "provider_copy_still_there",
                organisation = %listed.recording.organisation,
                call_id = %listed.recording.call_id,
                recording_id = %listed.recording.recording_id,
                "the provider has a copy that it was thought to have deleted; it is deleted again",
            );
            delete(ports, listed, known).await
        }
        Verdict::ErasedStillThere => {
            tracing::error!(
                log_type = "erased_still_at_provider",
                organisation = %listed.recording.organisation,
                call_id = %listed.recording.call_id,
                recording_id = %listed.recording.recording_id,
                "the provider has a copy of a recording that was erased; it is deleted",
            );
            count_of(ports, &listed.recording, "erased_still_at_provider");
            delete(ports, listed, known).await
        }
    }
}

/// Has transfer bring a recording as far as it can be brought.
async fn bring(ports: &impl Ports, listed: &ListedRecording, known: &Known, asked: Asked) -> Result<Asked, PortError> {
    if matches!(known, Known::Nothing) && was_heard_of(ports, &listed.recording).await? {
        return Ok(Asked::Nothing);
    }
    let request = TransferRequest {
        version: MESSAGE_VERSION,
        recording: listed.recording.clone(),
        job_number: known.entry().and_then(|entry| entry.job_number.clone()),
        report: report(listed),
        received_at: ports.clock().now(),
        origin: Origin::Reconcile,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    };
    let (sent, marked) = join(ports.transfer_queue().send(&request), ports.open_markers().keep(&request)).await;
    match (sent, marked) {
        (Ok(()), Ok(())) => {}
        (Err(error), Ok(())) | (Ok(()), Err(error)) => tracing::warn!(
            log_type = "repair_half_durable",
            recording_id = %listed.recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(&error),
            "the queue or the bucket did not take a repair; the other one carries it",
        ),
        (Err(error), Err(_)) => return Err(error),
    }
    Ok(asked)
}

/// A webhook may have come since the markers were listed. A marker goes only once the entry is finished, so that who
/// asks for the marker first, and for the entry then, misses neither.
async fn was_heard_of(ports: &impl Ports, recording: &RecordingRef) -> Result<bool, PortError> {
    match ports.open_markers().read(recording).await {
        Ok(None) => Ok(ports.ledger().get(recording).await?.is_some()),
        Ok(Some(_)) => Ok(true),
        // It is there; the retry job tells of it.
        Err(error) if error.advice() == Advice::GiveUp => Ok(true),
        Err(error) => Err(error),
    }
}

/// What the webhook would have said. Of deleted audio it says that there is some, because whether it can still be had is
/// for the provider to say when it is asked for it.
fn report(listed: &ListedRecording) -> Report {
    let outcome = match &listed.standing {
        Standing::Absent { reason } => Outcome::Absent { reason: reason.clone() },
        Standing::Completed | Standing::Deleted | Standing::Unfinished => Outcome::Completed,
    };
    Report {
        duration_seconds: listed.reported_seconds(),
        channels: listed.channels,
        started_at: listed.started_at,
        ..Report::of(outcome)
    }
}

/// The sweep sends it again once nobody touched it for long, and not before it is due.
async fn remember(ports: &impl Ports, known: &Known) -> Result<Asked, PortError> {
    let Some(entry) = known.entry() else { return Ok(Asked::Nothing) };
    ports.open_markers().keep(&TransferRequest::of_entry(entry, Origin::Sweep)).await?;
    tracing::warn!(
        log_type = "open_marker_restored",
        organisation = %entry.recording.organisation,
        call_id = %entry.recording.call_id,
        recording_id = %entry.recording.recording_id,
        "an unfinished recording had no marker, which would bring it back",
    );
    Ok(Asked::Marker)
}

/// Transfer reads the entry anew and asks the gate before it deletes.
async fn delete(ports: &impl Ports, listed: &ListedRecording, known: &Known) -> Result<Asked, PortError> {
    let Some(entry) = known.entry() else { return Ok(Asked::Nothing) };
    let seen_at = ports.clock().now();
    let request = TransferRequest {
        received_at: seen_at,
        report: report(listed),
        ..TransferRequest::of_entry(entry, Origin::Reconcile)
    };
    ports.transfer_queue().send(&request).await?;
    Ok(Asked::Deletion)
}

impl Asked {
    /// Counts it, once it is durable: what dies in between is done, and not counted.
    pub(super) fn count(self, ports: &impl Ports, listed: &ListedRecording, pass: &mut Acts, run: &mut Acts) {
        for acts in [pass, run] {
            match self {
                Self::Nothing => {}
                Self::Transfer => acts.repaired += 1,
                Self::Explanation => acts.absences_repaired += 1,
                Self::Loss => acts.lost_at_provider += 1,
                Self::Marker => acts.remembered += 1,
                Self::Deletion => acts.deletions_asked_for += 1,
            }
        }
        self.tell(ports, listed);
    }

    fn tell(self, ports: &impl Ports, listed: &ListedRecording) {
        let (recording, created_at) = (&listed.recording, listed.created_at);
        match self {
            Self::Transfer => {
                tracing::warn!(
                    log_type = "recording_repaired",
                    organisation = %recording.organisation,
                    call_id = %recording.call_id,
                    recording_id = %recording.recording_id,
                    created_at = %created_at,
                    "nobody told us of a recording that the provider has; it is being transferred",
                );
                count_of(ports, recording, "repaired");
            }
            Self::Explanation => {
                tracing::warn!(
                    log_type = "absence_repaired",
                    organisation = %recording.organisation,
                    call_id = %recording.call_id,
                    recording_id = %recording.recording_id,
                    created_at = %created_at,
                    "nobody told us of a recording without audio; it is being explained",
                );
                count_of(ports, recording, "absences_repaired");
            }
            Self::Loss => {
                tracing::error!(
                    log_type = "recording_lost_at_provider",
                    organisation = %recording.organisation,
                    call_id = %recording.call_id,
                    recording_id = %recording.recording_id,
                    created_at = %created_at,
                    "somebody deleted a recording at the provider before it was copied",
                );
                count_of(ports, recording, "lost_at_provider");
            }
            Self::Nothing | Self::Marker | Self::Deletion => {}
        }
    }
}

pub(super) fn count_of(ports: &impl Ports, recording: &RecordingRef, what: &'static str) {
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one(what)]);
}

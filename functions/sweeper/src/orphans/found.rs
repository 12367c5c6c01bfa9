//! One object that the index by day does not explain.

use jiff::Timestamp;
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::object_key::{AudioFolder, utc_day};
use recordings::ports::{Advice, AudioLook, CallControlRead, Clock, LedgerRead, ListedAudio, PortError, TransferQueue};
use recordings::recording::{CallRef, Outcome, RecordingRef, Report};
use recordings::telemetry::{Metric, Metrics, causes};

use super::{Orphaned, aside, tell};
use crate::Ports;
use crate::config::Settings;

/// Looks at what it is, and does what that asks for. What cannot be done with one object holds up no other.
pub(super) async fn look_at(
    ports: &impl Ports,
    settings: &Settings,
    folder: &AudioFolder,
    audio: &ListedAudio,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    match judge(ports, settings, folder, audio, found).await {
        Err(error) if matches!(error.advice(), Advice::GiveUp | Advice::FixConfiguration) => {
            leave(ports, folder, audio, error.kind.code(), &causes(&error).to_string(), found);
            Ok(())
        }
        result => result,
    }
}

async fn judge(
    ports: &impl Ports,
    settings: &Settings,
    folder: &AudioFolder,
    audio: &ListedAudio,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    if let Some(call) = erased_call(ports, folder, audio).await? {
        return erase(ports, folder, &call, found).await;
    }
    let Some(there) = ports.audio().look(&audio.key).await? else { return Ok(()) };
    let Some(recording) = &there.recording else {
        return aside::move_aside(ports, settings, folder, audio, &there, found).await;
    };
    match ports.ledger().get(recording).await? {
        Some(entry) => claimed(ports, audio, &entry.entry, found),
        None if is_its_own(folder, audio, recording) => adopt(ports, folder, audio, recording, found).await?,
        // No transfer of that recording would ever look for it here.
        None => aside::move_aside(ports, settings, folder, audio, &there, found).await?,
    }
    Ok(())
}

/// The call that the key names, if it was erased.
async fn erased_call(
    ports: &impl Ports,
    folder: &AudioFolder,
    audio: &ListedAudio,
) -> Result<Option<CallRef>, PortError> {
    let Some((provider, call_id)) = audio.key.call() else { return Ok(None) };
    let call = CallRef { organisation: folder.organisation.clone(), provider, call_id };
    let decided = ports.controls().get(&call).await?;
    Ok(decided.filter(|decided| decided.control.erasure().is_some()).map(|_| call))
}

/// What is left of an erased call is neither adopted nor kept. Transfer, which erases, removes it from its day.
async fn erase(
    ports: &impl Ports,
    folder: &AudioFolder,
    call: &CallRef,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    let now = ports.clock().now();
    let mut request = TransferRequest::of_decision(call, now, Origin::Bucket);
    request.report.started_at = Some(within(folder, now));
    ports.transfer_queue().send(&request).await?;
    found.orphans_erased += 1;
    tracing::error!(
        log_type = "erased_audio_found",
        organisation = %call.organisation,
        call_id = %call.call_id,
        "audio of a call that was erased lies in the bucket, and is being removed",
    );
    ports.metrics().record(now, call.provider, &[Metric::one("erased_audio_found")]);
    Ok(())
}

/// Whether the key is one of the recording that the object names.
fn is_its_own(folder: &AudioFolder, audio: &ListedAudio, recording: &RecordingRef) -> bool {
    folder.organisation == recording.organisation
        && audio
            .key
            .call()
            .is_some_and(|(provider, call)| (provider, &call) == (recording.provider, &recording.call_id))
}

/// Audio of a recording that has an entry is no orphan, whatever the entry says.
fn claimed(ports: &impl Ports, audio: &ListedAudio, entry: &LedgerEntry, found: &mut Orphaned) {
    let should_be_gone = matches!(entry.state(), State::Erased | State::Expired);
    if entry.recording_storage_path.as_ref() == Some(&audio.key) && !should_be_gone {
        return;
    }
    found.audio_unclaimed += 1;
    let recording = &entry.recording;
    tracing::warn!(
        log_type = "audio_unclaimed",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        state = ?entry.state(),
        bytes = audio.bytes,
        "the recording's entry names other audio, or none any more; this stays where it is",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("audio_unclaimed")]);
}

/// Transfer, the one writer of entries, verifies it and gives it one. Until then it is an orphan.
async fn adopt(
    ports: &impl Ports,
    folder: &AudioFolder,
    audio: &ListedAudio,
    recording: &RecordingRef,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    let request = TransferRequest {
        version: MESSAGE_VERSION,
        recording: recording.clone(),
        job_number: audio.key.job(recording),
        report: Report {
            started_at: Some(within(folder, audio.last_modified)),
            ..Report::of(Outcome::InBucket { key: audio.key.clone() })
        },
        received_at: ports.clock().now(),
        origin: Origin::Bucket,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    };
    ports.transfer_queue().send(&request).await?;
    found.orphans_adopted += 1;
    tell(ports, audio);
    tracing::warn!(
        log_type = "orphan_found",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        bytes = audio.bytes,
        written_at = %audio.last_modified,
        "audio that names its recording has no ledger entry, and is being adopted",
    );
    Ok(())
}

/// When the recording began is not known, but for its day, which stays that of the key.
fn within(folder: &AudioFolder, written_at: Timestamp) -> Timestamp {
    match utc_day(written_at) == folder.day {
        true => written_at,
        false => folder.day.to_zoned(jiff::tz::TimeZone::UTC).map_or(written_at, |start| start.timestamp()),
    }
}

/// Says that an orphan stays where it is, and why. It is met again on the next round.
pub(super) fn leave(
    ports: &impl Ports,
    folder: &AudioFolder,
    audio: &ListedAudio,
    code: &'static str,
    error: &str,
    found: &mut Orphaned,
) {
    found.orphans_left += 1;
    let Some((provider, call_id)) = audio.key.call() else { return };
    tracing::error!(
        log_type = "orphan_left",
        organisation = %folder.organisation,
        %call_id,
        bytes = audio.bytes,
        written_at = %audio.last_modified,
        error_code = code,
        error,
        "audio without a ledger entry can be neither adopted nor moved aside, and stays where it is",
    );
    ports.metrics().record(ports.clock().now(), provider, &[Metric::one("orphan_left")]);
}

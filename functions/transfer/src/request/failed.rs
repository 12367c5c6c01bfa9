//! What follows a transfer that failed: another try later, and a word to those who wait.

use std::time::Duration;

use jiff::Timestamp;
use recordings::history_line::{LineEvent, PinnedLine};
use recordings::ledger_entry::{Change, LastError, State};
use recordings::link::LinkTarget;
use recordings::messages::{HistoryRequest, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{
    AudioSource, Clock, FetchError, HistoryQueue, OpenMarkerWrite, PortError, RetryQueue, Versioned,
};
use recordings::recording::Outcome;
use recordings::retry_schedule::NextTry;
use recordings::telemetry::{Metric, Metrics, causes};

use super::{going_on, line, note_absent, play_url, remind, wind_up};
use crate::config::Settings;
use crate::copy::CopyError;
use crate::ledger::{ChangeError, change};
use crate::{Ports, control};

/// The number of tries before this one. A sweep does not know it; the ledger does.
pub(super) fn attempts_before(request: &TransferRequest, known: Option<&Versioned>) -> u32 {
    match (request.origin, known) {
        (Origin::Sweep | Origin::Reconcile | Origin::Bucket | Origin::Demand, Some(entry)) => entry.entry.attempts,
        _ => request.attempt,
    }
}

/// Notes a failed transfer, tells the job's history what there is to tell, and makes the retry durable. The retry comes
/// last, because it alone takes effect twice when it is done twice.
pub(super) async fn note(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    error: CopyError,
) -> Result<(), PortError> {
    log(ports, request, &error);
    let known = match control::known(ports, &request.recording).await {
        Ok(Some(entry)) => Ok(entry),
        Ok(None) => first_entry(ports, request).await,
        Err(lost) => Err(lost),
    };
    let entry = match known {
        Ok(entry) => entry,
        Err(lost) => return without_a_ledger(ports, settings, request, lost).await,
    };
    if entry.entry.state() == State::Erased {
        going_on::abandon(ports, request).await;
        return wind_up(ports, settings, request, &entry).await;
    }
    let entry = match note_legacy(ports, entry, &error).await {
        Ok(entry) => entry,
        Err(lost) => return without_a_ledger(ports, settings, request, lost).await,
    };
    if let Some(reason) = for_good(&error) {
        going_on::abandon(ports, request).await;
        if request.origin == Origin::Demand && entry.entry.state() == State::Absent {
            return asked_in_vain(ports, settings, request, entry, &error).await;
        }
        return note_absent(ports, settings, request, Some(entry), reason).await;
    }
    if request.origin == Origin::Demand {
        if entry.entry.next_attempt_at.is_some() {
            // Whoever wrote that comes back then.
            going_on::abandon(ports, request).await;
            return asked_in_vain(ports, settings, request, entry, &error).await;
        }
        // It is unfinished business from now on.
        ports.open_markers().renew(&request.event(), None).await?;
    }
    let attempts = attempts_before(request, Some(&entry));
    match settings.schedule.after(attempts) {
        NextTry::After(wait) => {
            // Whoever asks for more than the longest spacing waits for that long.
            let left_alone = error.retry_after().unwrap_or_default().min(settings.schedule.slow_lane(0));
            try_again(ports, settings, request, entry, &error, attempts, wait.max(left_alone)).await
        }
        NextTry::GiveUp => {
            // The slow lane has no message that could carry what was done so far.
            going_on::abandon(ports, request).await;
            give_up(ports, settings, request, entry, &error).await
        }
    }
}

/// Says so to who waits, and changes nothing else: the schedule is not to suffer from somebody's impatience.
async fn asked_in_vain(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    entry: Versioned,
    error: &CopyError,
) -> Result<(), PortError> {
    match change(ports, entry, &[Change::AskedInVain(last_error(ports, error))]).await {
        Ok(entry) if entry.entry.is_finished() => wind_up(ports, settings, request, &entry).await,
        Ok(entry) => remind(ports, settings, request, &entry).await,
        Err(ChangeError::MovedOn(_, entry)) => wind_up(ports, settings, request, &entry).await,
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

/// What came of the legacy URL has its own place in the ledger, beside what the provider said.
async fn note_legacy(ports: &impl Ports, entry: Versioned, error: &CopyError) -> Result<Versioned, PortError> {
    let CopyError::Legacy { error: at_legacy, .. } = error else { return Ok(entry) };
    let message = match &**at_legacy {
        CopyError::Fetch(error) => causes(error.port_error()).to_string(),
        error => causes(error).to_string(),
    };
    let failed = LastError { code: error.code().to_owned(), message, at: ports.clock().now() };
    match change(ports, entry, &[Change::LegacyFailed(failed)]).await {
        Ok(entry) => Ok(entry),
        Err(ChangeError::MovedOn(_, entry)) => Ok(*entry),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

/// Why there will be no audio, where everybody said so who could have it.
fn for_good(error: &CopyError) -> Option<&'static str> {
    match error {
        CopyError::Fetch(FetchError::Gone(_)) => Some("the provider no longer has the audio"),
        CopyError::Fetch(FetchError::Absent(_)) => Some("no recording was made"),
        CopyError::Legacy { provider: FetchError::Gone(_) | FetchError::Absent(_), error } => {
            for_good(error).map(|_| "neither the provider nor the legacy URL has the audio")
        }
        _ => None,
    }
}

/// With the bucket wholly down there is no ledger: the messages carry what is needed. They do so in the slow lane too,
/// because nothing could say that the recording failed.
pub(super) async fn without_a_ledger(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    error: PortError,
) -> Result<(), PortError> {
    if request.origin == Origin::DeadLetter {
        // Nothing else can say that the transfer died, so its letter comes again until the ledger takes it.
        return Err(error);
    }
    log(ports, request, &CopyError::Ledger(ChangeError::Ledger(error)));
    if request.origin == Origin::Sweep && request.continuation.is_none() {
        // The marker that it comes from brings it back.
        return Ok(());
    }
    let wait = match settings.schedule.after(request.attempt) {
        NextTry::After(wait) => wait,
        NextTry::GiveUp => settings.schedule.slow_lane(request.attempt - settings.schedule.max_retries()),
    };
    let is_news = request.attempt == 0 && request.origin != Origin::Demand;
    if is_news && request.report.outcome == Outcome::Completed {
        // Who follows the link finds no ledger either.
        let target = LinkTarget::stand_in(request.recording.clone(), ports.clock().now());
        let pending = pending_line(ports, settings, request, target).await?;
        tell_without_a_ledger(ports, request, pending).await?;
    }
    send_retry(ports, request, request.attempt, wait, due(ports, wait)).await
}

/// The first entry of a recording whose audio could not be had yet.
pub(super) async fn first_entry(ports: &impl Ports, request: &TransferRequest) -> Result<Versioned, PortError> {
    crate::copy::create(ports, crate::copy::received(request)).await
}

async fn try_again(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    entry: Versioned,
    error: &CopyError,
    attempts: u32,
    wait: Duration,
) -> Result<(), PortError> {
    let due = due(ports, wait);
    let (what, next_attempt_at) = (last_error(ports, error), Some(due));
    // What was imported may be at its provider no longer, and then nothing stands in.
    let falls_back = error.is_ours() && entry.entry.state() == State::Received && !entry.entry.was_imported();
    let pending = match falls_back {
        true => {
            let target = LinkTarget::new(request.recording.clone(), entry.entry.link_generation);
            Some(pending_line(ports, settings, request, target).await?)
        }
        false => None,
    };
    let failed = match pending.clone() {
        Some(line) => {
            let provider_url = ports.source().provider_url(&request.recording);
            Change::FellBack { provider_url, error: what, next_attempt_at, line }
        }
        None => Change::AttemptFailed { error: what, next_attempt_at },
    };
    match change(ports, entry, &[failed]).await {
        Ok(entry) => {
            remind(ports, settings, request, &entry).await?;
            if falls_back {
                note_fallback(ports, request);
            }
        }
        // Somebody else brought the recording further, and goes on from there.
        Err(ChangeError::MovedOn(_, entry)) => {
            going_on::abandon(ports, request).await;
            return remind(ports, settings, request, &entry).await;
        }
        Err(ChangeError::Ledger(lost)) => {
            tracing::warn!(
                log_type = "ledger_behind",
                recording_id = %request.recording.recording_id,
                error = %causes(&lost),
                "a failed try is not in the ledger, which catches up with the next",
            );
            if let Some(line) = pending {
                tell_without_a_ledger(ports, request, line).await?;
            }
        }
    }
    send_retry(ports, request, attempts, wait, due).await
}

/// The quick tries are used up. Says so once, and leaves the recording to the slow lane.
pub(super) async fn give_up(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    entry: Versioned,
    error: &CopyError,
) -> Result<(), PortError> {
    let slow_tries = entry.entry.attempts.saturating_sub(settings.schedule.max_retries());
    let (what, next_attempt_at) = (last_error(ports, error), Some(due(ports, settings.schedule.slow_lane(slow_tries))));
    let is_news = matches!(entry.entry.state(), State::Received | State::Fallback);
    let gave_up = match is_news {
        true => {
            let line = line(ports, settings, &request.recording, &LineEvent::Failed { reason: &error.to_string() });
            Change::GaveUp { error: what, next_attempt_at, line }
        }
        false => Change::AttemptFailed { error: what, next_attempt_at },
    };
    let entry = match change(ports, entry, &[gave_up]).await {
        Ok(entry) => entry,
        Err(ChangeError::MovedOn(_, entry)) => return remind(ports, settings, request, &entry).await,
        Err(ChangeError::Ledger(lost)) => return without_a_ledger(ports, settings, request, lost).await,
    };
    if is_news {
        log_failed(ports, request, error);
    }
    // The slow lane has no messages: the sweep finds the recording by its marker, which the webhook may have missed.
    ports.open_markers().keep(&request.event()).await?;
    remind(ports, settings, request, &entry).await
}

async fn send_retry(
    ports: &impl Ports,
    request: &TransferRequest,
    attempts: u32,
    wait: Duration,
    due: Timestamp,
) -> Result<(), PortError> {
    let retry = TransferRequest {
        attempt: attempts + 1,
        not_before: Some(due),
        origin: Origin::Retry,
        retrieval: None,
        ..request.clone()
    };
    ports.retry_queue().send(&retry, wait).await
}

/// The line itself travels in the message, because there is no entry to point at.
async fn tell_without_a_ledger(
    ports: &impl Ports,
    request: &TransferRequest,
    line: PinnedLine,
) -> Result<(), PortError> {
    ports
        .history_queue()
        .send(&HistoryRequest {
            version: MESSAGE_VERSION,
            recording: request.recording.clone(),
            job_number: request.job_number.clone(),
            received_at: request.received_at,
            entry_version: format!("pending-{}", request.received_at),
            lines: vec![line],
            dead_letters: 0,
            repair: false,
        })
        .await?;
    note_fallback(ports, request);
    Ok(())
}

async fn pending_line(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    target: LinkTarget,
) -> Result<PinnedLine, PortError> {
    let provider_url = ports.source().provider_url(&request.recording);
    let play_url = play_url(ports, settings, &target).await?;
    let event = LineEvent::PendingUpload { provider_url: &provider_url, play_url: &play_url };
    Ok(line(ports, settings, &request.recording, &event))
}

fn due(ports: &impl Ports, wait: Duration) -> Timestamp {
    let now = ports.clock().now();
    now.saturating_add(wait).unwrap_or(now)
}

fn last_error(ports: &impl Ports, error: &CopyError) -> LastError {
    let (code, message) = match error {
        CopyError::Legacy { provider, .. } => (provider.code(), causes(provider).to_string()),
        error => (error.code(), causes(error).to_string()),
    };
    LastError { code: code.to_owned(), message, at: ports.clock().now() }
}

fn log(ports: &impl Ports, request: &TransferRequest, error: &CopyError) {
    tracing::warn!(
        log_type = "recording_transfer_failed",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        attempt = request.attempt,
        error_code = error.code(),
        error = %causes(error),
        "a transfer failed",
    );
    let name = if error.is_ours() { "upload_failed" } else { "fetch_failed" };
    // What is gone for good is not tried again.
    let again = if for_good(error).is_some() { Metric::none("retry_needed") } else { Metric::one("retry_needed") };
    let mut metrics = vec![Metric::one(name), again];
    match error {
        CopyError::TooSlow => metrics.push(Metric::one("too_slow")),
        CopyError::Fetch(FetchError::Gone(_)) => metrics.push(Metric::one("gone_at_provider")),
        _ => {}
    }
    ports.metrics().record(ports.clock().now(), request.recording.provider, &metrics);
}

fn log_failed(ports: &impl Ports, request: &TransferRequest, error: &CopyError) {
    tracing::error!(
        log_type = "recording_failed",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        error_code = error.code(),
        "the quick tries are used up; the slow lane goes on",
    );
    ports.metrics().record(
        ports.clock().now(),
        request.recording.provider,
        &[Metric::one("failed"), Metric::none("succeeded")],
    );
}

/// The names that operators filter on carry the provider's.
fn note_fallback(ports: &impl Ports, request: &TransferRequest) {
    let provider = request.recording.provider;
    for log_type in [format!("recording_s3_fallback_to_{provider}"), format!("{provider}_recording_preserved")] {
        tracing::warn!(
            log_type,
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            "the provider's copy stands in for ours and is kept",
        );
    }
    ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("fell_back")]);
}

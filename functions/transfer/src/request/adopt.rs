//! Audio that the sweeper found in the bucket, of a recording that the ledger does not know. It is verified by itself:
//! the provider may have deleted its copy long ago. So the provider's copy, if there still is one, is kept for good.

use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::TransferRequest;
use recordings::object_key::AudioKey;
use recordings::ports::{Clock, ErrorKind, PortError, Versioned};
use recordings::telemetry::{Metric, Metrics, causes};

use super::heard::stored_line;
use super::{fetch, go_on_to_history, remind, wind_up};
use crate::config::Settings;
use crate::copy::{self, CopyError, Doubt};
use crate::ledger::{ChangeError, change};
use crate::{Deadline, Ports, control};

/// Verifies the audio and gives it an entry, or lets it lie. Nothing is noted before the audio is found right, so that
/// what is no recording becomes none.
///
/// # Errors
/// When the bucket or a queue failed: then the message has to come again.
pub(super) async fn adopt(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    key: &AudioKey,
    deadline: Deadline,
) -> Result<(), PortError> {
    if let Some(entry) = known.as_ref().filter(|entry| has_another_key(&entry.entry, key)) {
        return remind(ports, settings, request, entry).await;
    }
    let reported_seconds = known.as_ref().and_then(|entry| entry.entry.duration_reported_seconds);
    let verifying = copy::verify_alone(ports, key, &request.recording, reported_seconds);
    let verified = deadline.limit_copying(ports.clock(), verifying).await;
    match (verified.unwrap_or_else(|| Err(outlasted())), known) {
        (Ok(judged), known) => note(ports, settings, request, known, key, judged).await,
        (Err(CopyError::Store(error)), _) => Err(error),
        (Err(error), None) => {
            leave(ports, request, &error);
            Ok(())
        }
        // It has an entry by now, which asks for a transfer like any other.
        (Err(_), known) => fetch::fetch(ports, settings, request, known, deadline).await,
    }
}

/// Says that the audio stays where it is, for a person to look at.
pub(super) fn leave(ports: &impl Ports, request: &TransferRequest, error: &CopyError) {
    tracing::error!(
        log_type = "audio_not_adopted",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        error_code = error.code(),
        error = %causes(error),
        "audio that names a recording does not verify, and is left where it is",
    );
    count(ports, request, "audio_not_adopted");
}

async fn note(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    key: &AudioKey,
    (audio, doubt): copy::Judged,
) -> Result<(), PortError> {
    let pinned = Change::KeyPinned(key.clone());
    let entry = match known {
        Some(entry) => entry,
        None => {
            let received = copy::received(request);
            let first = received.apply(pinned.clone(), ports.clock().now()).unwrap_or(received);
            copy::create(ports, first).await?
        }
    };
    let line = stored_line(ports, settings, &entry.entry, Some(key)).await?;
    let doubt = doubt.filter(|doubt| !doubt.is_the_providers_silence());
    let found = match &doubt {
        None => Change::Adopted { audio, line },
        Some(doubt) => Change::Suspected { audio, why: doubt.to_string(), line },
    };
    match change(ports, entry, &[pinned, found]).await {
        Ok(entry) => {
            report(ports, request, doubt.as_ref());
            control::tag(ports, &entry.entry).await?;
            go_on_to_history(ports, request, &entry).await
        }
        // Somebody else brought the recording further, or erased it.
        Err(ChangeError::MovedOn(_, entry)) => wind_up(ports, settings, request, &entry).await,
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

fn has_another_key(entry: &LedgerEntry, key: &AudioKey) -> bool {
    entry.recording_storage_path.as_ref().is_some_and(|pinned| pinned != key)
}

fn outlasted() -> CopyError {
    CopyError::Store(PortError::new(ErrorKind::Unavailable, "s3 read audio", "no end before the invocation's"))
}

fn report(ports: &impl Ports, request: &TransferRequest, doubt: Option<&Doubt>) {
    tracing::warn!(
        log_type = "recording_adopted",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        doubt = doubt.map(Doubt::code),
        "audio that was found in the bucket is in the ledger now",
    );
    count(ports, request, if doubt.is_some() { "suspect" } else { "adopted" });
}

fn count(ports: &impl Ports, request: &TransferRequest, what: &'static str) {
    ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one(what)]);
}

//! The transcript of a recording's call. Its provider is asked for it again, once the audio is safe or known never to come: no
//! message carries what was said.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::SignedDuration;
use recordings::ledger_entry::{Change, LedgerEntry, RetentionTag};
use recordings::ports::{Clock, ErrorKind, FetchError, PortError, TranscriptSource, TranscriptStore, Versioned};
use recordings::recording::CallRef;
use recordings::telemetry::{Metric, Metrics, causes};

use crate::Ports;
use crate::ledger::{ChangeError, change};

/// A transcript never makes audio wait for longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// For so long it is asked for again.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Why a transcript could not be kept, this time.
#[derive(Debug, thiserror::Error)]
enum TranscriptError {
    #[error("the transcript could not be fetched")]
    Fetch(#[source] FetchError),
    #[error("the transcript could not be stored")]
    Store(#[source] PortError),
}

impl TranscriptError {
    fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Store(error) => error.kind.code(),
        }
    }
}

/// Keeps the transcript of an entry that awaits one, and gives the change that says so: that it is kept, or that there is none.
/// Nothing where another time will tell; then the entry is not finished, and its marker brings it back.
pub(super) async fn keep(ports: &impl Ports, entry: &LedgerEntry) -> Option<Change> {
    if !entry.awaits_its_transcript() {
        return None;
    }
    let call = entry.recording.call();
    let kept = match select(pin!(bring(ports, &call, entry.retention_tag())), pin!(ports.clock().sleep(PATIENCE))).await
    {
        Either::Left((kept, _)) => kept,
        Either::Right(_) => {
            let late = PortError::new(ErrorKind::Unavailable, "fetch a transcript", "no answer in time");
            Err(TranscriptError::Fetch(FetchError::Unavailable(late)))
        }
    };
    match kept {
        Ok(true) => Some(Change::TranscriptKept),
        Ok(false) => Some(Change::TranscriptMissing("none")),
        Err(TranscriptError::Fetch(FetchError::Gone(_))) => Some(Change::TranscriptMissing("gone")),
        Err(error) => failed(ports, entry, &error),
    }
}

/// Whether there was a transcript.
async fn bring(ports: &impl Ports, call: &CallRef, tag: RetentionTag) -> Result<bool, TranscriptError> {
    let found = ports.source().transcript(call).await.map_err(TranscriptError::Fetch)?;
    let Some(transcript) = found.filter(|transcript| !transcript.is_empty()) else { return Ok(false) };
    ports.transcripts().put(call, &transcript, tag).await.map_err(TranscriptError::Store)?;
    Ok(true)
}

fn failed(ports: &impl Ports, entry: &LedgerEntry, error: &TranscriptError) -> Option<Change> {
    let now = ports.clock().now();
    let is_over = now.duration_since(entry.received_at) >= GIVEN_UP_AFTER;
    let (log_type, given_up) = match is_over {
        true => ("transcript_given_up", Some(Change::TranscriptMissing("given_up"))),
        false => ("transcript_failed", None),
    };
    tracing::warn!(
        log_type,
        organisation = %entry.recording.organisation,
        call_id = %entry.recording.call_id,
        recording_id = %entry.recording.recording_id,
        error_code = error.code(),
        error = %causes(error),
        "the transcript is not kept",
    );
    ports.metrics().record(now, entry.recording.provider, &[Metric::one(log_type)]);
    given_up
}

/// Makes up for a transcript that an entry lacks which has come to rest.
///
/// # Errors
/// Only when the ledger does not take it.
pub(super) async fn catch_up(ports: &impl Ports, entry: &Versioned) -> Result<Versioned, PortError> {
    if !entry.entry.lacks_its_transcript() {
        return Ok(entry.clone());
    }
    let Some(kept) = keep(ports, &entry.entry).await else { return Ok(entry.clone()) };
    match change(ports, entry.clone(), &[kept]).await {
        Ok(entry) => Ok(entry),
        Err(ChangeError::MovedOn(_, entry)) => Ok(*entry),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

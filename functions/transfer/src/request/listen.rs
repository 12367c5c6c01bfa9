//! Listening to audio that is safe in the bucket: what a player draws of it, and what its samples tell. Nothing waits for
//! this, and nothing is tried again because of it: who wants it asks again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures_util::StreamExt;
use recordings::audio::{Listener, WAVEFORM_VERSION, Waveform};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{AudioRead, Clock, ErrorKind, PortError, TransferQueue, Versioned, WaveformStore};
use recordings::recording::Outcome;
use recordings::telemetry::{Metric, Metrics, causes};

use super::wind_up;
use crate::config::Settings;
use crate::ledger::{ChangeError, change};
use crate::{Deadline, Ports};

/// Listens to a recording, and notes what was heard. It is seldom done, and no part of every transfer's future.
///
/// # Errors
/// Only when what an erasure asks for could not be done.
pub(super) fn listen<'a>(
    ports: &'a impl Ports,
    settings: &'a Settings,
    request: &'a TransferRequest,
    known: Option<Versioned>,
    deadline: Deadline,
) -> Pin<Box<impl Future<Output = Result<(), PortError>>>> {
    Box::pin(async move {
        let Some(entry) = known.filter(|entry| entry.entry.state().has_audio()) else { return Ok(()) };
        if request.origin == Origin::DeadLetter {
            return Ok(());
        }
        let heard = deadline.limit_copying(ports.clock(), hear(ports, &entry.entry)).await;
        let late = || Err(PortError::new(ErrorKind::Unavailable, "listen", "no end before the invocation's"));
        match heard.unwrap_or_else(late) {
            Ok(waveform) => note(ports, settings, request, entry, waveform).await,
            Err(error) => {
                failed(ports, request, &error);
                Ok(())
            }
        }
    })
}

/// Asks somebody to listen to a recording that was just stored. It is not worth a message that comes again.
pub(super) fn ask<'a>(ports: &'a impl Ports, entry: &'a LedgerEntry) -> Pin<Box<impl Future<Output = ()>>> {
    Box::pin(async move {
        let request = TransferRequest::to_listen(entry, Origin::Bucket);
        if let Err(error) = ports.transfer_queue().send(&request).await {
            failed(ports, &request, &error);
        }
    })
}

async fn hear(ports: &impl Ports, entry: &LedgerEntry) -> Result<Waveform, PortError> {
    let gone = |detail| PortError::new(ErrorKind::NotFound, "s3 read audio", detail);
    let key = entry.recording_storage_path.as_ref().ok_or_else(|| gone("the entry names no key"))?;
    let mut audio = ports.audio().read(key).await?.ok_or_else(|| gone("there is nothing under its key"))?;
    let mut listener = Some(Listener::new());
    while let Some(chunk) = audio.next().await {
        let chunk = chunk?;
        // A decoder that stumbles over somebody's bytes must not take its neighbours in the batch with it.
        listener = listener.and_then(|mut listening| {
            catch_unwind(AssertUnwindSafe(|| {
                listening.feed(&chunk);
                listening
            }))
            .ok()
        });
    }
    let heard = listener.and_then(|listening| catch_unwind(AssertUnwindSafe(|| listening.finish())).ok().flatten());
    Ok(heard.unwrap_or_else(nothing))
}

/// What is written where nothing could be decoded, so that nobody asks for it for ever.
fn nothing() -> Waveform {
    Waveform { version: WAVEFORM_VERSION, seconds: 0.0, sample_rate: 0, channels: Vec::new(), findings: Vec::new() }
}

/// A waveform that is there is never asked for again. So the record says first what was found: who dies between the two is
/// followed by whoever asks next.
async fn note(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    entry: Versioned,
    waveform: Waveform,
) -> Result<(), PortError> {
    let kept = match change(ports, entry, &[Change::Heard(waveform.findings.clone())]).await {
        Ok(entry) => ports.waveforms().put(&entry.entry.recording, &waveform).await,
        // Whoever meets an erased recording makes a pass of its erasure.
        Err(ChangeError::MovedOn(_, entry)) if entry.entry.state() == State::Erased => {
            return wind_up(ports, settings, request, &entry).await;
        }
        Err(ChangeError::MovedOn(..)) => return Ok(()),
        Err(ChangeError::Ledger(error)) => Err(error),
    };
    match kept {
        Ok(()) => report(ports, request, &waveform),
        Err(error) => failed(ports, request, &error),
    }
    Ok(())
}

fn report(ports: &impl Ports, request: &TransferRequest, waveform: &Waveform) {
    let found: Vec<String> = waveform.findings.iter().map(|finding| finding.explanation()).collect();
    tracing::info!(
        log_type = "recording_heard",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        seconds = waveform.seconds,
        channels = waveform.channels.len(),
        findings = found.join(" "),
        "somebody listened to the recording",
    );
    let mut metrics = vec![Metric::one("heard")];
    metrics.extend((!found.is_empty()).then(|| Metric::one("heard_something_wrong")));
    ports.metrics().record(ports.clock().now(), request.recording.provider, &metrics);
}

fn failed(ports: &impl Ports, request: &TransferRequest, error: &PortError) {
    debug_assert!(request.report.outcome == Outcome::ToBeHeard);
    tracing::warn!(
        log_type = "recording_not_heard",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "nobody could listen to the recording; it is as safe as before",
    );
    ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("not_heard")]);
}

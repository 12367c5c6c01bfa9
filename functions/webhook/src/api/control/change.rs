//! Writing what was decided, only ever from what was read, and having it carried out.

use recordings::call_control::CallControl;
use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{
    Advice, CallControlRead, CallControlWrite, Clock, LedgerRead, LedgerWrite, OpenMarkerWrite, PortError,
    TransferQueue,
};
use recordings::recording::{CallRef, RecordingRef};
use recordings::telemetry::causes;

use super::super::problem::Kind;
use super::super::{Answer, entries};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// A lost race, or a write of unknown outcome, is followed by a fresh look; so many in a row mean that something else is
/// wrong.
const MAX_TRIES: u32 = 5;

/// Writes a decision. Who loses a race decides anew, from what the winner decided.
pub(in crate::api) async fn decide<P: ApiPorts>(
    app: &App<P>,
    call: &CallRef,
    decide: impl Fn(&CallControl) -> Result<CallControl, &'static Kind>,
) -> Answer<CallControl> {
    tell_beforehand(app, call).await?;
    let mut tries = 0;
    loop {
        let read = app.ports.controls().get(call);
        let read = in_time(&app.ports, entries::PATIENCE, "read what was decided about a call", read).await?;
        let (before, version) = match read {
            Some(read) => (read.control, Some(read.version)),
            None => (CallControl::of(call.clone()), None),
        };
        let after = decide(&before)?;
        if after == before {
            return Ok(after);
        }
        let write = app.ports.controls().write(&after, version.as_ref());
        match in_time(&app.ports, entries::PATIENCE, "write what is decided about a call", write).await {
            Ok(_) => return Ok(after),
            Err(error) => tries = again(tries, error)?,
        }
    }
}

/// Makes the entries of a call's recordings say what was decided about it.
pub(in crate::api) async fn follow<P: ApiPorts>(
    app: &App<P>,
    recordings: &[RecordingRef],
    control: &CallControl,
) -> Answer<()> {
    for recording in recordings {
        change(app, recording, |entry| control.asks_of(entry)).await?;
    }
    Ok(())
}

/// Changes an entry; nothing where its state does not allow it.
pub(in crate::api) async fn entry<P: ApiPorts>(
    app: &App<P>,
    recording: &RecordingRef,
    what: &Change,
) -> Answer<Option<LedgerEntry>> {
    change(app, recording, |_| vec![what.clone()]).await
}

async fn change<P: ApiPorts>(
    app: &App<P>,
    recording: &RecordingRef,
    changes: impl Fn(&LedgerEntry) -> Vec<Change>,
) -> Answer<Option<LedgerEntry>> {
    let at = app.ports.clock().now();
    let (mut tries, mut written) = (0, None);
    loop {
        let read = app.ports.ledger().get(recording);
        let read = in_time(&app.ports, entries::PATIENCE, "read a ledger entry", read).await?;
        let Some(read) = read else { return Ok(None) };
        if written.as_ref() == Some(&read.entry) {
            // Only the reply was lost.
            return Ok(written);
        }
        let changed =
            changes(&read.entry).into_iter().try_fold(read.entry.clone(), |entry, what| entry.apply(what, at));
        let Ok(after) = changed else { return Ok(None) };
        if after == read.entry {
            return Ok(Some(after));
        }
        let write = app.ports.ledger_write().replace(&after, &read.version);
        match in_time(&app.ports, entries::PATIENCE, "change a ledger entry", write).await {
            Ok(_) => return Ok(Some(after)),
            Err(error) => tries = again(tries, error)?,
        }
        written = Some(after);
    }
}

fn again(tries: u32, error: PortError) -> Result<u32, PortError> {
    match error.advice() {
        Advice::Reread | Advice::Retry if tries + 1 < MAX_TRIES => Ok(tries + 1),
        _ => Err(error),
    }
}

/// Makes sure that what is about to be decided is carried out, though this process may die before it says so.
pub(in crate::api) async fn tell_beforehand<P: ApiPorts>(app: &App<P>, call: &CallRef) -> Answer<()> {
    let told = said(app, call);
    let marking = app.ports.open_markers().put(&told);
    in_time(&app.ports, entries::PATIENCE, "write the open marker", marking).await?;
    Ok(())
}

/// Has it carried out now. Where the queue does not take it, the marker brings it to transfer within minutes.
pub(in crate::api) async fn tell<P: ApiPorts>(app: &App<P>, call: &CallRef) -> Answer<()> {
    let told = said(app, call);
    let sending = app.ports.transfer_queue().send(&told);
    if let Err(error) = in_time(&app.ports, entries::PATIENCE, "send to TransferQueue", sending).await {
        tracing::warn!(
            log_type = "decision_waits_for_the_sweep",
            organisation = %call.organisation,
            call_id = %call.call_id,
            error_code = error.kind.code(),
            error = %causes(&error),
            "the queue did not take what was decided about a call; its marker carries it",
        );
    }
    Ok(())
}

fn said<P: ApiPorts>(app: &App<P>, call: &CallRef) -> TransferRequest {
    TransferRequest::of_decision(call, app.ports.clock().now(), Origin::Person)
}

//! What somebody decided about a call, carried out. A decision stands in the ledger before anybody is told, so that it
//! may be carried out any number of times, by anybody, from any point on.

mod align;
mod canary;
mod erase;

use recordings::call_control::CallControl;
use recordings::messages::TransferRequest;
use recordings::ports::{CallControlRead, CallEntries, ErrorKind, LedgerRead, PortError, Versioned};
use recordings::recording::{CallRef, RecordingRef};

use crate::config::Settings;
use crate::ledger::{ChangeError, change};
use crate::{Ports, request};

pub(crate) use align::tag;
pub(crate) use canary::end_canary;
pub(crate) use erase::{remember, rested};

/// The entry of a recording, or nothing. One whose audio may still be fetched is read behind a look for what was decided
/// about its call: whoever created it may have died before his own look.
pub(crate) async fn known(ports: &impl Ports, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
    match ports.ledger().get(recording).await? {
        Some(entry) if entry.entry.state().may_transfer() => as_decided(ports, entry).await.map(Some),
        known => Ok(known),
    }
}

/// The entry once it says what was decided about its call. It is there before this looks: either whoever erases the call
/// finds it, or this finds the tombstone.
pub(crate) async fn as_decided(ports: &impl Ports, entry: Versioned) -> Result<Versioned, PortError> {
    match ports.controls().get(&entry.entry.recording.call()).await? {
        Some(decided) => mirror(ports, entry, &decided.control).await,
        None => Ok(entry),
    }
}

/// Changes the entry until it says what was decided, whoever else changes it meanwhile.
async fn mirror(ports: &impl Ports, entry: Versioned, control: &CallControl) -> Result<Versioned, PortError> {
    let changes = control.asks_of(&entry.entry);
    match change(ports, entry, &changes).await {
        Ok(entry) => Ok(entry),
        Err(ChangeError::MovedOn(_, entry)) => Ok(*entry),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

/// Whether a call was erased, as far as anybody decided it.
pub(crate) async fn is_erased(ports: &impl Ports, call: &CallRef) -> Result<bool, PortError> {
    Ok(ports.controls().get(call).await?.is_some_and(|decided| decided.control.erasure().is_some()))
}

/// Makes everything that there is of a call what was decided about it.
///
/// # Errors
/// When something is not done yet that nobody else would do: then the message has to come again.
pub(crate) async fn carry_out(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
) -> Result<(), PortError> {
    let call = request.recording.call();
    let decided = ports.controls().get(&call).await?;
    let entries = entries(ports, &call).await?;
    match decided.as_ref().map(|decided| &decided.control) {
        Some(control) if control.erasure().is_some() => {
            // It is final: nothing can have been decided meanwhile.
            return erase::erase(ports, settings, request, control, entries).await;
        }
        control => align::align(ports, request, control, entries).await?,
    }
    let now_decided = ports.controls().get(&call).await?;
    match now_decided.map(|now| now.version) == decided.map(|decided| decided.version) {
        true => request::remove_marker(ports, &RecordingRef::all_of(&call)).await,
        false => {
            let detail = "something else was decided meanwhile";
            Err(PortError::new(ErrorKind::Conflict, "carry out a decision", detail))
        }
    }
}

async fn entries(ports: &impl Ports, call: &CallRef) -> Result<Vec<Versioned>, PortError> {
    let mut entries = Vec::new();
    for recording in ports.entries().list(call).await? {
        entries.extend(ports.ledger().get(&recording).await?);
    }
    Ok(entries)
}

//! Who spoke in a call, as its provider said once it was over.

use recordings::ledger_entry::Change;
use recordings::messages::TransferRequest;
use recordings::ports::{PortError, Versioned};

use crate::Ports;
use crate::ledger::{ChangeError, change};

/// Puts into the entry what it does not say yet, and nothing else. Where there is no entry there is nobody to say it of.
///
/// # Errors
/// When the ledger failed: then the message has to come again.
pub(super) async fn note(
    ports: &impl Ports,
    request: &TransferRequest,
    known: Option<Versioned>,
) -> Result<(), PortError> {
    let parties = request.report.parties();
    let Some(entry) = known.filter(|known| known.entry.lacks(&parties)) else { return Ok(()) };
    match change(ports, entry, &[Change::PartiesLearned(parties)]).await {
        // Erased meanwhile: then it holds no number.
        Ok(_) | Err(ChangeError::MovedOn(..)) => Ok(()),
        Err(ChangeError::Ledger(error)) => Err(error),
    }
}

//! Changing a ledger entry: always from what was read, always by compare-and-swap.

use jiff::Timestamp;
use recordings::ledger_entry::{Change, IllegalTransition, LedgerEntry};
use recordings::ports::{Advice, Clock, LedgerRead, LedgerWrite, PortError, Versioned};

use crate::Ports;

/// A lost race is followed by a fresh look; so many in a row mean that something else is wrong.
const MAX_RACES: u32 = 8;
/// A conditional write is not sent twice by the SDK, because only a look can tell whether the first took effect.
const MAX_FAILURES: u32 = 2;

/// Why an entry was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// Somebody else brought the entry to a state in which the change makes no sense any more.
    #[error("the recording has moved on")]
    MovedOn(#[source] IllegalTransition, Box<Versioned>),
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] PortError),
}

/// Applies changes to an entry, in order, and writes the result once. After a lost race they are applied to the
/// newer entry instead; after a write of unknown outcome the entry is looked at before it is written again.
pub(crate) async fn change(ports: &impl Ports, read: Versioned, changes: &[Change]) -> Result<Versioned, ChangeError> {
    let at = ports.clock().now();
    let mut read = read;
    let (mut races, mut failures) = (0, 0);
    loop {
        let entry = match applied(&read.entry, changes, at) {
            Ok(entry) => entry,
            Err(illegal) => return Err(ChangeError::MovedOn(illegal, Box::new(read))),
        };
        if entry == read.entry {
            return Ok(read);
        }
        let failed = match ports.ledger().replace(&entry, &read.version).await {
            Ok(version) => {
                ports.news_desk().changed(&read.entry, &entry);
                return Ok(Versioned { entry, version });
            }
            Err(failed) => failed,
        };
        match failed.advice() {
            Advice::Reread => races += 1,
            Advice::Retry => failures += 1,
            Advice::GiveUp | Advice::FixConfiguration => return Err(failed.into()),
        }
        if races > MAX_RACES || failures > MAX_FAILURES {
            return Err(failed.into());
        }
        let before = read.entry;
        read = ports.ledger().get(&entry.recording).await?.ok_or(failed)?;
        if read.entry == entry {
            // Only the reply was lost.
            ports.news_desk().changed(&before, &entry);
            return Ok(read);
        }
    }
}

fn applied(entry: &LedgerEntry, changes: &[Change], at: Timestamp) -> Result<LedgerEntry, IllegalTransition> {
    changes.iter().try_fold(entry.clone(), |entry, change| entry.apply(change.clone(), at))
}

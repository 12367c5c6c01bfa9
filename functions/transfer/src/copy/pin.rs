//! Choosing where the audio will lie, in the ledger, before the first byte is sent.

use futures_util::future::try_join;
use recordings::audio::Container;
use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::TransferRequest;
use recordings::ports::{Advice, Clock, DayIndex, LedgerRead, LedgerWrite, PortError, SecretSource, Versioned};

use super::CopyError;
use crate::config::Settings;
use crate::ledger::{ChangeError, change};
use crate::{Ports, control};

/// The entry with its key pinned: the one that is there, or a new one.
pub(super) async fn pin(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    container: Container,
) -> Result<Versioned, CopyError> {
    let entry = match known {
        Some(entry) => entry,
        None => {
            let entry = received(request);
            let key = Change::KeyPinned(key(settings, &entry, container));
            let pinned = entry.apply(key, ports.clock().now()).map_err(|_| CopyError::NoKey)?;
            create(ports, pinned).await.map_err(ChangeError::Ledger)?
        }
    };
    if entry.entry.recording_storage_path.is_some() && entry.entry.state().may_transfer() {
        return Ok(entry);
    }
    let key = Change::KeyPinned(key(settings, &entry.entry, container));
    Ok(change(ports, entry, &[key]).await?)
}

/// Gives way to the recording that holds the plain key.
pub(super) async fn pin_own_name(ports: &impl Ports, entry: Versioned) -> Result<Versioned, CopyError> {
    let Some(plain) = &entry.entry.recording_storage_path else { return Err(CopyError::NoKey) };
    let own = Change::KeyPinned(plain.naming(&entry.entry.recording));
    Ok(change(ports, entry, &[own]).await?)
}

/// Writes the first entry of a recording, its day first, so that a listing by day never misses an entry. When there is
/// one already, by somebody else or because only the reply was lost, that one is given. It says what was decided about
/// its call before anything else is done for it.
pub(crate) async fn create(ports: &impl Ports, mut entry: LedgerEntry) -> Result<Versioned, PortError> {
    let indexed = ports.days().add(&entry.recording, entry.started_at);
    let (secrets, ()) = try_join(ports.secrets().current(), indexed).await?;
    entry.retention = secrets.retention(&entry.recording.organisation);
    let there = match ports.ledger().create(&entry).await {
        Ok(version) => Versioned { entry, version },
        Err(lost) if matches!(lost.advice(), Advice::Reread | Advice::Retry) => {
            ports.ledger().get(&entry.recording).await?.ok_or(lost)?
        }
        Err(error) => return Err(error),
    };
    control::as_decided(ports, there).await
}

/// The entry as it is made from the request, the same each time.
pub(crate) fn received(request: &TransferRequest) -> LedgerEntry {
    LedgerEntry::received(request.recording.clone(), request.job_number.clone(), &request.report, request.received_at)
}

fn key(settings: &Settings, entry: &LedgerEntry, container: Container) -> recordings::object_key::AudioKey {
    settings.prefix.audio_key(&entry.recording, entry.started_at, entry.job_number.as_ref(), container)
}

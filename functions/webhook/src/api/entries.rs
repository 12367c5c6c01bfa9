use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use recordings::ledger_entry::{LedgerEntry, Status};
use recordings::ports::{CallEntries, LedgerRead, PortError};
use recordings::recording::{CallRef, RecordingRef};

use crate::patience::in_time;
use crate::{ApiPorts, App};

/// How long each look outside may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// How many entries are read at once.
const AT_ONCE: usize = 8;

/// The entries of a call's recordings: those that can be heard first, then by their starts.
pub(super) async fn of_call<P: ApiPorts>(app: &App<P>, call: &CallRef) -> Result<Vec<LedgerEntry>, PortError> {
    let list = app.ports.call_entries().list(call);
    let recordings = in_time(&app.ports, PATIENCE, "list a call's ledger entries", list).await?;
    let mut entries = read(app, recordings).await?;
    entries.sort_by_key(|entry| (entry.status() != Status::Available, entry.started_at));
    Ok(entries)
}

/// The entries of recordings, in their order, without those that there are not.
pub(super) async fn read<P: ApiPorts>(
    app: &App<P>,
    recordings: Vec<RecordingRef>,
) -> Result<Vec<LedgerEntry>, PortError> {
    let read = |recording: RecordingRef| async move {
        in_time(&app.ports, PATIENCE, "read a ledger entry", app.ports.ledger().get(&recording)).await
    };
    let found: Vec<_> = stream::iter(recordings).map(read).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().map(|versioned| versioned.entry).collect())
}

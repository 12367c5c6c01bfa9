//! Audio that nobody can adopt: copied to `orphans/`, told in a receipt, and only then removed.

use recordings::ledger_entry::StoredObject;
use recordings::object_key::AudioFolder;
use recordings::ports::{Aside, Clock, DeletedBecause, ListedAudio, Orphans, PortError, Receipt, Receipts, Removed};
use recordings::recording::CallRef;

use super::found::leave;
use super::{Orphaned, tell};
use crate::Ports;
use crate::config::Settings;

/// Each step may be repeated at any time, and the next follows only when it is durable.
pub(super) async fn move_aside(
    ports: &impl Ports,
    settings: &Settings,
    folder: &AudioFolder,
    audio: &ListedAudio,
    there: &StoredObject,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    let Some((provider, call_id)) = audio.key.call() else { return Ok(()) };
    match ports.orphans().copy_aside(audio).await? {
        Aside::Kept => {}
        // It is another object by now, and young.
        Aside::Changed => return Ok(()),
        Aside::Occupied => {
            let why = "other audio lies in orphans/ under the same key";
            leave(ports, folder, audio, "occupied", why, found);
            return Ok(());
        }
    }
    let receipt = Receipt {
        call: CallRef { organisation: folder.organisation.clone(), provider, call_id },
        recording_id: there.recording.as_ref().map(|recording| recording.recording_id.clone()),
        why: DeletedBecause::Orphaned,
        at: ports.clock().now(),
        // Whoever tells it again files it under the same day.
        filed_at: audio.last_modified.saturating_add(settings.orphan_after).unwrap_or(audio.last_modified),
        bytes: audio.bytes,
        crc64nvme: there.crc64nvme.clone(),
        number: audio.number(),
    };
    ports.receipts().append(&receipt).await?;
    if ports.orphans().remove(&audio.key, &audio.version).await? == Removed::Changed {
        return Ok(());
    }
    found.orphans_moved += 1;
    tell(ports, audio);
    tracing::warn!(
        log_type = "orphan_moved",
        organisation = %folder.organisation,
        call_id = %receipt.call.call_id,
        bytes = audio.bytes,
        written_at = %audio.last_modified,
        "audio that no ledger entry knows lies in orphans/ now",
    );
    Ok(())
}

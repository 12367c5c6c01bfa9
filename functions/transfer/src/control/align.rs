//! A hold, its release, another retention, a job: what follows for each recording of a call.

use recordings::call_control::CallControl;
use recordings::ledger_entry::{LedgerEntry, RetentionTag, State};
use recordings::messages::TransferRequest;
use recordings::ports::{AudioTag, PortError, TranscriptStore, Versioned};

use super::mirror;
use crate::{Ports, request};

/// Makes each entry say what was decided, the audio's tag what the entry says, and sends for the lines that lack.
pub(super) async fn align(
    ports: &impl Ports,
    request: &TransferRequest,
    control: Option<&CallControl>,
    entries: Vec<Versioned>,
) -> Result<(), PortError> {
    for entry in entries {
        let entry = match control {
            Some(control) => mirror(ports, entry, control).await?,
            None => entry,
        };
        write_tag(ports, &entry.entry).await?;
        if lacks_something(&entry.entry) {
            request::send_for_lines(ports, request, &entry).await?;
        }
    }
    Ok(())
}

/// A job that was assigned gets the recording's lines, and then the provider's copy may go.
fn lacks_something(entry: &LedgerEntry) -> bool {
    let is_gone = matches!(entry.state(), State::Expired | State::Erased);
    entry.job_number.is_some() && !is_gone && (!entry.all_lines_confirmed() || entry.was_settled_too_soon())
}

/// Tags what was heard, and what was said, that is to be kept for longer than any; anything else was tagged when it was written.
pub(crate) async fn tag(ports: &impl Ports, entry: &LedgerEntry) -> Result<(), PortError> {
    match entry.retention_tag() == RetentionTag::AT_FIRST {
        true => Ok(()),
        false => write_tag(ports, entry).await,
    }
}

async fn write_tag(ports: &impl Ports, entry: &LedgerEntry) -> Result<(), PortError> {
    if let Some(key) = entry.recording_storage_path.as_ref().filter(|_| entry.state().has_audio()) {
        ports.tags().tag(key, entry.retention_tag()).await?;
    }
    match entry.transcript.is_kept() {
        true => ports.transcripts().tag(&entry.recording.call(), entry.retention_tag()).await,
        false => Ok(()),
    }
}

//! One recording from its provider to the bucket, verified on the way.

mod error;
mod intake;
mod pin;
mod send;
mod verdict;

pub(crate) use error::CopyError;
pub(crate) use pin::{create, received};
pub(crate) use verdict::Doubt;

use recordings::audio::Container;
use recordings::ledger_entry::VerifiedAudio;
use recordings::messages::TransferRequest;
use recordings::ports::{AudioObject, AudioSource, Versioned};

use crate::config::Settings;
use crate::{Deadline, Ports};
use intake::Intake;

/// A recording that is in the bucket now.
pub(crate) struct Copied {
    /// Its entry, with the key pinned.
    pub(crate) entry: Versioned,
    /// What is in the bucket.
    pub(crate) audio: VerifiedAudio,
    /// What speaks against it; only when doubtful audio was let in.
    pub(crate) doubt: Option<Doubt>,
}

/// Copies the audio once. The key is pinned in the ledger before the first byte is sent; nothing is in the bucket under
/// it unless size, checksum and audio were found right.
///
/// `known` is the entry as it was read, if there is one. `doubtful_too` lets in audio whose frames or duration disagree.
/// Whatever hangs, this ends in time for its failure to be noted.
pub(crate) async fn copy(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    doubtful_too: bool,
    deadline: Deadline,
) -> Result<Copied, CopyError> {
    let copying = copy_once(ports, settings, request, known, doubtful_too, deadline);
    deadline.limit_copying(ports.clock(), copying).await.unwrap_or(Err(CopyError::TooSlow))
}

async fn copy_once(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    doubtful_too: bool,
    deadline: Deadline,
) -> Result<Copied, CopyError> {
    let opened = ports.source().open(&request.recording).await?;
    let mut intake = Intake::new(opened);
    let container = Container::sniff(intake.fill(Container::SNIFF_LEN).await?);
    let Some(container) = container else { return Err(intake.refuse().await) };
    let entry = pin::pin(ports, settings, request, known, container).await?;
    let key = entry.entry.recording_storage_path.clone().ok_or(CopyError::NoKey)?;
    let object = AudioObject { key, recording: request.recording.clone(), container };
    let limits = verdict::Limits {
        reported_seconds: reported_seconds(&entry, request),
        announced: intake.announced().is_some(),
        doubtful_too,
    };
    let sent = send::send(ports, &object, intake, &limits, deadline).await;
    match sent {
        Ok((audio, doubt)) => Ok(Copied { entry, audio, doubt }),
        Err(CopyError::KeyTaken) => {
            pin::pin_own_name(ports, entry).await?;
            Err(CopyError::KeyTaken)
        }
        Err(error) => Err(error),
    }
}

fn reported_seconds(entry: &Versioned, request: &TransferRequest) -> Option<u32> {
    request.report.duration_seconds.or(entry.entry.duration_reported_seconds)
}

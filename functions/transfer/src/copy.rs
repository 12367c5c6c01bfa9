//! One recording from its provider to the bucket, verified on the way.

mod error;
mod intake;
mod parts;
mod pin;
mod place;
mod send;
mod verdict;

pub(crate) use error::{CopyError, Failure};
pub(crate) use pin::{create, received};
pub(crate) use place::{Place, not_asked};
pub(crate) use send::{Judged, give_up, verify_alone};
pub(crate) use verdict::Doubt;

use recordings::audio::Container;
use recordings::ledger_entry::VerifiedAudio;
use recordings::messages::{Continuation, TransferRequest};
use recordings::ports::{AudioObject, Versioned};

use crate::config::Settings;
use crate::ledger::ChangeError;
use crate::{Deadline, Ports, control};
use intake::Intake;

/// A recording that is in the bucket now.
pub(crate) struct Copied {
    /// Its entry, with the key pinned.
    pub(crate) entry: Versioned,
    /// What is in the bucket.
    pub(crate) audio: VerifiedAudio,
    /// What speaks against it; only when doubtful audio was let in.
    pub(crate) doubt: Option<Doubt>,
    /// Whether it came from its legacy URL.
    pub(crate) from_legacy: bool,
}

/// What is copied, and how.
pub(crate) struct Task<'a> {
    /// What was asked for.
    pub(crate) request: &'a TransferRequest,
    /// Where the audio is taken from.
    pub(crate) place: Place<'a>,
    /// How far an earlier try came.
    pub(crate) so_far: Option<&'a Continuation>,
    /// Lets in audio whose frames or duration disagree.
    pub(crate) doubtful_too: bool,
    /// When the invocation ends.
    pub(crate) deadline: Deadline,
}

/// Copies the audio once. The key is pinned in the ledger before the first byte is sent; nothing is in the bucket under
/// it unless size, checksum and audio were found right.
///
/// `known` is the entry as it was read, if there is one. Whatever hangs, this ends in time for its failure to be noted.
pub(crate) async fn copy(
    ports: &impl Ports,
    settings: &Settings,
    task: &Task<'_>,
    known: Option<Versioned>,
) -> Result<Copied, Failure> {
    let copying = async {
        match task.so_far {
            Some(so_far) => go_on(ports, task, known, so_far).await,
            None => begin(ports, settings, task, known).await,
        }
    };
    let copied = task.deadline.limit_copying(ports.clock(), copying).await;
    let cut_off = || Failure { error: CopyError::TooSlow, so_far: task.so_far.cloned().map(Box::new), cut_off: true };
    copied.unwrap_or_else(|| Err(cut_off())).map_err(|failure| failure.at(task.place))
}

async fn begin(
    ports: &impl Ports,
    settings: &Settings,
    task: &Task<'_>,
    known: Option<Versioned>,
) -> Result<Copied, Failure> {
    let recording = &task.request.recording;
    let opened = task.place.open(ports, recording).await?;
    let said = opened.said;
    let mut intake = Intake::new(opened);
    let container = Container::sniff(intake.fill(Container::SNIFF_LEN).await?);
    let Some(container) = container else { return Err(intake.refuse().await.into()) };
    // Three requests to the bucket, one behind the other. What they come to would else be part of every future around it.
    let pinning = Box::pin(pin::pin(ports, settings, task.request, known, container));
    let entry = intake.fill_during(pinning).await?;
    let key = entry.entry.recording_storage_path.clone().ok_or(CopyError::NoKey)?;
    let object = AudioObject { key, recording: recording.clone(), container };
    let limits = verdict::Limits { said, ..limits(task, &entry, intake.announced().is_some()) };
    let sent = send::send(ports, &object, intake, &limits, task.deadline).await;
    copied(ports, task, entry, sent).await
}

/// Goes on with an upload of which parts were sent. What cannot be gone on with is given up.
async fn go_on(
    ports: &impl Ports,
    task: &Task<'_>,
    known: Option<Versioned>,
    so_far: &Continuation,
) -> Result<Copied, Failure> {
    let recording = &task.request.recording;
    let upload = so_far.upload(recording);
    let keeping = |error| Failure { error, so_far: Some(Box::new(so_far.clone())), cut_off: false };
    let known = match known {
        Some(entry) => Some(entry),
        None => control::known(ports, recording).await.map_err(|lost| keeping(ChangeError::Ledger(lost).into()))?,
    };
    let fits = |entry: &Versioned| {
        entry.entry.recording_storage_path.as_ref() == Some(&so_far.key) && entry.entry.state().may_transfer()
    };
    let Some(entry) = known.filter(fits) else {
        send::give_up(ports, &upload).await;
        return Err(CopyError::CannotGoOn.into());
    };
    let limits = limits(task, &entry, so_far.stopped.announced_bytes.is_some());
    let sent = match send::go_on(ports, task, so_far, upload.clone(), &limits).await {
        Err(Failure { error, so_far: None, .. }) if error.leaves_parts_of_use() => Err(keeping(error)),
        Err(Failure { error, so_far: None, .. }) => {
            send::give_up(ports, &upload).await;
            Err(error.into())
        }
        sent => sent,
    };
    copied(ports, task, entry, sent).await
}

async fn copied(
    ports: &impl Ports,
    task: &Task<'_>,
    entry: Versioned,
    sent: Result<(VerifiedAudio, Option<Doubt>), Failure>,
) -> Result<Copied, Failure> {
    match sent {
        Ok((audio, doubt)) => {
            // Nobody there says how long the audio is, and nobody ever will.
            let doubt = doubt.filter(|doubt| !(task.place.is_legacy() && doubt.is_the_providers_silence()));
            Ok(Copied { entry, audio, doubt, from_legacy: task.place.is_legacy() })
        }
        Err(Failure { error: CopyError::KeyTaken, .. }) => {
            pin::pin_own_name(ports, entry).await?;
            Err(CopyError::KeyTaken.into())
        }
        Err(failure) => Err(failure),
    }
}

fn limits(task: &Task<'_>, entry: &Versioned, announced: bool) -> verdict::Limits {
    let reported_seconds = reported_seconds(entry, task.request);
    let length_of = task.request.recording.provider.gives_length_of();
    verdict::Limits { reported_seconds, length_of, announced, doubtful_too: task.doubtful_too, said: None }
}

fn reported_seconds(entry: &Versioned, request: &TransferRequest) -> Option<u32> {
    request.report.duration_seconds.or(entry.entry.duration_reported_seconds)
}

//! Sending audio to the bucket in bounded memory: at once when small, in parts when large or of unknown size.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryFutureExt};
use recordings::audio::Container;
use recordings::ledger_entry::{StoredObject, VerifiedAudio};
use recordings::messages::Continuation;
use recordings::object_key::AudioKey;
use recordings::ports::{
    AudioLook, AudioObject, AudioRead, AudioStore, ErrorKind, FetchError, OpenedAudio, PortError, Put, Upload,
};
use recordings::recording::RecordingRef;
use recordings::telemetry::causes;

use super::intake::Intake;
use super::parts::{PART_BYTES, Parts};
use super::verdict::{Doubt, Limits};
use super::{CopyError, Failure, Task};
use crate::{Deadline, Ports};

pub(crate) type Judged = (VerifiedAudio, Option<Doubt>);

/// Sends the audio under the object's key, and looks at what is there afterwards.
pub(super) async fn send<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    object: &AudioObject,
    mut intake: Intake<B>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Judged, Failure> {
    let may_go_at_once = intake.may_go_at_once();
    if may_go_at_once {
        // What comes too slowly to be held whole in time, or breaks off, goes in parts, which another try can go on with.
        let gathering = intake.fill(intake.wanted_first()).map_ok(drop);
        if let Some(Err(error)) = deadline.limit_gathering(ports.clock(), gathering).await {
            intake.leaves_parts(error)?;
        }
    }
    let fits_a_part = intake.fits_a_part();
    let at_once_is_due = fits_a_part || deadline.leaves_time_for_all_at_once(ports.clock());
    if may_go_at_once && intake.has_ended() && at_once_is_due {
        match at_once(ports, object, &mut intake, limits, deadline).await {
            Err(CopyError::Store(error)) if !fits_a_part && is_worth_parts(ports, &error, deadline) => tracing::warn!(
                log_type = "upload_goes_in_parts",
                recording_id = %object.recording.recording_id,
                error = %causes(&error),
                "the bucket did not take all of it in one request",
            ),
            sent => {
                let (put, judged) = sent?;
                return Ok(look_again(ports, object, limits, put, judged).await?);
            }
        }
    }
    let (put, judged) = match occupied(ports, object, limits).await? {
        Some(judged) => (Put::Occupied, judged),
        None => {
            let upload = ports.audio().begin(object).await.map_err(CopyError::Store)?;
            in_parts(ports, Parts::new(upload, intake), limits, deadline).await?
        }
    };
    Ok(look_again(ports, object, limits, put, judged).await?)
}

/// A way to the bucket that is too slow for one long request would be so at the next try too. Parts that arrive are kept.
fn is_worth_parts(ports: &impl Ports, error: &PortError, deadline: Deadline) -> bool {
    error.kind == ErrorKind::Unavailable && deadline.leaves_time_for_a_part(ports.clock())
}

/// The same, of audio of which an earlier try sent parts already.
pub(super) async fn go_on(
    ports: &impl Ports,
    task: &Task<'_>,
    continuation: &Continuation,
    upload: Upload,
    limits: &Limits,
) -> Result<Judged, Failure> {
    let object = upload.object.clone();
    if let Some(judged) = occupied(ports, &object, limits).await? {
        give_up(ports, &upload).await;
        return Ok(look_again(ports, &object, limits, Put::Occupied, judged).await?);
    }
    let opened = task.place.open_from(ports, &object.recording, &continuation.stopped).await?;
    let intake = Intake::going_on(opened.ok_or(CopyError::CannotGoOn)?, continuation.measurement.clone());
    let parts = Parts::going_on(upload, intake, continuation.parts.clone());
    let (put, judged) = in_parts(ports, parts, limits, task.deadline).await?;
    Ok(look_again(ports, &object, limits, put, judged).await?)
}

async fn at_once<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    object: &AudioObject,
    intake: &mut Intake<B>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<(Put, Judged), CopyError> {
    let judged = limits.judge(object.container, &intake.measured())?;
    let body = intake.lend();
    let putting = ports.audio().put(object, body.clone(), &judged.0.crc64nvme);
    let put = deadline.limit_sending(ports.clock(), putting).await.unwrap_or_else(|| Err(outlasted()));
    if put.is_err() {
        intake.take_back(body);
    }
    Ok((put.map_err(CopyError::Store)?, judged))
}

/// Verifies what lies under a key without asking the provider for anything. What it said of the length before is held
/// against the audio; doubts are let in, because no other try will lift them.
pub(crate) async fn verify_alone(
    ports: &impl Ports,
    key: &AudioKey,
    recording: &RecordingRef,
    reported_seconds: Option<u32>,
) -> Result<Judged, CopyError> {
    let there = ports.audio().look(key).await.map_err(CopyError::Store)?.ok_or(CopyError::StoredDiffers)?;
    let length_of = recording.provider.gives_length_of();
    let limits = Limits { reported_seconds, length_of, announced: true, doubtful_too: true, said: None };
    adopt(ports, key, recording, &limits, &there).await
}

/// Gigabytes are not sent towards a key that is occupied.
async fn occupied(ports: &impl Ports, object: &AudioObject, limits: &Limits) -> Result<Option<Judged>, CopyError> {
    match ports.audio().look(&object.key).await.map_err(CopyError::Store)? {
        Some(there) => adopt(ports, &object.key, &object.recording, limits, &there).await.map(Some),
        None => Ok(None),
    }
}

/// Nothing is left in the bucket of an upload that nobody will go on with.
async fn in_parts<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    mut parts: Parts<B>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<(Put, Judged), Failure> {
    let upload = parts.upload.clone();
    let sent = deadline.limit_sending(ports.clock(), parts.send(ports, limits)).await;
    let cut_off = sent.is_none();
    let error = match sent {
        Some(Ok((Put::Created, judged))) => return Ok((Put::Created, judged)),
        Some(Ok((Put::Occupied, judged))) => {
            give_up(ports, &upload).await;
            return Ok((Put::Occupied, judged));
        }
        Some(Err(error)) => error,
        None if parts.waits_for_the_bucket => CopyError::Store(outlasted()),
        None => CopyError::TooSlow,
    };
    let so_far = if error.leaves_parts_of_use() { parts.so_far(cut_off).map(Box::new) } else { None };
    if so_far.is_none() {
        give_up(ports, &upload).await;
    }
    Err(Failure { error, so_far, cut_off })
}

/// The bucket still had not answered when the invocation's end was near: it failed, whoever took the time before.
fn outlasted() -> PortError {
    PortError::new(ErrorKind::Unavailable, "s3 store audio", "no answer before the invocation's end")
}

/// Frees what an upload holds that nobody will go on with.
pub(crate) async fn give_up(ports: &impl Ports, upload: &Upload) {
    if let Err(error) = ports.audio().abort(upload).await {
        tracing::warn!(
            log_type = "multipart_abort_failed",
            recording_id = %upload.object.recording.recording_id,
            error = %causes(&error),
            "an upload is left to the bucket's own rule for stale uploads",
        );
    }
}

/// Believes nothing but the bucket: what is under the key now has our size, checksum and recording. An object of this
/// recording that is there already, from another try, is adopted when it is the same, or when it verifies by itself.
async fn look_again(
    ports: &impl Ports,
    object: &AudioObject,
    limits: &Limits,
    put: Put,
    judged: Judged,
) -> Result<Judged, CopyError> {
    let there = ports.audio().look(&object.key).await.map_err(CopyError::Store)?;
    match (put, there) {
        (_, Some(there)) if is_same(&there, &object.recording, &judged.0) => Ok(judged),
        (Put::Occupied, Some(there)) => adopt(ports, &object.key, &object.recording, limits, &there).await,
        _ => Err(CopyError::StoredDiffers),
    }
}

/// Takes what an earlier try left under the key, if it is this recording and verifies as if it had just come in. A
/// provider may well send other bytes each time, or be asked for another format meanwhile.
async fn adopt(
    ports: &impl Ports,
    key: &AudioKey,
    recording: &RecordingRef,
    limits: &Limits,
    there: &StoredObject,
) -> Result<Judged, CopyError> {
    if there.recording.as_ref() != Some(recording) {
        return Err(CopyError::KeyTaken);
    }
    let stored = ports.audio().read(key).await.map_err(CopyError::Store)?.ok_or(CopyError::StoredDiffers)?;
    let body = stored.map(|chunk| chunk.map_err(FetchError::Unavailable));
    let mut intake = Intake::new(OpenedAudio { announced_bytes: Some(there.bytes), version: None, said: None, body });
    let head = intake.fill(Container::SNIFF_LEN).await.map_err(of_the_bucket)?;
    let container = Container::sniff(head).ok_or(CopyError::StoredDiffers)?;
    while !intake.is_drained() {
        intake.fill(PART_BYTES).await.map_err(of_the_bucket)?;
        intake.hand_over(PART_BYTES);
    }
    let judged = limits.judge(container, &intake.measured())?;
    if is_same(there, recording, &judged.0) { Ok(judged) } else { Err(CopyError::StoredDiffers) }
}

/// What fails while the bucket is read is no fault of the provider's.
fn of_the_bucket(error: CopyError) -> CopyError {
    match error {
        CopyError::Fetch(FetchError::Unavailable(error)) => CopyError::Store(error),
        CopyError::CutShort { .. } => CopyError::StoredDiffers,
        error => error,
    }
}

fn is_same(there: &StoredObject, recording: &RecordingRef, audio: &VerifiedAudio) -> bool {
    there.recording.as_ref() == Some(recording)
        && there.bytes == audio.bytes
        && there.crc64nvme.as_deref() == Some(audio.crc64nvme.as_str())
}

//! Sending audio to the bucket in bounded memory: at once when small, in parts when large or of unknown size.

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use recordings::audio::Container;
use recordings::ledger_entry::{StoredObject, VerifiedAudio};
use recordings::ports::{AudioLook, AudioObject, AudioRead, AudioStore, FetchError, OpenedAudio, Part, Put, Upload};
use recordings::telemetry::causes;

use super::CopyError;
use super::intake::{Intake, crc64nvme};
use super::verdict::{Doubt, Limits};
use crate::{Deadline, Ports};

/// Up to this size a recording is held whole and sent at once.
const AT_ONCE_BYTES: usize = 8 * 1024 * 1024;
/// The smallest part that S3 takes; 10,000 of them are 48 GiB, which is months of talk.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Parts on the wire at a time; together with the one that fills they are the memory bound.
const PARTS_IN_FLIGHT: usize = 2;

type Judged = (VerifiedAudio, Option<Doubt>);

/// Sends the audio under the object's key, and looks at what is there afterwards.
pub(super) async fn send<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    object: &AudioObject,
    mut intake: Intake<B>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Judged, CopyError> {
    let small = intake.announced().is_none_or(|bytes| bytes <= AT_ONCE_BYTES as u64);
    if small {
        intake.fill(AT_ONCE_BYTES + 1).await?;
    }
    let (put, judged) = match small && intake.has_ended() {
        true => at_once(ports, object, intake, limits).await?,
        false => in_parts(ports, object, intake, limits, deadline).await?,
    };
    look_again(ports, object, limits, put, judged).await
}

async fn at_once<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    object: &AudioObject,
    mut intake: Intake<B>,
    limits: &Limits,
) -> Result<(Put, Judged), CopyError> {
    let body = intake.hand_over(usize::MAX);
    let judged = limits.judge(object.container, &intake.measured())?;
    let put = ports.audio().put(object, body, &judged.0.crc64nvme).await.map_err(CopyError::Store)?;
    Ok((put, judged))
}

async fn in_parts<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    object: &AudioObject,
    intake: Intake<B>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<(Put, Judged), CopyError> {
    match ports.audio().look(&object.key).await.map_err(CopyError::Store)? {
        Some(there) if there.recording.as_ref() != Some(&object.recording) => return Err(CopyError::KeyTaken),
        // Gigabytes are not sent towards a key that is occupied.
        Some(there) => return Ok((Put::Occupied, adopt(ports, object, limits, &there).await?)),
        None => {}
    }
    let upload = ports.audio().begin(object).await.map_err(CopyError::Store)?;
    let sending = all_parts(ports, &upload, intake, limits);
    let result = deadline.limit_sending(ports.clock(), sending).await.unwrap_or(Err(CopyError::TooSlow));
    if !matches!(result, Ok((Put::Created, _))) {
        give_up(ports, &upload).await;
    }
    result
}

async fn all_parts<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    ports: &impl Ports,
    upload: &Upload,
    mut intake: Intake<B>,
    limits: &Limits,
) -> Result<(Put, Judged), CopyError> {
    let mut in_flight = FuturesUnordered::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut number = 0;
    while !intake.is_drained() {
        intake.fill(PART_BYTES).await?;
        let body = intake.hand_over(PART_BYTES);
        if body.is_empty() {
            break;
        }
        number += 1;
        in_flight.push(one_part(ports, upload, number, body));
        if in_flight.len() >= PARTS_IN_FLIGHT
            && let Some(part) = in_flight.next().await
        {
            parts.push(part?);
        }
    }
    while let Some(part) = in_flight.next().await {
        parts.push(part?);
    }
    parts.sort_by_key(|part| part.number);
    let judged = limits.judge(upload.object.container, &intake.measured())?;
    let audio = &judged.0;
    let put = ports.audio().complete(upload, &parts, audio.bytes, &audio.crc64nvme).await.map_err(CopyError::Store)?;
    Ok((put, judged))
}

async fn one_part(ports: &impl Ports, upload: &Upload, number: u32, body: Bytes) -> Result<Part, CopyError> {
    let crc = crc64nvme(&body);
    ports.audio().part(upload, number, body, &crc).await.map_err(CopyError::Store)
}

async fn give_up(ports: &impl Ports, upload: &Upload) {
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
        (_, Some(there)) if is_same(&there, object, &judged.0) => Ok(judged),
        (Put::Occupied, Some(there)) => adopt(ports, object, limits, &there).await,
        _ => Err(CopyError::StoredDiffers),
    }
}

/// Takes what an earlier try left under the key, if it is this recording and verifies as if it had just come in. A
/// provider may well send other bytes each time, or be asked for another format meanwhile.
async fn adopt(
    ports: &impl Ports,
    object: &AudioObject,
    limits: &Limits,
    there: &StoredObject,
) -> Result<Judged, CopyError> {
    if there.recording.as_ref() != Some(&object.recording) {
        return Err(CopyError::KeyTaken);
    }
    let stored = ports.audio().read(&object.key).await.map_err(CopyError::Store)?.ok_or(CopyError::StoredDiffers)?;
    let body = stored.map(|chunk| chunk.map_err(FetchError::Unavailable));
    let mut intake = Intake::new(OpenedAudio { announced_bytes: Some(there.bytes), version: None, body });
    let head = intake.fill(Container::SNIFF_LEN).await.map_err(of_the_bucket)?;
    let container = Container::sniff(head).ok_or(CopyError::StoredDiffers)?;
    while !intake.is_drained() {
        intake.fill(PART_BYTES).await.map_err(of_the_bucket)?;
        intake.hand_over(PART_BYTES);
    }
    let judged = limits.judge(container, &intake.measured())?;
    if is_same(there, object, &judged.0) { Ok(judged) } else { Err(CopyError::StoredDiffers) }
}

/// What fails while the bucket is read is no fault of the provider's.
fn of_the_bucket(error: CopyError) -> CopyError {
    match error {
        CopyError::Fetch(FetchError::Unavailable(error)) => CopyError::Store(error),
        CopyError::CutShort { .. } => CopyError::StoredDiffers,
        error => error,
    }
}

fn is_same(there: &StoredObject, object: &AudioObject, audio: &VerifiedAudio) -> bool {
    there.recording.as_ref() == Some(&object.recording)
        && there.bytes == audio.bytes
        && there.crc64nvme.as_deref() == Some(audio.crc64nvme.as_str())
}

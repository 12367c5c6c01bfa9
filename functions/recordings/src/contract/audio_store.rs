use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::join;

use super::Names;
use super::outcome::{done, fails};
use crate::audio::crc64nvme;
use crate::ledger_entry::{Retention, RetentionTag, StoredObject};
use crate::ports::{AudioLook, AudioObject, AudioRead, AudioStore, AudioTag, ErrorKind, PortError, Put};

/// Audio is written once, checked on the way, and never over anything.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audio_store(port: &(impl AudioStore + AudioLook + AudioRead), names: &Names) {
    audio_is_written_once(port, names).await;
    audio_is_read_back(port, names).await;
    other_bytes_than_announced_are_refused(port, names).await;
    of_two_at_once_one_is_there(port, names).await;
}

/// A tag changes nothing of the audio, and what is not there is not tagged.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audio_tag(port: &(impl AudioStore + AudioLook + AudioTag), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    done("tag", port.tag(&object.key, RetentionTag::Hold).await);
    assert_eq!(look(port, &object).await, None, "a tag makes nothing");
    assert_eq!(put(port, &object, &bytes).await, Put::Created);
    for tag in [RetentionTag::Hold, RetentionTag::Of(Retention::Important), RetentionTag::AT_FIRST] {
        done("tag", port.tag(&object.key, tag).await);
        assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &bytes)), "the audio stays as it is");
    }
}

async fn audio_is_written_once(port: &(impl AudioStore + AudioLook), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    assert_eq!(look(port, &object).await, None, "nothing is under a fresh key");
    assert_eq!(put(port, &object, &bytes).await, Put::Created);
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &bytes)), "what was written is there");

    let stranger = AudioObject { recording: names.recording(), ..object.clone() };
    assert_eq!(put(port, &stranger, &names.bytes(2_000)).await, Put::Occupied);
    assert_eq!(put(port, &object, &bytes).await, Put::Occupied, "even the same audio is not written twice");
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &bytes)), "an occupied key stays as it is");
}

async fn audio_is_read_back(port: &(impl AudioStore + AudioRead), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(300_000));
    assert!(done("read", port.read(&object.key).await).is_none(), "nothing is under a fresh key");
    let crc = crc64nvme(&bytes);
    assert_eq!(done("put", port.put(&object, bytes.clone(), &crc).await), Put::Created);
    let Some(stored) = done("read", port.read(&object.key).await) else { panic!("what was written is there") };
    let chunks: Vec<Bytes> = done("the body", stored.try_collect().await);
    assert_eq!(chunks.concat(), bytes, "byte for byte");
}

async fn other_bytes_than_announced_are_refused(port: &(impl AudioStore + AudioLook), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    let another = crc64nvme(&names.bytes(1_000));
    fails("writing other bytes than announced", port.put(&object, bytes, &another).await);
    assert_eq!(look(port, &object).await, None, "what is refused leaves nothing behind");
}

async fn of_two_at_once_one_is_there(port: &(impl AudioStore + AudioLook), names: &Names) {
    let object = names.object();
    let (one, other) = (names.bytes(1_000), names.bytes(2_000));
    let (crc_one, crc_other) = (crc64nvme(&one), crc64nvme(&other));
    let replies = join(port.put(&object, one.clone(), &crc_one), port.put(&object, other.clone(), &crc_other)).await;
    let lost = |reply: &Result<Put, PortError>| match reply {
        Ok(put) => *put == Put::Occupied,
        Err(error) => error.kind == ErrorKind::Conflict,
    };
    let winner = match &replies {
        (Ok(Put::Created), reply) if lost(reply) => one,
        (reply, Ok(Put::Created)) if lost(reply) => other,
        replies => panic!("of two at once exactly one is created: {replies:?}"),
    };
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &winner)), "what the winner wrote is there");
}

pub(super) async fn put(port: &impl AudioStore, object: &AudioObject, bytes: &Bytes) -> Put {
    done("put", port.put(object, bytes.clone(), &crc64nvme(bytes)).await)
}

pub(super) async fn look(port: &impl AudioLook, object: &AudioObject) -> Option<StoredObject> {
    done("look", port.look(&object.key).await)
}

pub(super) fn what_lies_there(object: &AudioObject, bytes: &Bytes) -> StoredObject {
    StoredObject {
        bytes: bytes.len() as u64,
        crc64nvme: Some(crc64nvme(bytes)),
        recording: Some(object.recording.clone()),
    }
}

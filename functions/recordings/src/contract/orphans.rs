use bytes::Bytes;

use super::Names;
use super::audio_store::{look, put, what_lies_there};
use super::lists::audio_of;
use super::outcome::done;
use crate::ledger_entry::StoredObject;
use crate::object_key::AudioKey;
use crate::ports::{
    Aside, AudioList, AudioLook, AudioObject, AudioStore, DeletedBecause, ListedAudio, Orphans, Put, Receipt, Receipts,
    Removed, Version,
};

/// Audio is moved aside whole, whenever the mover stops and begins anew. `aside` looks at what lies in `orphans/`.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn orphans(
    port: &impl Orphans,
    store: &(impl AudioStore + AudioLook),
    list: &impl AudioList,
    aside: impl AsyncFn(&AudioKey) -> Option<StoredObject>,
    names: &Names,
) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    let audio = written(store, list, names, &object, &bytes).await;
    let whole = Some(what_lies_there(&object, &bytes));
    for _ in 0..2 {
        assert_eq!(done("copy", port.copy_aside(&audio).await), Aside::Kept);
        assert_eq!(aside(&audio.key).await, whole, "the copy says what the original says");
        assert_eq!(look(store, &object).await, whole, "the original is still there");
    }
    for _ in 0..2 {
        assert_eq!(done("remove", port.remove(&audio.key, &audio.version).await), Removed::Gone);
        assert_eq!(look(store, &object).await, None, "the original is gone");
    }
    assert_eq!(done("copy", port.copy_aside(&audio).await), Aside::Changed, "there is nothing to copy any more");
    assert_eq!(aside(&audio.key).await, whole, "the copy stays");

    only_what_was_seen_is_moved(port, store, list, aside, names).await;
}

/// S3 also keeps what lies in `orphans/` already, which not every store that speaks S3 does.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn orphans_that_meet(
    port: &impl Orphans,
    store: &(impl AudioStore + AudioLook),
    list: &impl AudioList,
    aside: impl AsyncFn(&AudioKey) -> Option<StoredObject>,
    names: &Names,
) {
    let object = names.object();
    let (first, second) = (names.bytes(1_000), names.bytes(1_000));
    let audio = written(store, list, names, &object, &first).await;
    assert_eq!(done("copy", port.copy_aside(&audio).await), Aside::Kept);
    assert_eq!(done("remove", port.remove(&audio.key, &audio.version).await), Removed::Gone);

    let audio = written(store, list, names, &object, &second).await;
    assert_eq!(done("copy", port.copy_aside(&audio).await), Aside::Occupied);
    assert_eq!(aside(&audio.key).await, Some(what_lies_there(&object, &first)), "what lies aside stays as it is");
    assert_eq!(look(store, &object).await, Some(what_lies_there(&object, &second)), "and so does the original");
}

/// A receipt is written once.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn receipts(port: &impl Receipts, names: &Names) {
    let recording = names.recording();
    let receipt = Receipt {
        call: names.call(),
        recording_id: Some(recording.recording_id),
        why: DeletedBecause::Orphaned,
        at: Names::time(),
        filed_at: Names::time(),
        bytes: 1_000,
        crc64nvme: None,
        number: 1,
    };
    assert_eq!(done("append", port.append(&receipt).await), Put::Created);
    let changed = Receipt { bytes: 2_000, at: Names::time() + jiff::SignedDuration::from_hours(24), ..receipt.clone() };
    assert_eq!(done("append", port.append(&changed).await), Put::Occupied, "a receipt stays as it is");
    let other = Receipt { number: 2, ..receipt };
    assert_eq!(done("append", port.append(&other).await), Put::Created, "another object of the call has its own");
}

async fn only_what_was_seen_is_moved(
    port: &impl Orphans,
    store: &(impl AudioStore + AudioLook),
    list: &impl AudioList,
    aside: impl AsyncFn(&AudioKey) -> Option<StoredObject>,
    names: &Names,
) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    let audio = written(store, list, names, &object, &bytes).await;
    let seen_before = Version("\"0123456789abcdef0123456789abcdef\"".to_owned());
    let older = ListedAudio { version: seen_before.clone(), ..audio };
    assert_eq!(done("copy", port.copy_aside(&older).await), Aside::Changed, "another version is not copied");
    assert_eq!(done("remove", port.remove(&older.key, &seen_before).await), Removed::Changed, "nor removed");
    assert_eq!(aside(&older.key).await, None);
    assert_eq!(look(store, &object).await, Some(what_lies_there(&object, &bytes)));
}

/// Writes audio and sees it in the list.
async fn written(
    store: &impl AudioStore,
    list: &impl AudioList,
    names: &Names,
    object: &AudioObject,
    bytes: &Bytes,
) -> ListedAudio {
    assert_eq!(put(store, object, bytes).await, Put::Created);
    let listed = audio_of(list, &names.folder(), &[object]).await;
    let [audio] = &listed[..] else { panic!("what was written is listed once: {listed:?}") };
    audio.clone()
}

use std::collections::BTreeSet;

use super::Names;
use super::audio_store::put;
use super::outcome::done;
use crate::call_control::CallControl;
use crate::object_key::{TraceKind, TracePlace, traces_of, utc_day};
use crate::ports::{
    AudioLook, AudioObject, AudioStore, CallControlWrite, DeletedBecause, ErasureReceipt, ErasureReceipts,
    OpenMarkerWrite, Put, Trace, TraceRemove, TraceVersion, Traces,
};
use crate::recording::RecordingRef;

/// Everything of a call is found wherever it lies, and removed for good; what is to stay stays, and nothing of another
/// call is touched. `keeps_versions` says whether the store does.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn traces(
    port: &(impl Traces + TraceRemove),
    audio: &(impl AudioStore + AudioLook),
    markers: &impl OpenMarkerWrite,
    controls: &impl CallControlWrite,
    keeps_versions: bool,
    names: &Names,
) {
    let (object, other) = (names.object(), names.object());
    let call = object.recording.call();
    let places = traces_of(&call, names.prefix(), &BTreeSet::from([utc_day(Names::time())]));
    assert_eq!(find(port, &places).await, [], "nothing is known of the call");

    for object in [&object, &other] {
        assert_eq!(put(audio, object, &names.bytes(1_000)).await, Put::Created);
    }
    let second = AudioObject { key: object.key.naming(&object.recording), ..object.clone() };
    let upload = done("begin", audio.begin(&second).await);
    let mut event = names.request();
    event.recording = object.recording.clone();
    done("put", markers.put(&event).await);
    event.recording = RecordingRef::all_of(&call);
    done("put", markers.put(&event).await);
    event.attempt = 1;
    done("put", markers.put(&event).await);
    let first = CallControl::of(call.clone());
    let version = done("write", controls.write(&first, None).await);
    let erased = first.erased(Names::time(), "u1").unwrap_or_else(|error| panic!("{error}"));
    done("write", controls.write(&erased, Some(&version)).await);

    let found = find(port, &places).await;
    let older = usize::from(keeps_versions);
    for (kind, expected) in
        [(TraceKind::Audio, 2), (TraceKind::Marker, 1), (TraceKind::Control, older), (TraceKind::Note, 0)]
    {
        let of_the_kind = found.iter().filter(|trace| trace.kind == kind).count();
        assert_eq!(of_the_kind, expected, "{kind:?}: {found:?}");
    }
    let is_upload = |trace: &&Trace| trace.version == TraceVersion::Upload(upload.id.clone());
    assert_eq!(found.iter().filter(is_upload).count(), 1, "what is on its way is found too: {found:?}");

    for _ in 0..2 {
        for trace in &found {
            done("remove", port.remove(trace).await);
        }
        assert_eq!(find(port, &places).await, [], "what was removed is gone in every version");
    }
    assert_eq!(done("look", audio.look(&object.key).await), None);
    assert!(done("look", audio.look(&other.key).await).is_some(), "nothing of another call is touched");
    // The newest of what says that the call was erased is still there: whoever decides anew meets it.
    assert!(controls.write(&first, None).await.is_err());
}

/// A receipt of an erasure is written once.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn erasure_receipts(port: &impl ErasureReceipts, names: &Names) {
    let receipt = ErasureReceipt {
        call: names.call(),
        why: DeletedBecause::Erased,
        by: "u1".to_owned(),
        asked_at: Names::time(),
        at: Names::time(),
        found: [(TraceKind::Audio, 2)].into(),
        bytes: 2_000,
        is_over: false,
        number: 1,
    };
    assert_eq!(done("append", port.append(&receipt).await), Put::Created);
    let changed = ErasureReceipt { bytes: 1_000, ..receipt.clone() };
    assert_eq!(done("append", port.append(&changed).await), Put::Occupied, "a receipt stays as it is");
    let other = ErasureReceipt { number: 2, ..receipt };
    assert_eq!(done("append", port.append(&other).await), Put::Created, "another step has its own");
}

async fn find(port: &impl Traces, places: &[TracePlace]) -> Vec<Trace> {
    let mut found = Vec::new();
    for place in places {
        found.extend(done("find", port.find(place).await));
    }
    found
}

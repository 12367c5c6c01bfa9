use super::Names;
use super::outcome::done;
use crate::fakes::sample;
use crate::ledger_entry::LedgerEntry;
use crate::messages::{CompletedCall, MESSAGE_VERSION};
use crate::object_key::ObjectKey;
use crate::ports::{
    CallEntries, CallNoteList, CallNoteRemove, CallNotes, CallRecordings, LedgerWrite, OpenMarkerWrite,
};
use crate::recording::{CallRef, Direction, Parties, RecordingRef};

/// Notes are listed in the order of their keys, page by page, until they are removed; a call can be noted more than once.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn call_notes(port: &(impl CallNotes + CallNoteList + CallNoteRemove), names: &Names) {
    let note = |job| CompletedCall {
        version: MESSAGE_VERSION,
        call: names.call(),
        job_number: Some(sample::job_number(job)),
        completed_at: Names::time(),
        parties: Parties { direction: Some(Direction::Inbound), from: "+14158675309".parse().ok(), to: None },
    };
    let notes = [note(1), note(2), note(3), note(4)];
    let calls: Vec<CallRef> = notes.iter().map(|note| note.call.clone()).collect();
    assert_eq!(done("read", port.read(&calls[0]).await), None, "a note that nobody put");
    done("removing what is not there", port.remove(&calls[0]).await);
    // The names ascend, so putting them in another order shows that the list sorts.
    for note in notes.iter().rev() {
        for _ in 0..2 {
            done("put", port.put(note).await);
        }
    }
    assert_eq!(all(port, &calls).await, calls, "every note is listed once, in the order of the keys");
    assert_eq!(done("read", port.read(&calls[1]).await).as_ref(), Some(&notes[1]), "the note is in its object");
    let page = done("page", port.page(Some(&ObjectKey::Call(&calls[0]).to_string())).await);
    assert_eq!(page.calls.first().map(|(call, _)| call), calls.get(1), "a page starts right behind the key");
    for call in &calls {
        for _ in 0..2 {
            done("remove", port.remove(call).await);
        }
    }
    assert_eq!(all(port, &calls).await, [], "no note is left");
}

/// A call is known by its markers, and by nobody else's; an entry is none.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn call_recordings(
    port: &impl CallRecordings,
    ledger: &impl LedgerWrite,
    markers: &impl OpenMarkerWrite,
    names: &Names,
) {
    let (entered, marked) = (names.request(), names.request());
    let (entered_call, marked_call) = (call_of(&entered.recording), call_of(&marked.recording));
    for call in [&entered_call, &marked_call] {
        assert!(!done("has_marker", port.has_marker(call).await), "nothing is known of it yet");
    }
    let entry = LedgerEntry::received(entered.recording, None, &entered.report, Names::time());
    done("create", ledger.create(&entry).await);
    done("put", markers.put(&marked).await);
    assert!(done("has_marker", port.has_marker(&marked_call).await), "a marker of the call");
    assert!(!done("has_marker", port.has_marker(&entered_call).await), "a marker of another call");
}

/// A call's entries are listed, those of what it lacks too, and nobody else's.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn call_entries(port: &impl CallEntries, ledger: &impl LedgerWrite, names: &Names) {
    let (first, other) = (names.request(), names.request());
    let call = call_of(&first.recording);
    assert_eq!(done("list", port.list(&call).await), [], "nothing is known of it yet");
    let missing = RecordingRef::missing_of(&call);
    for recording in [&first.recording, &missing, &other.recording] {
        let entry = LedgerEntry::received(recording.clone(), None, &first.report, Names::time());
        done("create", ledger.create(&entry).await);
    }
    let mut expected = vec![first.recording, missing];
    expected.sort();
    assert_eq!(done("list", port.list(&call).await), expected, "both entries of the call, and not another's");
}

fn call_of(recording: &RecordingRef) -> CallRef {
    let RecordingRef { organisation, provider, call_id, .. } = recording.clone();
    CallRef { organisation, provider, call_id }
}

/// Which of these are listed, over all pages.
async fn all(list: &impl CallNoteList, ours: &[CallRef]) -> Vec<CallRef> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = done("page", list.page(after.as_deref()).await);
        found.extend(page.calls.into_iter().map(|(call, _)| call).filter(|call| ours.contains(call)));
        assert!(page.next.is_none() || page.next > after, "pages go on");
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

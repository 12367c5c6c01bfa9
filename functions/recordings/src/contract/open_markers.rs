use super::Names;
use super::outcome::done;
use crate::fakes::sample;
use crate::messages::{Origin, TransferRequest};
use crate::object_key::ObjectKey;
use crate::ports::{OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite};
use crate::recording::RecordingRef;

/// Markers are listed in the order of their keys, page by page, until they are removed.
///
/// # Panics
/// When a port does not keep the contract.
pub async fn open_markers(
    write: &impl OpenMarkerWrite,
    remove: &impl OpenMarkerRemove,
    list: &impl OpenMarkerList,
    names: &Names,
) {
    let events: Vec<TransferRequest> = (0..5).map(|_| names.request()).collect();
    let recordings: Vec<RecordingRef> = events.iter().map(|event| event.recording.clone()).collect();
    assert_eq!(done("read", list.read(&recordings[0]).await), None, "a marker that nobody put");
    done("removing what is not there", remove.remove(&recordings[0]).await);

    // The names ascend, so putting them in another order shows that the list sorts.
    for event in events.iter().rev() {
        done("put", write.put(event).await);
    }
    assert_eq!(all(list, &recordings).await, recordings, "every marker is listed once, in the order of the keys");
    let Some(read) = done("read", list.read(&recordings[1]).await) else { panic!("the marker is not there") };
    assert_eq!(read.event, events[1], "the event is in the marker");

    let later = TransferRequest { origin: Origin::Sweep, attempt: 1, ..events[1].clone() };
    done("put again", write.put(&later).await);
    let Some(newest) = done("read", list.read(&recordings[1]).await) else { panic!("the marker is not there") };
    assert_eq!(newest.event, later, "the newest event is in the marker");
    for old in [Some(&read.version), None] {
        done("renew what changed", write.renew(&events[1], old).await);
    }
    assert_eq!(done("read", list.read(&recordings[1]).await).as_ref(), Some(&newest), "who wrote last knows more");
    let again = TransferRequest { attempt: 2, ..later };
    done("renew", write.renew(&again, Some(&newest.version)).await);
    assert_eq!(
        done("read", list.read(&recordings[1]).await).map(|read| read.event),
        Some(again),
        "renewed as it was read"
    );
    assert_eq!(all(list, &recordings).await, recordings, "a marker that was put again is listed once");

    a_page_starts_behind_any_key(list, &recordings).await;
    an_organisations_pages_hold_its_own(list, &recordings).await;

    for _ in 0..2 {
        done("remove", remove.remove(&recordings[2]).await);
        assert_eq!(done("read", list.read(&recordings[2]).await), None, "a marker that was removed");
    }
    done("renew what is gone", write.renew(&events[2], Some(&newest.version)).await);
    assert_eq!(done("read", list.read(&recordings[2]).await), None, "what was finished stays so");
    done("keep", write.keep(&events[2]).await);
    assert!(done("read", list.read(&recordings[2]).await).is_some(), "what is not there is written");
    for recording in &recordings {
        done("remove", remove.remove(recording).await);
    }
    assert_eq!(all(list, &recordings).await, [], "no marker is left");
}

async fn a_page_starts_behind_any_key(list: &impl OpenMarkerList, recordings: &[RecordingRef]) {
    let key = ObjectKey::Open(&recordings[0]).to_string();
    let page = done("page", list.page(Some(&key)).await);
    let first = page.markers.first().map(|(recording, _)| recording);
    assert_eq!(first, recordings.get(1), "a page starts right behind the key that it is asked to start behind");
}

async fn an_organisations_pages_hold_its_own(list: &impl OpenMarkerList, recordings: &[RecordingRef]) {
    let ours = &recordings[0].organisation;
    let open = done("organisations", list.organisations().await).organisations;
    assert_eq!(open.iter().filter(|organisation| *organisation == ours).count(), 1, "each is told once");
    assert!(open.is_sorted(), "in the order of their names");
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = done("page_of", list.page_of(ours, after.as_deref(), 2).await);
        assert!(page.markers.len() <= 2, "no more than were asked for");
        assert!(page.markers.iter().all(|(recording, _)| recording.organisation == *ours), "nobody else's");
        found.extend(page.markers.into_iter().map(|(recording, _)| recording).filter(|r| recordings.contains(r)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, recordings, "each once, in the order of the keys");
    let nobody = sample::recording_of("nobody-at-all", 1, 1).organisation;
    assert_eq!(done("page_of", list.page_of(&nobody, None, 2).await).markers, [], "who has nothing open");
}

/// Which of these are listed, over all pages.
async fn all(list: &impl OpenMarkerList, ours: &[RecordingRef]) -> Vec<RecordingRef> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = done("page", list.page(after.as_deref()).await);
        found.extend(page.markers.into_iter().map(|(recording, _)| recording).filter(|r| ours.contains(r)));
        assert!(page.next.is_none() || page.next > after, "pages go on");
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

use std::collections::BTreeSet;

use serde_json::json;

use super::outcome::{done, fails_with};
use crate::ports::{ErrorKind, ListCursor, ListPage, ListedRecording, ProviderList, RecordingList};
use crate::recording::{CallRef, RecordingRef};

/// More than any list of a test has.
const MOST_PAGES: usize = 1_000;

/// A list shows `expected`, each once, and nothing else, on however many pages; from any page it goes on again later, by
/// whoever reads what was kept of it. Returns the number of pages.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn provider_list(port: &impl ProviderList, list: &RecordingList, expected: &[ListedRecording]) -> usize {
    let (shown, pages) = all_of(port, list, async || {}).await;
    assert_eq!(sorted(shown), sorted(expected.to_vec()), "what {list} shows");

    let mut at = ListCursor::start(list.clone());
    while let Some(next) = page(port, &at).await.next {
        let again = page(port, &at).await;
        assert_eq!(again.next.as_ref(), Some(&next), "the same place leads on to the same place");
        at = kept(&next);
        assert_eq!(page(port, &at).await, page(port, &next).await, "a place that was kept");
    }
    for position in ["nowhere", "https://127.0.0.1/", "1 a b"] {
        let mut changed = json!(ListCursor::start(list.clone()));
        changed["position"] = position.into();
        let changed: ListCursor = serde_json::from_value(changed).unwrap_or_else(|error| panic!("a cursor: {error}"));
        fails_with("a place that is none", ErrorKind::Invalid, port.page(&changed).await);
    }
    pages
}

/// A list of more than one page shows what was there at its start, each once, whatever `change` makes or deletes before
/// each further page.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn provider_list_while_it_changes(
    port: &impl ProviderList,
    list: &RecordingList,
    expected: &[ListedRecording],
    change: impl AsyncFnMut(),
) {
    let (shown, pages) = all_of(port, list, change).await;
    assert!(pages > 1, "nothing changed while {list} was read");
    for listed in &shown {
        assert!(list.covers(listed.created_at), "{listed:?} is not in {list}");
    }
    let ids: BTreeSet<&RecordingRef> = shown.iter().map(|listed| &listed.recording).collect();
    assert_eq!(ids.len(), shown.len(), "each once: {shown:?}");
    for listed in expected {
        assert!(ids.contains(&listed.recording), "{listed:?} was there and is not shown");
    }
}

/// A call that the provider never heard of has no recordings, whether or not the provider says that it does not know it.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn provider_list_of_nobody(port: &impl ProviderList, call: &CallRef) {
    match port.page(&ListCursor::start(RecordingList::OfCall(call.clone()))).await {
        Ok(page) => assert!(page.recordings.is_empty() && page.next.is_none() && page.strange() == 0, "{page:?}"),
        Err(error) => assert_eq!(error.kind, ErrorKind::NotFound, "{error}"),
    }
}

/// Everything that a list shows, and on how many pages.
async fn all_of(
    port: &impl ProviderList,
    list: &RecordingList,
    mut before_each_further: impl AsyncFnMut(),
) -> (Vec<ListedRecording>, usize) {
    let (mut shown, mut at) = (Vec::new(), ListCursor::start(list.clone()));
    for pages in 1..=MOST_PAGES {
        let page = page(port, &at).await;
        shown.extend(page.recordings);
        match page.next {
            Some(next) => at = next,
            None => return (shown, pages),
        }
        before_each_further().await;
    }
    panic!("{list} does not end")
}

async fn page(port: &impl ProviderList, at: &ListCursor) -> ListPage {
    let page = done("page", port.page(at).await);
    assert_eq!(page.strange(), 0, "{page:?}");
    page
}

/// A cursor as it comes back from where it was kept.
fn kept(cursor: &ListCursor) -> ListCursor {
    let text = json!(cursor).to_string();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("a cursor that was kept: {error}"))
}

fn sorted(mut recordings: Vec<ListedRecording>) -> Vec<ListedRecording> {
    recordings.sort_by(|left, right| left.recording.cmp(&right.recording));
    recordings
}

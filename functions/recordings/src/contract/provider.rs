use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use super::outcome::{done, fails_with};
use crate::ports::{
    Advice, AudioSlices, AudioSource, ErrorKind, FetchError, ListCursor, ProviderCopies, ProviderList, RecordingList,
    StoppedAt,
};
use crate::recording::RecordingRef;

/// A recording's audio is given from its first byte to its last, each time anew. The provider has `expected` for
/// `recording`, and nothing for `stranger`. Says whether the provider also goes on in the middle, which it does from any
/// byte or from none.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audio_source(
    port: &impl AudioSource,
    recording: &RecordingRef,
    expected: &Bytes,
    stranger: &RecordingRef,
) -> bool {
    for _ in 0..2 {
        let opened = fetched(port.open(recording).await);
        assert!(opened.announced_bytes.is_none_or(|bytes| bytes == expected.len() as u64), "the announced size");
        assert_eq!(all_of(opened.body).await, expected, "the bytes");
    }
    let goes_on = goes_on(port, recording, expected).await;
    let missing = port.open(stranger).await.map(|opened| opened.announced_bytes);
    assert!(matches!(missing, Err(FetchError::Gone(_) | FetchError::NotReady(_))), "{missing:?}");
    let url = port.provider_url(recording);
    assert!(url.starts_with("http") && !url.contains('@'), "a URL without credentials: {url}");
    goes_on
}

/// Audio goes on from any byte, the end included, as long as it is what it was; or from none.
async fn goes_on(port: &impl AudioSource, recording: &RecordingRef, expected: &Bytes) -> bool {
    let opened = fetched(port.open(recording).await);
    let whole = expected.len() as u64;
    let stopped = |offset| StoppedAt { offset, announced_bytes: Some(whole), version: opened.version.clone() };
    let mut went_on = 0;
    let offsets = [0, 1, whole / 2, whole - 1, whole];
    for offset in offsets {
        let Some(rest) = fetched(port.open_from(recording, &stopped(offset)).await) else { continue };
        went_on += 1;
        assert_eq!(rest.announced_bytes, Some(whole), "the announced size of the whole");
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        assert_eq!(all_of(rest.body).await, expected.slice(from..), "the bytes from {offset}");
    }
    for other in [
        StoppedAt { announced_bytes: Some(whole + 1), ..stopped(1) },
        StoppedAt { version: Some("\"another\"".to_owned()), ..stopped(1) },
    ] {
        let rest = fetched(port.open_from(recording, &other).await);
        assert!(rest.is_none(), "it is not what it was: {other:?}");
    }
    assert!(went_on == 0 || went_on == offsets.len(), "it goes on from {went_on} of {offsets:?}");
    went_on > 0
}

/// A recording's audio is given in pieces of any size, from any byte. The provider has `expected` for `recording`, and
/// nothing for `stranger`.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audio_slices(
    port: &impl AudioSlices,
    recording: &RecordingRef,
    expected: &Bytes,
    stranger: &RecordingRef,
) {
    let whole = expected.len() as u64;
    let begins = fetched(port.slice(recording, 0, 1).await);
    assert!(begins.content_type.starts_with("audio/"), "{}", begins.content_type);
    for (first, most) in [
        (0, 1),
        (0, 2),
        (0, whole / 3),
        (1, 1),
        (whole / 3, whole / 3),
        (whole - 1, 1),
        (whole - 1, 1_000),
        (whole / 2, whole),
        (0, whole + 1),
    ] {
        let slice = fetched(port.slice(recording, first, most).await);
        let (from, to) = (first as usize, (first + most).min(whole) as usize);
        assert_eq!(slice.bytes, expected.slice(from..to), "the bytes of {most} from {first}");
        assert_eq!((slice.first, slice.content_type), (first, begins.content_type), "{most} from {first}");
        assert!(slice.total.is_none_or(|total| total == whole), "the size of the whole");
    }
    for behind in [whole, whole + 1, u64::MAX] {
        let slice = fetched(port.slice(recording, behind, 10).await);
        assert_eq!((slice.bytes.len(), slice.total), (0, Some(whole)), "behind the end");
    }
    let missing = port.slice(stranger, 0, 1).await;
    assert!(matches!(missing, Err(FetchError::Gone(_) | FetchError::NotReady(_))), "{missing:?}");
}

pub(super) async fn all_of(mut body: impl Stream<Item = Result<Bytes, FetchError>> + Unpin) -> Bytes {
    let mut whole = BytesMut::new();
    while let Some(chunk) = body.next().await {
        whole.extend_from_slice(&fetched(chunk));
    }
    whole.freeze()
}

/// A copy that was deleted is no longer given, and deleting it again is no error.
///
/// # Panics
/// When a port does not keep the contract.
pub async fn provider_copies(copies: &impl ProviderCopies, source: &impl AudioSource, recording: &RecordingRef) {
    for _ in 0..2 {
        done("delete", copies.delete(recording).await);
        let gone = source.open(recording).await.map(|opened| opened.announced_bytes);
        assert!(matches!(gone, Err(FetchError::Gone(_) | FetchError::NotReady(_))), "{gone:?}");
    }
}

pub(super) fn fetched<T>(result: Result<T, FetchError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("fetch: {error} {error:?}"),
    }
}

/// A provider that has to be left alone for a while says so to whoever asks, and for how long where it gives that, so that
/// the same is asked again later. It has `recording`, which `list` shows, and throttles every request with `retry_after`.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn provider_that_throttles(
    port: &(impl AudioSource + AudioSlices + ProviderCopies + ProviderList),
    recording: &RecordingRef,
    list: &RecordingList,
    retry_after: Option<Duration>,
) {
    let kind = ErrorKind::Throttled { retry_after };
    assert_eq!(kind.advice(), Advice::Retry);
    for (what, fetched) in
        [("open", port.open(recording).await.map(drop)), ("slice", port.slice(recording, 0, 1).await.map(drop))]
    {
        let throttled = matches!(&fetched, Err(FetchError::Throttled(error)) if error.kind == kind);
        assert!(throttled, "{what}: {fetched:?}");
    }
    fails_with("delete", kind, port.delete(recording).await);
    fails_with("list", kind, port.page(&ListCursor::start(list.clone())).await);
}

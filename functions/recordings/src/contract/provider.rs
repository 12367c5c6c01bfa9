use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::outcome::done;
use crate::ports::{AudioSource, FetchError, ProviderCopies};
use crate::recording::RecordingRef;

/// A recording's audio is given from its first byte to its last, each time anew. The provider has `expected` for
/// `recording`, and nothing for `stranger`.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audio_source(
    port: &impl AudioSource,
    recording: &RecordingRef,
    expected: &Bytes,
    stranger: &RecordingRef,
) {
    for _ in 0..2 {
        let opened = fetched(port.open(recording).await);
        assert!(opened.announced_bytes.is_none_or(|bytes| bytes == expected.len() as u64), "the announced size");
        let mut body = opened.body;
        let mut whole = BytesMut::new();
        while let Some(chunk) = body.next().await {
            whole.extend_from_slice(&fetched(chunk));
        }
        assert_eq!(whole.freeze(), expected, "the bytes");
    }
    let missing = port.open(stranger).await.map(|opened| opened.announced_bytes);
    assert!(matches!(missing, Err(FetchError::Gone(_) | FetchError::NotReady(_))), "{missing:?}");
    let url = port.provider_url(recording);
    assert!(url.starts_with("http") && !url.contains('@'), "a URL without credentials: {url}");
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

fn fetched<T>(result: Result<T, FetchError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("fetch: {error} {error:?}"),
    }
}

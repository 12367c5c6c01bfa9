use bytes::Bytes;

use super::provider::{all_of, fetched};
use crate::ports::{FetchError, LegacyAudio, StoppedAt};
use crate::recording::{LegacyUrl, RecordingRef};

/// Audio is given from its first byte or from any other, where the recording's organisation lists its host. `url` leads
/// to `expected`, `missing` to nothing on the same host; the organisation of `stranger` does not list it.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn legacy_audio(
    port: &impl LegacyAudio,
    recording: &RecordingRef,
    url: &LegacyUrl,
    expected: &Bytes,
    missing: &LegacyUrl,
    stranger: &RecordingRef,
) {
    let whole = expected.len() as u64;
    let opened = fetched(port.open(recording, url).await);
    assert!(opened.announced_bytes.is_none_or(|bytes| bytes == whole), "the announced size");
    let stopped = |offset| StoppedAt { offset, announced_bytes: Some(whole), version: opened.version.clone() };
    for offset in [0, 1, whole / 2, whole - 1, whole] {
        let rest = fetched(port.open_from(recording, url, &stopped(offset)).await);
        let rest = rest.unwrap_or_else(|| panic!("the host does not go on from {offset}"));
        assert_eq!(rest.announced_bytes, Some(whole), "the announced size of the whole");
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        assert_eq!(all_of(rest.body).await, expected.slice(from..), "the bytes from {offset}");
    }
    let other = StoppedAt { announced_bytes: Some(whole + 1), ..stopped(1) };
    assert!(fetched(port.open_from(recording, url, &other).await).is_none(), "it is not what it was");
    assert_eq!(all_of(opened.body).await, expected, "the bytes");

    let gone = port.open(recording, missing).await.map(|opened| opened.announced_bytes);
    assert!(matches!(gone, Err(FetchError::Gone(_))), "{gone:?}");
    for refused in [
        port.open(stranger, url).await.map(|opened| opened.announced_bytes),
        port.open_from(stranger, url, &stopped(1)).await.map(|_| None),
    ] {
        assert!(matches!(refused, Err(FetchError::Refused(_))), "{refused:?}");
    }
}

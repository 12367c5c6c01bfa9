use super::Names;
use super::outcome::done;
use crate::ledger_entry::RetentionTag;
use crate::ports::{FetchError, TranscriptRead, TranscriptSource, TranscriptStore};
use crate::recording::{CallRef, Speaker, Transcript, Turn};

/// The transcript of a call is the one that was written last, and nobody else's.
///
/// # Panics
/// When a port does not keep the contract.
pub async fn transcripts(store: &impl TranscriptStore, read: &impl TranscriptRead, names: &Names) {
    let (call, other) = (names.call(), names.call());
    assert_eq!(done("get", read.get(&call).await), None, "a transcript that nobody wrote");
    let turn = |text: &str| Turn { speaker: Speaker::Agent, text: text.to_owned(), offset_ms: None };
    let short = Transcript::of_turns(vec![turn("Good morning.")]);
    let whole = Transcript::with_text(vec![turn("Good morning."), turn("\u{1F600} \"|\u{0}")], "as it was".to_owned());
    for transcript in [&short, &whole, &whole] {
        done("put", store.put(&call, transcript, RetentionTag::AT_FIRST).await);
        assert!(done("get", read.get(&call).await).as_ref() == Some(transcript), "the newest word");
    }
    assert_eq!(done("get", read.get(&other).await), None, "the transcript of another call");
    for call in [&call, &other] {
        done("tag", store.tag(call, RetentionTag::Hold).await);
    }
    assert!(done("get", read.get(&call).await).is_some(), "a tag changes nothing else");
    assert_eq!(done("get", read.get(&other).await), None, "a tag writes nothing");
}

/// A call's transcript is given as often as it is asked for. The provider has `expected` for `call`, and nothing for
/// `stranger`.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn transcript_source(
    port: &impl TranscriptSource,
    call: &CallRef,
    expected: &Transcript,
    stranger: &CallRef,
) {
    for _ in 0..2 {
        let found = port.transcript(call).await;
        assert!(matches!(&found, Ok(Some(transcript)) if transcript == expected), "{found:?}");
    }
    let missing = port.transcript(stranger).await;
    assert!(matches!(missing, Ok(None) | Err(FetchError::Gone(_) | FetchError::NotReady(_))), "{missing:?}");
}

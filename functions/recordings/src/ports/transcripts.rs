use std::future::Future;

use super::{FetchError, PortError};
use crate::ledger_entry::RetentionTag;
use crate::recording::{CallRef, Transcript};

/// Fetches the transcript of a call from its provider.
pub trait TranscriptSource: Sync {
    /// The transcript as the provider has it now, or `None` where it has none of the call: it writes none down, nothing was
    /// said, or it knows no such call. The URL is built from ids, never taken from a webhook.
    ///
    /// # Errors
    /// [`NotReady`](FetchError::NotReady) while the provider is still writing it, and those of
    /// [`AudioSource::open`](super::AudioSource::open).
    fn transcript(&self, call: &CallRef) -> impl Future<Output = Result<Option<Transcript>, FetchError>> + Send;
}

/// Keeps the transcripts of calls. IAM: `s3:PutObject` and `s3:PutObjectTagging` on `transcripts/*`.
pub trait TranscriptStore: Sync {
    /// Writes a call's transcript, in place of what was known before, and says for how long it is kept.
    fn put(
        &self,
        call: &CallRef,
        transcript: &Transcript,
        tag: RetentionTag,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Says for how long a call's transcript is kept from now on. Where none is kept there is nothing to say.
    fn tag(&self, call: &CallRef, tag: RetentionTag) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads the transcripts of calls. IAM: `s3:GetObject` on `transcripts/*`.
pub trait TranscriptRead: Sync {
    /// The transcript of a call, or `None` where none is kept.
    fn get(&self, call: &CallRef) -> impl Future<Output = Result<Option<Transcript>, PortError>> + Send;
}

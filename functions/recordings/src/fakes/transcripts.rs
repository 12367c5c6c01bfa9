use std::collections::BTreeMap;

use jiff::Timestamp;

use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::journal::Effect;
use crate::ledger_entry::RetentionTag;
use crate::object_key::ObjectKey;
use crate::ports::{ErrorKind, FetchError, PortError, TranscriptRead, TranscriptSource, TranscriptStore};
use crate::recording::{CallRef, Transcript};

/// Every provider's transcripts, each with the time from which it is given; and what the tags of ours say.
#[derive(Default)]
pub(super) struct Transcripts(BTreeMap<CallRef, (Transcript, Timestamp)>, BTreeMap<CallRef, RetentionTag>);

impl TranscriptSource for World {
    async fn transcript(&self, call: &CallRef) -> Result<Option<Transcript>, FetchError> {
        let of = call.clone();
        self.call(reads("TranscriptSource", "transcript"), call, move |state| match state.transcripts.0.get(&of) {
            None => Ok(None),
            Some((transcript, ready_at)) if *ready_at <= state.now => Ok(Some(transcript.clone())),
            Some(_) => {
                let why = "not ready yet";
                Err(FetchError::NotReady(PortError::new(ErrorKind::NotFound, "fetch a transcript", why)))
            }
        })
        .await
    }
}

impl TranscriptStore for World {
    async fn put(&self, call: &CallRef, transcript: &Transcript, tag: RetentionTag) -> Result<(), PortError> {
        let (call, transcript) = (call.clone(), transcript.clone());
        self.call(writes("TranscriptStore", "put"), call.clone(), move |state| {
            state.write(ObjectKey::Transcript(&call).to_string(), &transcript)?;
            state.transcripts.1.insert(call.clone(), tag);
            state.note(Effect::TranscriptKept(call));
            Ok(())
        })
        .await
    }

    async fn tag(&self, call: &CallRef, tag: RetentionTag) -> Result<(), PortError> {
        let call = call.clone();
        self.call(writes("TranscriptStore", "tag"), call.clone(), move |state| {
            if let Some(known) = state.transcripts.1.get_mut(&call) {
                *known = tag;
            }
            Ok(())
        })
        .await
    }
}

impl TranscriptRead for World {
    async fn get(&self, call: &CallRef) -> Result<Option<Transcript>, PortError> {
        let key = ObjectKey::Transcript(call).to_string();
        self.call(reads("TranscriptRead", "get"), call, move |state| {
            state.documents.get(&key).map(Document::read).transpose()
        })
        .await
    }
}

impl World {
    /// What the tag of a call's transcript says, where one was ever kept.
    pub fn transcript_tag_of(&self, call: &CallRef) -> Option<RetentionTag> {
        self.state().transcripts.1.get(call).copied()
    }

    /// Puts a transcript at its call's provider, which gives it from a time on, in place of what is there.
    pub fn put_provider_transcript(&self, call: &CallRef, transcript: Transcript, ready_at: Timestamp) {
        self.state().transcripts.0.insert(call.clone(), (transcript, ready_at));
    }

    /// Removes a transcript from its provider.
    pub fn remove_provider_transcript(&self, call: &CallRef) {
        self.state().transcripts.0.remove(call);
    }
}

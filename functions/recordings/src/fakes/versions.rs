//! What a versioned bucket keeps of what was overwritten or removed, and how somebody gets rid of it.

use super::World;
use super::audio_store::FakeObject;
use super::call::{reads, writes};
use super::journal::Effect;
use super::lists::page;
use super::world::State;
use crate::object_key::{AudioKey, ObjectKey, TraceKind, TracePlace};
use crate::ports::{ErasureReceipt, ErasureReceipts, PortError, Put, Trace, TraceRemove, TraceVersion, Traces};

/// A version that is not the newest any more, or one that was removed.
pub(super) enum Older {
    Text(String),
    Audio(FakeObject),
}

impl Older {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Audio(object) => &object.bytes,
        }
    }
}

impl Traces for World {
    async fn find(&self, place: &TracePlace) -> Result<Vec<Trace>, PortError> {
        let place = place.clone();
        self.call(reads("Traces", "find"), place.prefix().to_owned(), move |state| Ok(state.traces(&place))).await
    }
}

impl TraceRemove for World {
    async fn remove(&self, trace: &Trace) -> Result<(), PortError> {
        let trace = trace.clone();
        self.call(writes("TraceRemove", "remove"), trace.key.clone(), move |state| {
            state.remove_trace(&trace);
            Ok(())
        })
        .await
    }
}

impl ErasureReceipts for World {
    async fn append(&self, receipt: &ErasureReceipt) -> Result<Put, PortError> {
        let receipt = receipt.clone();
        let key = ObjectKey::Receipt(&receipt.call, receipt.asked_at, receipt.number).to_string();
        self.call(writes("ErasureReceipts", "append"), key.clone(), move |state| {
            if state.documents.contains_key(&key) {
                return Ok(Put::Occupied);
            }
            state.write(key, &receipt)?;
            state.note(Effect::ErasureReceiptWritten(receipt));
            Ok(Put::Created)
        })
        .await
    }
}

impl State {
    /// The number of a writing that no other one has.
    pub(super) fn next_writing(&mut self) -> u64 {
        self.writings += 1;
        self.writings
    }

    /// Keeps what is not the newest version any more.
    pub(super) fn keep_older(&mut self, key: String, writing: u64, older: Older) {
        self.older.insert((key, writing), older);
    }

    fn traces(&self, place: &TracePlace) -> Vec<Trace> {
        let trace = |key: &str, version: TraceVersion, bytes: usize| Trace {
            kind: place.kind,
            key: key.to_owned(),
            version,
            bytes: bytes as u64,
        };
        let object = |writing: u64| TraceVersion::Object(writing.to_string());
        let everything = usize::MAX;
        let documents = page(&self.documents, place.prefix(), None, everything).0.into_iter();
        let audio = page(&self.audio, place.prefix(), None, everything).0.into_iter();
        let documents = documents.map(|(key, document)| trace(key, object(document.writing), document.len()));
        let audio = audio.map(|(key, stored)| trace(key, object(stored.writing), stored.object.bytes.len()));
        let orphans = self.orphans.iter().map(|(key, aside)| {
            trace(&ObjectKey::Orphan(key).to_string(), TraceVersion::Object("aside".to_owned()), aside.bytes.len())
        });
        let newest = documents.chain(audio).chain(orphans).filter(|_| !place.keeps_newest());
        let older = self.older.iter().map(|((key, writing), older)| trace(key, object(*writing), older.bytes().len()));
        let uploads = self.uploads.under_way().into_iter().filter(|_| place.kind == TraceKind::Audio);
        let uploads = uploads.map(|upload| trace(upload.key.as_str(), TraceVersion::Upload(upload.id.clone()), 0));
        newest.chain(older).chain(uploads).filter(|found| place.has(&found.key)).collect()
    }

    fn remove_trace(&mut self, trace: &Trace) {
        let audio_key = self.audio.keys().find(|key| key.as_str() == trace.key).cloned();
        match &trace.version {
            TraceVersion::Mark(_) => {}
            TraceVersion::Upload(id) => self.abort_upload(id),
            TraceVersion::Object(version) => {
                let writing = version.parse().unwrap_or_default();
                if self.documents.get(&trace.key).is_some_and(|document| document.writing == writing) {
                    self.documents.remove(&trace.key);
                }
                if let Some(key) = audio_key.filter(|key| self.audio[key].writing == writing) {
                    self.audio.remove(&key);
                }
                self.orphans.retain(|key, _| ObjectKey::Orphan(key).to_string() != trace.key);
                self.older.remove(&(trace.key.clone(), writing));
            }
        }
        self.note(Effect::TraceRemoved(trace.clone()));
    }
}

impl World {
    /// Every object whose bytes hold this text or whose key does, in any version, by its key; and each upload under way.
    pub fn everything_that_holds(&self, text: &str) -> Vec<String> {
        let state = self.state();
        let holds = |key: &str, bytes: &[u8]| {
            key.contains(text) || bytes.windows(text.len()).any(|window| window == text.as_bytes())
        };
        let documents = state.documents.iter().map(|(key, document)| (key.clone(), document.bytes()));
        let audio = state.audio.iter().map(|(key, stored)| (key.to_string(), &stored.object.bytes[..]));
        let orphans = state.orphans.iter().map(|(key, aside)| (ObjectKey::Orphan(key).to_string(), &aside.bytes[..]));
        let older = state.older.iter().map(|((key, _), older)| (format!("{key} (older)"), older.bytes()));
        let all = documents.chain(audio).chain(orphans).chain(older);
        let mut found: Vec<_> = all.filter(|(key, bytes)| holds(key, bytes)).map(|(key, _)| key).collect();
        let uploads = state.uploads.under_way().into_iter().filter(|upload| upload.key.as_str().contains(text));
        found.extend(uploads.map(|upload| format!("{} (under way)", upload.key)));
        found
    }

    /// Audio and what was derived from it, in any version, of which the keys hold this text.
    pub fn audio_left(&self, text: &str) -> Vec<String> {
        const FOLDERS: [&str; 4] = ["recordings/", "orphans/", "transcripts/", "waveforms/"];
        let mut left = self.everything_that_holds(text);
        left.retain(|key| FOLDERS.iter().any(|folder| key.starts_with(folder)) && key.contains(text));
        left
    }

    /// Removes what is not the newest from outside, as its lifecycle rule does.
    pub fn expire_older_versions(&self) {
        self.state().older.clear();
    }

    /// Puts audio that was moved aside there from outside.
    pub fn put_orphan(&self, key: &AudioKey, object: FakeObject) {
        self.state().orphans.insert(key.clone(), object);
    }
}

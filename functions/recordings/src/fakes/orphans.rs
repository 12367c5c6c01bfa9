use std::collections::BTreeMap;

use super::World;
use super::audio_store::FakeObject;
use super::call::writes;
use super::journal::Effect;
use super::world::State;
use crate::object_key::{AudioKey, ObjectKey};
use crate::ports::{Aside, ListedAudio, Orphans, PortError, Put, Receipt, Receipts, Removed, Version};

impl Orphans for World {
    async fn copy_aside(&self, audio: &ListedAudio) -> Result<Aside, PortError> {
        let audio = audio.clone();
        let copy = writes("Orphans", "copy_aside");
        self.call(copy, audio.key.clone(), move |state| Ok(state.copy_aside(&audio.key, &audio.version))).await
    }

    async fn remove(&self, key: &AudioKey, version: &Version) -> Result<Removed, PortError> {
        let (key, version) = (key.clone(), version.clone());
        self.call(writes("Orphans", "remove"), key.clone(), move |state| Ok(state.remove_audio(key, &version))).await
    }
}

impl Receipts for World {
    async fn append(&self, receipt: &Receipt) -> Result<Put, PortError> {
        let receipt = receipt.clone();
        let key = ObjectKey::Receipt(&receipt.call, receipt.filed_at, receipt.number).to_string();
        self.call(writes("Receipts", "append"), key.clone(), move |state| {
            if state.documents.contains_key(&key) {
                return Ok(Put::Occupied);
            }
            state.write(key, &receipt)?;
            state.note(Effect::ReceiptWritten(receipt));
            Ok(Put::Created)
        })
        .await
    }
}

impl State {
    /// `x-amz-copy-source-if-match` on the one side, `If-None-Match: *` on the other.
    fn copy_aside(&mut self, key: &AudioKey, version: &Version) -> Aside {
        let original = self.audio.get(key).map(|stored| &stored.object);
        let Some(original) = original.filter(|object| object.version() == *version).cloned() else {
            return Aside::Changed;
        };
        match self.orphans.get(key) {
            Some(aside) if aside.bytes == original.bytes => Aside::Kept,
            Some(_) => Aside::Occupied,
            None => {
                self.note(Effect::AudioCopiedAside { key: key.clone(), object: original.look() });
                self.orphans.insert(key.clone(), original);
                Aside::Kept
            }
        }
    }

    /// `If-Match`.
    fn remove_audio(&mut self, key: AudioKey, version: &Version) -> Removed {
        match self.audio.get(&key).map(|stored| stored.object.clone()) {
            None => Removed::Gone,
            Some(object) if object.version() != *version => Removed::Changed,
            Some(object) => {
                self.take_audio(&key);
                self.note(Effect::AudioRemoved { key, object: object.look() });
                Removed::Gone
            }
        }
    }
}

impl World {
    /// Audio that was moved aside, by the key that it had.
    pub fn orphans(&self) -> BTreeMap<AudioKey, FakeObject> {
        self.state().orphans.clone()
    }

    /// Removes audio that was moved aside from outside, as its lifecycle rule does.
    pub fn expire_orphan(&self, key: &AudioKey) -> Option<FakeObject> {
        self.state().orphans.remove(key)
    }
}

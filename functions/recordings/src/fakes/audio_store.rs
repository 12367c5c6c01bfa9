use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;

use super::World;
use super::call::{reads, writes};
use super::journal::Effect;
use super::versions::Older;
use super::world::State;
use crate::audio::{Container, crc64nvme};
use crate::ledger_entry::{RetentionTag, StoredObject};
use crate::object_key::AudioKey;
use crate::ports::{
    AudioLook, AudioObject, AudioRead, AudioStore, AudioTag, ErrorKind, Part, PortError, Put, Upload, Version,
};
use crate::recording::RecordingRef;

/// An audio object in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeObject {
    /// Its bytes.
    pub bytes: Bytes,
    /// The recording that its metadata names.
    pub recording: Option<RecordingRef>,
    /// What it says its bytes are.
    pub container: Container,
}

impl FakeObject {
    /// S3's ETag: the same bytes have the same version again, as they have there.
    pub fn version(&self) -> Version {
        Version(format!("\"{}\"", crc64nvme(&self.bytes)))
    }

    /// What a look at it gives.
    pub fn look(&self) -> StoredObject {
        StoredObject {
            bytes: self.bytes.len() as u64,
            crc64nvme: Some(crc64nvme(&self.bytes)),
            recording: self.recording.clone(),
        }
    }
}

/// An audio object, and when it was written.
pub(super) struct Stored {
    pub(super) object: FakeObject,
    pub(super) written_at: Timestamp,
    pub(super) writing: u64,
    pub(super) tag: RetentionTag,
}

pub(super) fn refused(operation: &'static str, why: &'static str) -> PortError {
    PortError::new(ErrorKind::Invalid, operation, why)
}

impl AudioLook for World {
    async fn look(&self, key: &AudioKey) -> Result<Option<StoredObject>, PortError> {
        let key = key.clone();
        self.call(reads("AudioLook", "look"), key.clone(), move |state| {
            Ok(state.audio.get(&key).map(|stored| stored.object.look()))
        })
        .await
    }
}

impl AudioTag for World {
    async fn tag(&self, key: &AudioKey, tag: RetentionTag) -> Result<(), PortError> {
        let key = key.clone();
        self.call(writes("AudioTag", "tag"), key.clone(), move |state| {
            if let Some(stored) = state.audio.get_mut(&key) {
                stored.tag = tag;
                state.note(Effect::AudioTagged { key, tag });
            }
            Ok(())
        })
        .await
    }
}

impl AudioRead for World {
    type Stored = stream::Iter<std::vec::IntoIter<Result<Bytes, PortError>>>;

    async fn read(&self, key: &AudioKey) -> Result<Option<Self::Stored>, PortError> {
        let key = key.clone();
        let read = reads("AudioRead", "read");
        self.call(read, key.clone(), move |state| {
            let chunk_bytes = state.settings.chunk_bytes.max(1);
            let chunks =
                |bytes: &Bytes| bytes.chunks(chunk_bytes).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
            Ok(state.audio.get(&key).map(|stored| stream::iter::<Vec<_>>(chunks(&stored.object.bytes))))
        })
        .await
    }
}

impl AudioStore for World {
    async fn put(&self, object: &AudioObject, body: Bytes, crc64nvme: &str) -> Result<Put, PortError> {
        let (object, announced) = (object.clone(), crc64nvme.to_owned());
        self.call(writes("AudioStore", "put"), object.key.clone(), move |state| {
            check("put audio", &body, &announced)?;
            Ok(state.create_audio(&object, body))
        })
        .await
    }

    async fn begin(&self, object: &AudioObject) -> Result<Upload, PortError> {
        let object = object.clone();
        self.call(writes("AudioStore", "begin"), object.key.clone(), move |state| Ok(state.begin_upload(object))).await
    }

    async fn part(&self, upload: &Upload, number: u32, body: Bytes, crc64nvme: &str) -> Result<Part, PortError> {
        let (id, announced) = (upload.id.clone(), crc64nvme.to_owned());
        self.call(writes("AudioStore", "part"), format!("{} {number}", upload.object.key), move |state| {
            check("put a part", &body, &announced)?;
            state.uploads.part(&id, number, body)
        })
        .await
    }

    async fn complete(&self, upload: &Upload, parts: &[Part], bytes: u64, crc64nvme: &str) -> Result<Put, PortError> {
        let (upload, parts, announced) = (upload.clone(), parts.to_vec(), crc64nvme.to_owned());
        self.call(writes("AudioStore", "complete"), upload.object.key.clone(), move |state| {
            state.complete_upload(&upload, &parts, bytes, &announced)
        })
        .await
    }

    async fn abort(&self, upload: &Upload) -> Result<(), PortError> {
        let id = upload.id.clone();
        self.call(writes("AudioStore", "abort"), upload.object.key.clone(), move |state| {
            state.abort_upload(&id);
            Ok(())
        })
        .await
    }
}

/// S3 refuses bytes that are not those that were announced; they may arrive whole the next time.
pub(super) fn check(operation: &'static str, bytes: &[u8], announced: &str) -> Result<(), PortError> {
    if crc64nvme(bytes) == announced {
        return Ok(());
    }
    Err(PortError::new(ErrorKind::Unavailable, operation, "the checksum is another one"))
}

impl State {
    /// `If-None-Match: *`.
    pub(super) fn create_audio(&mut self, object: &AudioObject, bytes: Bytes) -> Put {
        if self.audio.contains_key(&object.key) {
            return Put::Occupied;
        }
        let created = FakeObject { bytes, recording: Some(object.recording.clone()), container: object.container };
        self.note(Effect::ObjectCreated { key: object.key.clone(), object: created.look() });
        self.write_audio(&object.key, created);
        Put::Created
    }

    fn write_audio(&mut self, key: &AudioKey, object: FakeObject) {
        let (written_at, writing) = (self.now, self.next_writing());
        let written = Stored { object, written_at, writing, tag: RetentionTag::AT_FIRST };
        if let Some(older) = self.audio.insert(key.clone(), written) {
            self.keep_older(key.to_string(), older.writing, Older::Audio(older.object));
        }
    }

    /// Removes audio, if it is there. A versioned bucket keeps what it was.
    pub(super) fn take_audio(&mut self, key: &AudioKey) -> Option<FakeObject> {
        let Stored { object, writing, .. } = self.audio.remove(key)?;
        self.keep_older(key.to_string(), writing, Older::Audio(object.clone()));
        Some(object)
    }
}

impl World {
    /// Every audio object now.
    pub fn objects(&self) -> BTreeMap<AudioKey, FakeObject> {
        self.state().audio.iter().map(|(key, stored)| (key.clone(), stored.object.clone())).collect()
    }

    /// Puts audio there from outside, over whatever is there: a stranger's object, or damage.
    pub fn put_object(&self, key: &AudioKey, object: FakeObject) {
        self.state().write_audio(key, object);
    }

    /// For how long audio is kept, by its tag.
    pub fn tag_of(&self, key: &AudioKey) -> Option<RetentionTag> {
        self.state().audio.get(key).map(|stored| stored.tag)
    }

    /// Removes audio from outside, as a lifecycle rule does.
    pub fn remove_object(&self, key: &AudioKey) -> Option<FakeObject> {
        self.state().take_audio(key)
    }
}

//! The bucket's audio with something wrong about how it is written.

use std::marker::PhantomData;

use bytes::Bytes;
use recordings::fakes::World;
use recordings::ledger_entry::StoredObject;
use recordings::object_key::AudioKey;
use recordings::ports::{AudioLook, AudioObject, AudioRead, AudioStore, Part, PortError, Put, Upload};

/// What is wrong.
pub(crate) trait Bug: Send + Sync + 'static {
    /// Writes audio at once.
    fn put(
        world: &World,
        object: &AudioObject,
        body: Bytes,
        crc: &str,
    ) -> impl Future<Output = Result<Put, PortError>> + Send;
}

/// The audio, with a bug.
pub(crate) struct WrongAudio<B> {
    world: World,
    bug: PhantomData<B>,
}

impl<B> WrongAudio<B> {
    pub(crate) fn of(world: &World) -> Self {
        Self { world: world.clone(), bug: PhantomData }
    }
}

impl<B: Bug> AudioStore for WrongAudio<B> {
    async fn put(&self, object: &AudioObject, body: Bytes, crc64nvme: &str) -> Result<Put, PortError> {
        B::put(&self.world, object, body, crc64nvme).await
    }
    async fn begin(&self, object: &AudioObject) -> Result<Upload, PortError> {
        self.world.begin(object).await
    }
    async fn part(&self, upload: &Upload, number: u32, body: Bytes, crc64nvme: &str) -> Result<Part, PortError> {
        self.world.part(upload, number, body, crc64nvme).await
    }
    async fn complete(&self, upload: &Upload, parts: &[Part], bytes: u64, crc64nvme: &str) -> Result<Put, PortError> {
        self.world.complete(upload, parts, bytes, crc64nvme).await
    }
    async fn abort(&self, upload: &Upload) -> Result<(), PortError> {
        self.world.abort(upload).await
    }
}

impl<B: Bug> AudioLook for WrongAudio<B> {
    async fn look(&self, key: &AudioKey) -> Result<Option<StoredObject>, PortError> {
        self.world.look(key).await
    }
}

impl<B: Bug> AudioRead for WrongAudio<B> {
    type Stored = <World as AudioRead>::Stored;

    async fn read(&self, key: &AudioKey) -> Result<Option<Self::Stored>, PortError> {
        AudioRead::read(&self.world, key).await
    }
}

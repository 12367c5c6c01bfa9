use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use crate::audio::Waveform;
use crate::object_key::ObjectKey;
use crate::ports::{PortError, WaveformRead, WaveformStore};
use crate::recording::RecordingRef;

impl WaveformStore for World {
    async fn put(&self, recording: &RecordingRef, waveform: &Waveform) -> Result<(), PortError> {
        let (recording, waveform) = (recording.clone(), waveform.clone());
        self.call(writes("WaveformStore", "put"), recording.clone(), move |state| {
            state.write(ObjectKey::Waveform(&recording).to_string(), &waveform).map(drop)
        })
        .await
    }
}

impl WaveformRead for World {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Waveform>, PortError> {
        let key = ObjectKey::Waveform(recording).to_string();
        self.call(reads("WaveformRead", "get"), recording, move |state| {
            state.documents.get(&key).map(Document::read).transpose()
        })
        .await
    }
}

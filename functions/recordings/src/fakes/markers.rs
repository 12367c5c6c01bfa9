use jiff::Timestamp;

use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::journal::Effect;
use super::lists::page;
use super::world::State;
use crate::messages::TransferRequest;
use crate::object_key::{OPEN_PREFIX, ObjectKey, recording_of_open_key};
use crate::ports::{OpenMarker, OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite, OpenPage, PortError, Version};
use crate::recording::RecordingRef;

impl OpenMarkerWrite for World {
    async fn put(&self, event: &TransferRequest) -> Result<(), PortError> {
        let event = event.clone();
        self.call(writes("OpenMarkerWrite", "put"), event.recording.clone(), move |state| {
            state.write(ObjectKey::Open(&event.recording).to_string(), &event)?;
            state.note(Effect::MarkerPut(event.recording));
            Ok(())
        })
        .await
    }

    async fn renew(&self, event: &TransferRequest, read: Option<&Version>) -> Result<(), PortError> {
        let (event, read) = (event.clone(), read.cloned());
        self.call(writes("OpenMarkerWrite", "renew"), event.recording.clone(), move |state| {
            let key = ObjectKey::Open(&event.recording).to_string();
            if state.documents.get(&key).map(Document::version) == read {
                state.write(key, &event)?;
                state.note(Effect::MarkerPut(event.recording));
            }
            Ok(())
        })
        .await
    }
}

impl OpenMarkerRemove for World {
    async fn remove(&self, recording: &RecordingRef) -> Result<(), PortError> {
        let recording = recording.clone();
        self.call(writes("OpenMarkerRemove", "remove"), recording.clone(), move |state| {
            state.remove_document(&ObjectKey::Open(&recording).to_string());
            state.note(Effect::MarkerRemoved(recording));
            Ok(())
        })
        .await
    }
}

impl OpenMarkerList for World {
    async fn page(&self, after: Option<&str>) -> Result<OpenPage, PortError> {
        let after = after.map(str::to_owned);
        let key = after.clone().unwrap_or_default();
        self.call(reads("OpenMarkerList", "page"), key, move |state| Ok(state.open_page(after.as_deref()))).await
    }

    async fn read(&self, recording: &RecordingRef) -> Result<Option<OpenMarker>, PortError> {
        let key = ObjectKey::Open(recording).to_string();
        self.call(reads("OpenMarkerList", "read"), recording, move |state| {
            let marker = |document: &Document| Ok(OpenMarker { event: document.read()?, version: document.version() });
            state.documents.get(&key).map(marker).transpose()
        })
        .await
    }
}

impl State {
    fn open_page(&self, after: Option<&str>) -> OpenPage {
        let (markers, next) = page(&self.documents, OPEN_PREFIX, after, self.settings.page_size);
        let mut page = OpenPage { markers: Vec::new(), foreign: Vec::new(), next };
        for (key, document) in markers {
            match recording_of_open_key(key) {
                Ok(recording) => page.markers.push((recording, document.written_at)),
                Err(_) => page.foreign.push(key.to_owned()),
            }
        }
        page
    }
}

impl World {
    /// Every recording that has an `open/` marker, with the time when it was last written.
    pub fn open_markers(&self) -> Vec<(RecordingRef, Timestamp)> {
        let state = self.state();
        let open = state.documents.iter().filter(|(key, _)| key.starts_with(OPEN_PREFIX));
        open.filter_map(|(key, document)| Some((recording_of_open_key(key).ok()?, document.written_at))).collect()
    }
}

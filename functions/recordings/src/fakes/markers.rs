use jiff::Timestamp;

use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::journal::Effect;
use super::lists::page;
use super::world::State;
use crate::messages::TransferRequest;
use crate::object_key::{OPEN_PREFIX, ObjectKey, open_folder, organisation_of_open_folder, recording_of_open_key};
use crate::ports::{
    OpenFolders, OpenMarker, OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite, OpenPage, PortError, Version,
};
use crate::recording::{Organisation, RecordingRef};

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
    async fn organisations(&self) -> Result<OpenFolders, PortError> {
        self.call(reads("OpenMarkerList", "organisations"), "", |state| Ok(state.open_folders())).await
    }

    async fn page(&self, after: Option<&str>) -> Result<OpenPage, PortError> {
        let after = after.map(str::to_owned);
        let key = after.clone().unwrap_or_default();
        let most = usize::MAX;
        let page = move |state: &mut State| Ok(state.open_page(OPEN_PREFIX, after.as_deref(), most));
        self.call(reads("OpenMarkerList", "page"), key, page).await
    }

    async fn page_of(
        &self,
        organisation: &Organisation,
        after: Option<&str>,
        most: u16,
    ) -> Result<OpenPage, PortError> {
        let (folder, after) = (open_folder(organisation), after.map(str::to_owned));
        let key = after.clone().unwrap_or_else(|| folder.clone());
        let page = move |state: &mut State| Ok(state.open_page(&folder, after.as_deref(), most.into()));
        self.call(reads("OpenMarkerList", "page_of"), key, page).await
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
    /// Skips from folder to folder, however much lies in each.
    fn open_folders(&self) -> OpenFolders {
        let mut found = OpenFolders::default();
        let mut from = OPEN_PREFIX.to_owned();
        while let Some(key) = self.documents.range(from..).next().map(|(key, _)| key) {
            let Some(below) = key.strip_prefix(OPEN_PREFIX) else { break };
            let folder = below.find('/').map_or(key.as_str(), |end| &key[..OPEN_PREFIX.len() + end + 1]);
            match organisation_of_open_folder(folder) {
                Ok(organisation) => found.organisations.push(organisation),
                Err(_) => found.foreign.push(folder.to_owned()),
            }
            from = format!("{folder}{}", char::MAX);
        }
        found
    }

    fn open_page(&self, folder: &str, after: Option<&str>, most: usize) -> OpenPage {
        let (markers, next) = page(&self.documents, folder, after, self.settings.page_size.min(most));
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

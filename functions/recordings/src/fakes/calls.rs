use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::journal::Effect;
use super::lists::page;
use super::world::State;
use crate::messages::CompletedCall;
use crate::object_key::{CALLS_PREFIX, ObjectKey, call_of_note_key, markers_of};
use crate::ports::{CallNoteList, CallNotePage, CallNoteRemove, CallNotes, CallRecordings, PortError};
use crate::recording::CallRef;

impl CallNotes for World {
    async fn put(&self, call: &CompletedCall) -> Result<(), PortError> {
        let call = call.clone();
        self.call(writes("CallNotes", "put"), call.call.clone(), move |state| {
            state.write(ObjectKey::Call(&call.call).to_string(), &call)?;
            state.note(Effect::CallNoted(call.call));
            Ok(())
        })
        .await
    }
}

impl CallNoteList for World {
    async fn page(&self, after: Option<&str>) -> Result<CallNotePage, PortError> {
        let after = after.map(str::to_owned);
        let key = after.clone().unwrap_or_default();
        self.call(reads("CallNoteList", "page"), key, move |state| Ok(state.calls_page(after.as_deref()))).await
    }

    async fn read(&self, call: &CallRef) -> Result<Option<CompletedCall>, PortError> {
        let key = ObjectKey::Call(call).to_string();
        self.call(reads("CallNoteList", "read"), call, move |state| {
            state.documents.get(&key).map(Document::read).transpose()
        })
        .await
    }
}

impl CallNoteRemove for World {
    async fn remove(&self, call: &CallRef) -> Result<(), PortError> {
        let call = call.clone();
        self.call(writes("CallNoteRemove", "remove"), call.clone(), move |state| {
            state.remove_document(&ObjectKey::Call(&call).to_string());
            state.note(Effect::CallForgotten(call));
            Ok(())
        })
        .await
    }
}

impl CallRecordings for World {
    async fn has_marker(&self, call: &CallRef) -> Result<bool, PortError> {
        let folder = markers_of(call);
        self.call(reads("CallRecordings", "has_marker"), call, move |state| Ok(state.holds_any(&folder))).await
    }
}

impl State {
    fn calls_page(&self, after: Option<&str>) -> CallNotePage {
        let (notes, next) = page(&self.documents, CALLS_PREFIX, after, self.settings.page_size);
        let mut page = CallNotePage { calls: Vec::new(), foreign: Vec::new(), next };
        for (key, document) in notes {
            match call_of_note_key(key) {
                Ok(call) => page.calls.push((call, document.written_at)),
                Err(_) => page.foreign.push(key.to_owned()),
            }
        }
        page
    }

    fn holds_any(&self, folder: &str) -> bool {
        !page(&self.documents, folder, None, 1).0.is_empty()
    }
}

//! Those who listen, and the sockets through which they do.

use std::collections::BTreeMap;

use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use crate::live::{ConnectionId, Listeners, News};
use crate::object_key::ObjectKey;
use crate::ports::{ErrorKind, ListenersRead, ListenersWrite, LiveChannel, PortError, Sent, Version};
use crate::recording::Organisation;

/// What was sent through each socket that was ever open; none for one that is closed.
pub(super) type Sockets = BTreeMap<ConnectionId, Option<Vec<String>>>;

impl ListenersRead for World {
    async fn get(&self, organisation: &Organisation) -> Result<Option<(Listeners, Version)>, PortError> {
        let key = ObjectKey::Listeners(organisation).to_string();
        let read = reads("ListenersRead", "get");
        self.call(read, organisation, move |state| {
            state.documents.get(&key).map(|document| Ok((document.read()?, document.version()))).transpose()
        })
        .await
    }
}

impl ListenersWrite for World {
    async fn swap(
        &self,
        organisation: &Organisation,
        listeners: &Listeners,
        read: Option<&Version>,
    ) -> Result<(), PortError> {
        let key = ObjectKey::Listeners(organisation).to_string();
        let (listeners, read) = (listeners.clone(), read.cloned());
        self.call(writes("ListenersWrite", "swap"), organisation, move |state| {
            if state.documents.get(&key).map(Document::version) != read {
                return Err(PortError::new(ErrorKind::Conflict, "write listeners", "another version is there"));
            }
            state.write(key, &listeners).map(drop)
        })
        .await
    }
}

impl LiveChannel for World {
    async fn send(&self, to: &ConnectionId, news: &News) -> Result<Sent, PortError> {
        let (socket, text) = (to.clone(), serde_json::to_string(news));
        self.call(writes("LiveChannel", "send"), to, move |state| {
            let unwritable = |error| PortError::new(ErrorKind::Invalid, "send news", "").because(error);
            let text = text.map_err(unwritable)?;
            Ok(match state.sockets.get_mut(&socket) {
                Some(Some(heard)) => {
                    heard.push(text);
                    Sent::Delivered
                }
                _ => Sent::Gone,
            })
        })
        .await
    }
}

impl World {
    /// Opens a socket, as a browser does.
    pub fn open_socket(&self, id: &ConnectionId) {
        self.state().sockets.insert(id.clone(), Some(Vec::new()));
    }

    /// Closes it, and nobody is told.
    pub fn close_socket(&self, id: &ConnectionId) {
        self.state().sockets.insert(id.clone(), None);
    }

    /// What came through a socket that is open.
    pub fn heard_at(&self, id: &ConnectionId) -> Vec<String> {
        self.state().sockets.get(id).cloned().flatten().unwrap_or_default()
    }
}

//! The bucket's small objects. They are kept as text, so that what is read back went through its JSON.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::World;

use super::versions::Older;
use super::world::State;
use crate::audio::crc64nvme;
use crate::ports::{ErrorKind, PortError, Version};

/// A small object.
pub(super) struct Document {
    text: String,
    pub(super) written_at: Timestamp,
    pub(super) writing: u64,
}

impl Document {
    pub(super) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// S3's ETag: the same text has the same version again, as it has there.
    pub(super) fn version(&self) -> Version {
        Version(format!("\"{}\"", crc64nvme(self.text.as_bytes())))
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, PortError> {
        serde_json::from_str(&self.text)
            .map_err(|error| PortError::new(ErrorKind::Invalid, "read a document", "").because(error))
    }
}

impl State {
    /// Writes a small object, whatever is there.
    pub(super) fn write<T: Serialize>(&mut self, key: String, content: &T) -> Result<Version, PortError> {
        let text = serde_json::to_string(content)
            .map_err(|error| PortError::new(ErrorKind::Invalid, "write a document", "").because(error))?;
        Ok(self.write_text(key, text))
    }

    /// Writes a small object of any text, whatever is there.
    pub(super) fn write_text(&mut self, key: String, text: String) -> Version {
        let document = Document { text, written_at: self.now, writing: self.next_writing() };
        let version = document.version();
        if let Some(older) = self.documents.insert(key.clone(), document) {
            self.keep_older(key, older.writing, Older::Text(older.text));
        }
        version
    }

    /// Removes a small object, if it is there. A versioned bucket keeps what it was.
    pub(super) fn remove_document(&mut self, key: &str) {
        if let Some(older) = self.documents.remove(key) {
            self.keep_older(key.to_owned(), older.writing, Older::Text(older.text));
        }
    }
}

impl World {
    /// The keys of all small objects, in order: ledger entries, markers, days, notes, receipts and records of access.
    pub fn document_keys(&self) -> Vec<String> {
        self.state().documents.keys().cloned().collect()
    }

    /// The text of a small object.
    pub fn document(&self, key: &str) -> Option<String> {
        self.state().documents.get(key).map(|document| document.text.clone())
    }

    /// Removes a small object from outside.
    pub fn remove_document(&self, key: &str) {
        self.state().remove_document(key);
    }

    /// Puts a small object of any text there from outside, over whatever is there.
    pub fn put_document(&self, key: &str, text: &str) {
        self.state().write_text(key.to_owned(), text.to_owned());
    }
}

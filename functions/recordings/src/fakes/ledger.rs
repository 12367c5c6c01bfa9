use jiff::Timestamp;
use jiff::civil::Date;

use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::journal::Effect;
use super::lists::page;
use super::world::State;
use crate::ledger_entry::LedgerEntry;
use crate::object_key::{
    AccessPlace, ObjectKey, access_of_audit_key, audit_folder, entries_of, recording_of_ledger_key,
};
use crate::ports::{
    Access, AuditLog, AuditPage, AuditRead, AuditRecord, CallEntries, CursorRead, Cursors, DayIndex, ErrorKind,
    LedgerRead, LedgerWrite, PortError, Version, Versioned,
};
use crate::recording::{CallRef, Organisation, RecordingRef};

impl LedgerRead for World {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
        let key = ObjectKey::Ledger(recording).to_string();
        self.call(reads("LedgerRead", "get"), recording, move |state| state.entry(&key)).await
    }
}

impl CallEntries for World {
    async fn list(&self, call: &CallRef) -> Result<Vec<RecordingRef>, PortError> {
        let folder = entries_of(call);
        self.call(reads("CallEntries", "list"), call, move |state| {
            let (entries, _) = page(&state.documents, &folder, None, state.settings.page_size);
            Ok(entries.into_iter().filter_map(|(key, _)| recording_of_ledger_key(key).ok()).collect())
        })
        .await
    }
}

impl LedgerWrite for World {
    async fn create(&self, entry: &LedgerEntry) -> Result<Version, PortError> {
        let entry = entry.clone();
        self.call(writes("LedgerWrite", "create"), entry.recording.clone(), move |state| {
            state.compare_and_swap(entry, None)
        })
        .await
    }

    async fn replace(&self, entry: &LedgerEntry, read: &Version) -> Result<Version, PortError> {
        let (entry, read) = (entry.clone(), read.clone());
        self.call(writes("LedgerWrite", "replace"), entry.recording.clone(), move |state| {
            state.compare_and_swap(entry, Some(read))
        })
        .await
    }
}

impl State {
    pub(super) fn entry(&self, key: &str) -> Result<Option<Versioned>, PortError> {
        let versioned = |document: &Document| Ok(Versioned { entry: document.read()?, version: document.version() });
        self.documents.get(key).map(versioned).transpose()
    }

    fn compare_and_swap(&mut self, entry: LedgerEntry, read: Option<Version>) -> Result<Version, PortError> {
        let key = ObjectKey::Ledger(&entry.recording).to_string();
        if self.documents.get(&key).map(Document::version) != read {
            return Err(PortError::new(ErrorKind::Conflict, "write the ledger", "another version is there"));
        }
        let version = self.write(key, &entry)?;
        self.note(Effect::LedgerWritten { entry: Box::new(entry), replaced: read });
        Ok(version)
    }
}

impl DayIndex for World {
    async fn add(&self, recording: &RecordingRef, started_at: Timestamp) -> Result<(), PortError> {
        let recording = recording.clone();
        let key = ObjectKey::Day(&recording, started_at).to_string();
        self.call(writes("DayIndex", "add"), key.clone(), move |state| {
            state.write_text(key, String::new());
            state.note(Effect::DayAdded(recording));
            Ok(())
        })
        .await
    }
}

impl CursorRead for World {
    async fn last(&self, job: &'static str) -> Result<Option<String>, PortError> {
        self.call(reads("CursorRead", "last"), job, move |state| state.cursor(job)).await
    }
}

impl Cursors for World {
    async fn read(&self, job: &'static str) -> Result<Option<String>, PortError> {
        self.call(reads("Cursors", "read"), job, move |state| state.cursor(job)).await
    }

    async fn write(&self, job: &'static str, at: Option<&str>) -> Result<(), PortError> {
        let at = at.map(str::to_owned);
        self.call(writes("Cursors", "write"), job, move |state| {
            state.write(ObjectKey::Cursor(job).to_string(), &at)?;
            state.note(Effect::CursorWritten { job, at });
            Ok(())
        })
        .await
    }
}

impl AuditLog for World {
    async fn append(&self, record: &AuditRecord) -> Result<(), PortError> {
        let record = record.clone();
        self.call(writes("AuditLog", "append"), record.recording.clone(), move |state| {
            let key = ObjectKey::Audit(&record.recording, record.at, record.number).to_string();
            if state.documents.contains_key(&key) {
                return Err(PortError::new(ErrorKind::Conflict, "append to the audit log", "the record is there"));
            }
            state.write(key, &record)?;
            state.note(Effect::AccessRecorded(record));
            Ok(())
        })
        .await
    }
}

impl AuditRead for World {
    async fn page(&self, organisation: &Organisation, day: Date, after: Option<&str>) -> Result<AuditPage, PortError> {
        let (folder, after) = (audit_folder(organisation, day), after.map(str::to_owned));
        let key = after.clone().unwrap_or_else(|| folder.clone());
        self.call(reads("AuditRead", "page"), key, move |state| Ok(state.audit_page(&folder, after.as_deref()))).await
    }

    async fn read(&self, place: &AccessPlace) -> Result<Option<Access>, PortError> {
        let key = ObjectKey::Audit(&place.recording, place.at, place.number).to_string();
        self.call(reads("AuditRead", "read"), key.clone(), move |state| {
            state.documents.get(&key).map(Document::read).transpose()
        })
        .await
    }
}

impl State {
    fn cursor(&self, job: &'static str) -> Result<Option<String>, PortError> {
        let cursor = self.documents.get(&ObjectKey::Cursor(job).to_string()).map(Document::read).transpose()?;
        Ok(cursor.flatten())
    }

    fn audit_page(&self, folder: &str, after: Option<&str>) -> AuditPage {
        let (records, next) = page(&self.documents, folder, after, self.settings.page_size);
        let mut page = AuditPage { next, ..AuditPage::default() };
        for (key, _) in records {
            match access_of_audit_key(key) {
                Ok(access) => page.accesses.push(access),
                Err(_) => page.foreign.push(key.to_owned()),
            }
        }
        page
    }
}

impl World {
    /// A recording's ledger entry now.
    ///
    /// # Panics
    /// When the entry's text is no entry.
    pub fn entry(&self, recording: &RecordingRef) -> Option<LedgerEntry> {
        match self.state().entry(&ObjectKey::Ledger(recording).to_string()) {
            Ok(versioned) => versioned.map(|versioned| versioned.entry),
            Err(error) => panic!("the entry of {recording} cannot be read: {error}"),
        }
    }

    /// Every ledger entry that can be read, in the order of their keys.
    pub fn entries(&self) -> Vec<LedgerEntry> {
        let state = self.state();
        state
            .documents
            .iter()
            .filter(|(key, _)| key.starts_with("ledger/"))
            .filter_map(|(_, d)| d.read().ok())
            .collect()
    }

    /// Puts an entry into the ledger from outside, whatever is there.
    ///
    /// # Panics
    /// When the entry cannot be written as JSON.
    pub fn put_entry(&self, entry: &LedgerEntry) {
        if let Err(error) = self.state().write(ObjectKey::Ledger(&entry.recording).to_string(), entry) {
            panic!("the entry cannot be written: {error}");
        }
    }
}

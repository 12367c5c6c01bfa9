use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::base::{BaseState, FieldKind};
use super::{AirtableBehaviour, AirtableCounters, Store};
use crate::world::{World, WorldError};

/// A job record to be made, in the first base when none is named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CreateJob {
    /// The base.
    pub base_id: Option<String>,
    /// Its job number.
    pub job_number: String,
    /// Its call id.
    pub call_id: Option<String>,
    /// What its history says already.
    pub history: Option<String>,
    /// Further cells, by field name.
    pub fields: Map<String, Value>,
}

/// A job record as a person sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its record id.
    pub record_id: String,
    /// When it was made, by the virtual clock.
    pub created: Timestamp,
    /// Its cells by field name; empty ones are left out.
    pub fields: Map<String, Value>,
}

/// What a job's history became by one edit, as Airtable's revision history shows it to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// When, by the virtual clock.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Author,
    /// The whole text from then on.
    pub history: String,
}

/// Who edits a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// Somebody in the base.
    Person,
    /// A client of the API.
    Api,
}

/// A person's edit: nothing limits or validates it but the types of the fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditJob {
    /// The record.
    pub record_id: String,
    /// The cells that change, by field name; `null` clears.
    pub fields: Map<String, Value>,
}

/// A field that gets another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameField {
    /// The base; the first one when absent.
    #[serde(default)]
    pub base_id: Option<String>,
    /// Its name so far.
    pub from: String,
    /// Its name from now on.
    pub to: String,
}

impl CreateJob {
    /// A job with that number and nothing else.
    pub fn numbered(job_number: &str) -> Self {
        Self { job_number: job_number.to_owned(), ..Self::default() }
    }
}

impl World {
    /// Makes a job record; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for an unknown base, [`WorldError::Refused`] for an unknown field or an unfit value.
    pub fn create_job(&self, job: CreateJob) -> Result<String, WorldError> {
        let now = self.now();
        let mut store = self.airtable().store();
        let base = store.base(job.base_id.as_deref())?;
        let mut fields = job.fields;
        let texts = [
            (&base.settings.job_number_field, Some(job.job_number)),
            (&base.settings.call_id_field, job.call_id),
            (&base.settings.history_field, job.history),
        ];
        fields.extend(texts.into_iter().filter_map(|(name, text)| Some((name.clone(), text?.into()))));
        let cells = base.cells(&fields, true).map_err(|error| WorldError::Refused(error.message().to_owned()))?;
        let id = base.insert(now);
        base.write(&id, cells, now, Author::Person);
        Ok(id)
    }

    /// A job record as it is now.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such record.
    pub fn job(&self, record_id: String) -> Result<Job, WorldError> {
        let mut store = self.airtable().store();
        let base = store.base_with(&record_id)?;
        base.record(&record_id).map(|record| base.job(record)).ok_or_else(|| WorldError::not_found("record", record_id))
    }

    /// All job records of all bases, oldest first.
    pub fn jobs(&self) -> Vec<Job> {
        let store = self.airtable().store();
        store.bases.iter().flat_map(|base| base.records().map(|record| base.job(record))).collect()
    }

    /// A job's history, empty when nothing was written yet.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such record.
    pub fn job_history(&self, record_id: String) -> Result<String, WorldError> {
        let mut store = self.airtable().store();
        let base = store.base_with(&record_id)?;
        let field = base.field(&base.settings.history_field).map(|field| field.id.clone()).unwrap_or_default();
        let record = base.record(&record_id).ok_or_else(|| WorldError::not_found("record", record_id))?;
        Ok(record.cells.get(&field).and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// What a job's history became, edit by edit, oldest first.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such record.
    pub fn job_revisions(&self, record_id: String) -> Result<Vec<Revision>, WorldError> {
        let mut store = self.airtable().store();
        let record = store.base_with(&record_id)?.record(&record_id).map(|record| record.revisions.clone());
        record.ok_or_else(|| WorldError::not_found("record", record_id))
    }

    /// Edits a job as a person does.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for an unknown record, [`WorldError::Refused`] for an unknown field or an unfit value.
    pub fn edit_job(&self, edit: EditJob) -> Result<(), WorldError> {
        let now = self.now();
        self.airtable().store().edit(edit, now)
    }

    /// Has a person edit a job between our next update's find and the update itself. Several such edits come before
    /// one update each.
    pub fn edit_before_next_patch(&self, edit: EditJob) {
        self.airtable().store().edits_before_patch.push_back(edit);
    }

    /// Deletes a job record.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such record.
    pub fn delete_job(&self, record_id: String) -> Result<(), WorldError> {
        self.airtable().store().base_with(&record_id)?.remove(&record_id);
        Ok(())
    }

    /// Renames a field; its cells stay.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such base or field.
    pub fn rename_field(&self, rename: RenameField) -> Result<(), WorldError> {
        let mut store = self.airtable().store();
        let base = store.base(rename.base_id.as_deref())?;
        if base.settings.history_field == rename.from {
            base.settings.history_field.clone_from(&rename.to);
        }
        let field = base.fields.iter_mut().find(|field| field.name == rename.from);
        field.ok_or_else(|| WorldError::not_found("field", rename.from))?.name = rename.to;
        Ok(())
    }

    /// Turns a field of the first base into a computed one, which nobody can write.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such field.
    pub fn make_field_computed(&self, name: String) -> Result<(), WorldError> {
        let mut store = self.airtable().store();
        let field = store.base(None)?.fields.iter_mut().find(|field| field.name == name);
        field.ok_or_else(|| WorldError::not_found("field", name))?.kind = FieldKind::Formula;
        Ok(())
    }

    /// Lets every offset that was handed out expire.
    pub fn expire_iterators(&self) {
        self.airtable().store().iterators.clear();
    }

    /// What can be chosen about Airtable.
    pub fn airtable_behaviour(&self) -> AirtableBehaviour {
        self.airtable().store().behaviour.clone()
    }

    /// Chooses it anew. A penalty that goes on is not lifted: advance the clock.
    pub fn set_airtable_behaviour(&self, behaviour: AirtableBehaviour) {
        self.airtable().store().behaviour = behaviour;
    }

    /// How often Airtable was asked since the start.
    pub fn airtable_counters(&self) -> AirtableCounters {
        self.airtable().store().counters
    }
}

impl BaseState {
    fn job(&self, record: &super::base::Record) -> Job {
        Job { record_id: record.id.clone(), created: record.created, fields: self.shown_cells(record, None, false) }
    }
}

impl Store {
    pub(super) fn edit(&mut self, edit: EditJob, at: Timestamp) -> Result<(), WorldError> {
        let base = self.base_with(&edit.record_id)?;
        let cells = base.cells(&edit.fields, true).map_err(|error| WorldError::Refused(error.message().to_owned()))?;
        base.write(&edit.record_id, cells, at, Author::Person);
        Ok(())
    }

    fn base(&mut self, id: Option<&str>) -> Result<&mut BaseState, WorldError> {
        let found = self.bases.iter_mut().find(|base| id.is_none_or(|id| id == base.settings.base_id));
        found.ok_or_else(|| WorldError::not_found("base", id.unwrap_or_default()))
    }

    fn base_with(&mut self, record_id: &str) -> Result<&mut BaseState, WorldError> {
        let found = self.bases.iter_mut().find(|base| base.record(record_id).is_some());
        found.ok_or_else(|| WorldError::not_found("record", record_id))
    }
}

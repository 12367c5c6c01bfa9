use serde::Deserialize;
use serde_json::{Map, Value};

use super::JobFields;
use crate::ports::{HistoryUpdate, JobKey, JobRecord};
use crate::recording::JobRecordId;

/// A record as Airtable writes it. Empty fields are left out.
/// Source: <https://airtable.com/developers/web/api/list-records>
#[derive(Deserialize)]
pub(super) struct Record {
    id: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

impl Record {
    /// The job that was asked for by its three fields.
    ///
    /// # Errors
    /// Why the record cannot be trusted to say what its history is.
    pub(super) fn job(self, fields: &JobFields) -> Result<JobRecord, &'static str> {
        // A history under another name (its id, say) would look empty here, and be overwritten.
        let known = |name: &String| {
            *name == fields.number
                || *name == fields.history
                || fields.call_ids.as_ref().is_some_and(|calls| name == calls)
        };
        if !self.fields.contains_key(&fields.history) && !self.fields.keys().all(known) {
            return Err("the answer names its fields otherwise than the settings do");
        }
        let value = |name: &str| self.fields.get(name).map(text_of).unwrap_or_default();
        Ok(JobRecord {
            number: value(&fields.number).parse().ok(),
            call_ids: fields.call_ids.as_deref().map(value).unwrap_or_default(),
            history: self.text(&fields.history)?,
            id: self.id()?,
        })
    }

    /// What the history is after an update.
    pub(super) fn history(self, fields: &JobFields) -> Result<HistoryUpdate, &'static str> {
        Ok(HistoryUpdate { history: self.text(&fields.history)?, id: self.id()? })
    }

    fn id(&self) -> Result<JobRecordId, &'static str> {
        self.id.parse().map_err(|_| "the answer holds a record without a record's id")
    }

    fn text(&self, name: &str) -> Result<String, &'static str> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err("the history is not a text field"),
        }
    }
}

/// Whether a record is really what a key looks for.
pub(super) fn answers(job: &JobRecord, key: &JobKey) -> bool {
    match key {
        JobKey::Number(number) => job.number.as_ref() == Some(number),
        JobKey::Call(call) => {
            let no_id = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
            job.call_ids.split(no_id).any(|id| id == call.as_str())
        }
    }
}

/// A field as a text, be it a number, or a list as lookups and multiple selects are.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Object(_) => String::new(),
    }
}

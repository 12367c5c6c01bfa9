use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::answers::ApiError;
use super::jobs::{Author, Revision};
use crate::ids::airtable_id;
use crate::settings::Base;

/// What long text and single line text can hold (protocols.md 2.2). What the API answers to more is not known: 422 here.
const LONGEST_TEXT: usize = 100_000;

/// A base with its one table.
#[derive(Debug)]
pub(super) struct BaseState {
    pub(super) settings: Base,
    pub(super) fields: Vec<Field>,
    /// In the order of creation.
    order: Vec<String>,
    records: HashMap<String, Record>,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: FieldKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    SingleLineText,
    MultilineText,
    /// Computed by Airtable: nobody writes it.
    Formula,
}

/// A row; the cells by field id, so that renaming a field keeps them.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) created: Timestamp,
    pub(super) cells: BTreeMap<String, Value>,
    /// What its history became, oldest first.
    pub(super) revisions: Vec<Revision>,
}

/// The cells of one record that are to change, by field id; `null` and empty values clear.
pub(super) type Cells = Vec<(String, Value)>;

impl FieldKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SingleLineText => "singleLineText",
            Self::MultilineText => "multilineText",
            Self::Formula => "formula",
        }
    }
}

impl BaseState {
    pub(super) fn new(settings: Base) -> Self {
        let texts = [&settings.job_number_field, &settings.call_id_field].into_iter().chain(&settings.other_fields);
        let mut fields: Vec<Field> = texts.map(|name| Field::new(name, FieldKind::SingleLineText)).collect();
        fields.push(Field::new(&settings.history_field, FieldKind::MultilineText));
        Self { settings, fields, order: Vec::new(), records: HashMap::new() }
    }

    pub(super) fn is_table(&self, id_or_name: &str) -> bool {
        [&self.settings.table_id, &self.settings.table_name].into_iter().any(|known| known == id_or_name)
    }

    pub(super) fn field(&self, id_or_name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == id_or_name || field.id == id_or_name)
    }

    pub(super) fn record(&self, id: &str) -> Option<&Record> {
        self.records.get(id)
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.order.iter().filter_map(|id| self.records.get(id))
    }

    pub(super) fn insert(&mut self, created: Timestamp) -> String {
        let id = airtable_id("rec");
        self.records.insert(id.clone(), Record::new(&id, created));
        self.order.push(id.clone());
        id
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.order.retain(|known| known != id);
        self.records.remove(id).is_some()
    }

    pub(super) fn write(&mut self, id: &str, cells: Cells, at: Timestamp, by: Author) {
        let history_field = self.field(&self.settings.history_field).map(|field| field.id.clone());
        let Some(record) = self.records.get_mut(id) else { return };
        for (field, value) in cells {
            if Some(&field) == history_field.as_ref() {
                let history = value.as_str().unwrap_or_default().to_owned();
                record.revisions.push(Revision { at, by, history });
            }
            match value {
                Value::Null => record.cells.remove(&field),
                Value::String(text) if text.is_empty() => record.cells.remove(&field),
                value => record.cells.insert(field, value),
            };
        }
    }

    /// The cells that a request's `fields` name; nothing is written yet.
    pub(super) fn cells(&self, fields: &Map<String, Value>, typecast: bool) -> Result<Cells, ApiError> {
        fields.iter().map(|(name, value)| self.cell(name, value, typecast)).collect()
    }

    fn cell(&self, name: &str, value: &Value, typecast: bool) -> Result<(String, Value), ApiError> {
        let unknown = || ApiError::unprocessable("UNKNOWN_FIELD_NAME", format!("Unknown field name: \"{name}\""));
        let field = self.field(name).ok_or_else(unknown)?;
        let invalid =
            |why: &str| ApiError::unprocessable("INVALID_VALUE_FOR_COLUMN", format!("Field \"{name}\" {why}"));
        let value = match value {
            _ if field.kind == FieldKind::Formula => {
                return Err(invalid("cannot accept a value because the field is computed"));
            }
            Value::Null => Value::Null,
            Value::String(text) if text.chars().count() > LONGEST_TEXT => {
                return Err(invalid("cannot accept more than 100,000 characters"));
            }
            Value::String(text) => Value::String(text.clone()),
            Value::Number(_) | Value::Bool(_) if typecast => Value::String(value.to_string()),
            _ => return Err(invalid("cannot accept the provided value")),
        };
        Ok((field.id.clone(), value))
    }
}

impl Record {
    fn new(id: &str, created: Timestamp) -> Self {
        Self { id: id.to_owned(), created, cells: BTreeMap::new(), revisions: Vec::new() }
    }
}

impl Field {
    fn new(name: &str, kind: FieldKind) -> Self {
        Self { id: airtable_id("fld"), name: name.to_owned(), kind }
    }
}

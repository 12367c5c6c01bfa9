//! Where an organisation's jobs are, and what opens them.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use crate::recording::{AirtableBaseId, AirtableTableId};

/// Access to an Airtable base. What an organisation does not say of its own, holds as the environment says it of the
/// installation.
#[derive(Deserialize)]
pub struct AirtableSecrets {
    /// A personal access token with `data.records:read` and `data.records:write`.
    pub token: SecretString,
    /// The base of its own.
    #[serde(default)]
    pub base_id: Option<AirtableBaseId>,
    /// The table of its own.
    #[serde(default)]
    pub table_id: Option<AirtableTableId>,
    /// What the field with a job's number is called there.
    #[serde(default, deserialize_with = "field_name")]
    pub job_number_field: Option<String>,
    /// What the field with the ids of a job's calls is called there.
    #[serde(default, deserialize_with = "field_name")]
    pub call_id_field: Option<String>,
    /// What the field with a job's history is called there.
    #[serde(default, deserialize_with = "field_name")]
    pub history_field: Option<String>,
}

/// Any name but none at all, and none that could end a line.
fn field_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name: Option<String> = Option::deserialize(deserializer)?;
    let is_name = |name: &String| !name.trim().is_empty() && !name.contains(char::is_control);
    match name.as_ref().is_none_or(is_name) {
        true => Ok(name),
        false => Err(de::Error::custom("not the name of a field")),
    }
}

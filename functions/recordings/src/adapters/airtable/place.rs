use secrecy::SecretString;

use super::{AirtableSettings, JobFields};
use crate::recording::AirtableBaseId;
use crate::secrets::AirtableSecrets;

/// Where one organisation's jobs are, and what opens them.
pub(super) struct Place {
    pub(super) token: SecretString,
    pub(super) base_id: AirtableBaseId,
    pub(super) table: String,
    pub(super) fields: JobFields,
}

impl AirtableSettings {
    /// What an organisation says of its own place, and the installation's for the rest.
    pub(super) fn place(&self, own: &AirtableSecrets) -> Place {
        let JobFields { number, call_ids, history } = &self.fields;
        Place {
            token: own.token.clone(),
            base_id: own.base_id.as_ref().unwrap_or(&self.base_id).clone(),
            table: own.table_id.as_ref().map_or(self.table.as_str(), |table| table.as_str()).to_owned(),
            fields: JobFields {
                number: own.job_number_field.as_ref().unwrap_or(number).clone(),
                call_ids: own.call_id_field.as_ref().or(call_ids.as_ref()).cloned(),
                history: own.history_field.as_ref().unwrap_or(history).clone(),
            },
        }
    }
}

//! Whether each organisation's table of jobs is there, with every field. Whether it may be written is not known before
//! something is: the scopes of a token are not documented to be told.

use recordings::ports::{JobField, JobTable, TableState};
use recordings::recording::Organisation;

use super::{Check, Finding, failed};
use crate::Ports;

const NAME: &str = "job_table";

/// The check before it looked at anything.
pub(super) fn nothing(organisation: &Organisation) -> Check {
    let organisation = Some(organisation.clone());
    Check { name: NAME, organisation, provider: None, looked_at: 0, failed: None, findings: Vec::new() }
}

pub(super) async fn check(ports: &impl Ports, organisation: &Organisation) -> Check {
    let check = nothing(organisation);
    match ports.job_table().table(organisation).await {
        Ok(table) => Check { looked_at: 1, findings: findings(&table), ..check },
        Err(error) => Check { failed: Some(failed(NAME, &error)), ..check },
    }
}

fn findings(table: &TableState) -> Vec<Finding> {
    let finding = |what, subject: &str, advice| Finding { what, subject: subject.to_owned(), advice, mended: false };
    match table {
        TableState::AsSet => Vec::new(),
        TableState::TokenRefused => vec![finding(
            "airtable_token_refused",
            "airtable.token",
            "Put a personal access token that is valid into the secret: no history is read or written meanwhile.",
        )],
        TableState::OutOfReach => vec![finding(
            "job_table_out_of_reach",
            "AIRTABLE_BASE_ID, AIRTABLE_TABLE_ID",
            "Compare the ids of base and table with Airtable's own, and add the base to what the token may access; it needs \
             data.records:read and data.records:write.",
        )],
        TableState::Lacks(fields) => {
            let missing = |field: &JobField| {
                let advice = "Set it to what the field is called now, or give the field its name back: nothing is read or written \
                              meanwhile.";
                finding("job_field_missing", variable(*field), advice)
            };
            fields.iter().map(missing).collect()
        }
    }
}

/// What says how a field is called; an organisation's part of the secret may say it in place of the variable.
fn variable(field: JobField) -> &'static str {
    match field {
        JobField::Number => "AIRTABLE_JOB_NUMBER_FIELD",
        JobField::CallIds => "AIRTABLE_CALL_ID_FIELD",
        JobField::History => "AIRTABLE_HISTORY_FIELD",
    }
}

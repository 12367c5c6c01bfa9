use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::place::Place;
use super::problem::{Problem, Standing};
use super::{Airtable, FIND, JobFields};
use crate::ports::{JobField, JobTable, PortError, SecretSource, TableState};
use crate::recording::Organisation;

/// One record at the most, of which nothing is kept.
#[derive(Deserialize)]
struct Seen {
    #[serde(rename = "records")]
    _records: Vec<IgnoredAny>,
}

/// Asks for a record with the fields that are set: Airtable names none that is missing, so that each is asked for by itself
/// once all at once were refused. That is one request, or four.
impl<S: SecretSource + Send> JobTable for Airtable<S> {
    async fn table(&self, organisation: &Organisation) -> Result<TableState, PortError> {
        let place = self.place(FIND, organisation).await?;
        let fields = named(&place.fields);
        let all: Vec<&str> = fields.iter().map(|(_, name)| *name).collect();
        let Err(problem) = self.see(&place, &all).await? else { return Ok(TableState::AsSet) };
        match problem.standing() {
            Some(Standing::TokenRefused) => return Ok(TableState::TokenRefused),
            Some(Standing::OutOfReach) => return Ok(TableState::OutOfReach),
            Some(Standing::LacksField) => {}
            None => return Err(problem.port_error(FIND)),
        }
        let mut missing = Vec::new();
        for (field, name) in &fields {
            match self.see(&place, &[name]).await? {
                Ok(_) => {}
                Err(problem) if problem.standing() == Some(Standing::LacksField) => missing.push(*field),
                Err(problem) => return Err(problem.port_error(FIND)),
            }
        }
        // Somebody may have mended it in between.
        Ok(if missing.is_empty() { TableState::AsSet } else { TableState::Lacks(missing) })
    }
}

impl<S: SecretSource> Airtable<S> {
    async fn see(&self, place: &Place, fields: &[&str]) -> Result<Result<Seen, Problem>, PortError> {
        let query = json!({"fields": fields, "maxRecords": 1, "pageSize": 1});
        let request = self.http.request(Method::POST, self.url(place, &["listRecords"])).json(&query);
        self.call(FIND, place, request).await
    }
}

fn named(fields: &JobFields) -> Vec<(JobField, &str)> {
    let JobFields { number, call_ids, history } = fields;
    let named = [
        Some((JobField::Number, number.as_str())),
        call_ids.as_deref().map(|name| (JobField::CallIds, name)),
        Some((JobField::History, history.as_str())),
    ];
    named.into_iter().flatten().collect()
}

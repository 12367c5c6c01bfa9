//! Jobs in an Airtable base. Nothing is paced or retried here: whoever calls spends the base's few requests.

mod formula;
mod place;
mod problem;
mod record;
mod table;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::http::{BaseUrl, HttpClient, whole_body};
use crate::ports::{ErrorKind, HistoryUpdate, JobFind, JobKey, JobRecord, Jobs, PortError, SecretSource};
use crate::recording::{AirtableBaseId, Organisation};

use place::Place;
use problem::Problem;
use record::Record;

const FIND: &str = "airtable POST listRecords";
const UPDATE: &str = "airtable PATCH records";

const TIMEOUT: Duration = Duration::from_secs(10);
/// More than a hundred full histories.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// Airtable's limits. Source: <https://airtable.com/developers/web/api/update-multiple-records>,
/// <https://airtable.com/developers/web/api/list-records>
const MOST_UPDATES: usize = 10;
const PAGE_SIZE: usize = 100;

/// Where the jobs are and what their fields are called, of every organisation whose secret does not say otherwise.
#[derive(Debug, Clone)]
pub struct AirtableSettings {
    /// Where Airtable's API answers: `https://api.airtable.com`.
    pub base_url: BaseUrl,
    /// The base, `app…`.
    pub base_id: AirtableBaseId,
    /// The table, by id (better: it survives a renaming) or by name.
    pub table: String,
    /// Its fields.
    pub fields: JobFields,
}

/// The names, not the ids, of a job's fields: Airtable answers by name.
#[derive(Debug, Clone)]
pub struct JobFields {
    /// Holds the job's number.
    pub number: String,
    /// Holds the ids of the job's calls; without it no job is found by a call.
    pub call_ids: Option<String>,
    /// Holds the history, a long text.
    pub history: String,
}

/// Each organisation's base, with its own token.
pub struct Airtable<S> {
    http: HttpClient,
    secrets: Arc<S>,
    settings: AirtableSettings,
}

impl<S: SecretSource> Airtable<S> {
    /// Nothing is asked yet.
    pub fn new(http: HttpClient, secrets: Arc<S>, settings: AirtableSettings) -> Self {
        Self { http, secrets, settings }
    }
}

impl<S: SecretSource + Send> JobFind for Airtable<S> {
    /// Finds at most a hundred records, or two for each key if that is more.
    async fn find(&self, organisation: &Organisation, keys: &[JobKey]) -> Result<Vec<JobRecord>, PortError> {
        let place = self.place(FIND, organisation).await?;
        let Some(formula) = formula::any_of(&place.fields, keys) else { return Ok(Vec::new()) };
        let most = PAGE_SIZE.max(2 * keys.len());
        let found = self.list(&place, &formula, most).await?;
        let records = found.into_iter().map(|record| record.job(&place.fields).map_err(|reason| invalid(FIND, reason)));
        let records: Vec<JobRecord> = records.collect::<Result<_, _>>()?;
        // A text search finds a longer id too, and a foreign record must never get a line.
        Ok(records.into_iter().filter(|job| keys.iter().any(|key| record::answers(job, key))).collect())
    }
}

impl<S: SecretSource + Send> Jobs for Airtable<S> {
    async fn update(
        &self,
        organisation: &Organisation,
        updates: &[HistoryUpdate],
    ) -> Result<Vec<HistoryUpdate>, PortError> {
        if updates.len() > MOST_UPDATES {
            return Err(invalid(UPDATE, "more than ten records"));
        }
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let place = self.place(UPDATE, organisation).await?;
        let fields = &place.fields;
        let change = |update: &HistoryUpdate| json!({"id": update.id, "fields": {(&*fields.history): update.history}});
        let body = json!({"records": updates.iter().map(change).collect::<Vec<Value>>()});
        let request = self.http.request(Method::PATCH, self.url(&place, &[])).json(&body);
        let updated: Page = self.call(UPDATE, &place, request).await?.map_err(|problem| problem.port_error(UPDATE))?;
        let histories = updated.records.into_iter().map(|record| record.history(fields));
        histories.collect::<Result<_, _>>().map_err(|reason| invalid(UPDATE, reason))
    }
}

#[derive(Deserialize)]
struct Page {
    records: Vec<Record>,
    #[serde(default)]
    offset: Option<String>,
}

impl<S: SecretSource> Airtable<S> {
    async fn place(&self, operation: &'static str, organisation: &Organisation) -> Result<Place, PortError> {
        let secrets = self.secrets.current().await?;
        secrets.airtable(organisation).map(|own| self.settings.place(own)).ok_or_else(|| {
            PortError::new(ErrorKind::Refused, operation, "the secret holds no Airtable token of the organisation")
        })
    }

    /// By POST, because a formula of ten keys can be too long for a URL.
    async fn list(&self, place: &Place, formula: &str, most: usize) -> Result<Vec<Record>, PortError> {
        let fields = &place.fields;
        let names = [Some(&fields.number), fields.call_ids.as_ref(), Some(&fields.history)];
        let names: Vec<&String> = names.into_iter().flatten().collect();
        let query = json!({
            "filterByFormula": formula, "fields": names, "maxRecords": most, "pageSize": PAGE_SIZE.min(most),
        });
        let mut found = Vec::new();
        let mut page_query = query.clone();
        let mut restarted = false;
        // A page may hold less than it could, but a listing that goes on and on is not worth the base's requests.
        for _ in 0..most.div_ceil(PAGE_SIZE) + 4 {
            let request = self.http.request(Method::POST, self.url(place, &["listRecords"])).json(&page_query);
            match self.call::<Page>(FIND, place, request).await? {
                Ok(page) => {
                    found.extend(page.records);
                    let Some(offset) = page.offset else { return Ok(found) };
                    page_query["offset"] = offset.into();
                }
                Err(problem) if problem.is_expired_listing() && !restarted => {
                    restarted = true;
                    found.clear();
                    page_query = query.clone();
                }
                Err(problem) => return Err(problem.port_error(FIND)),
            }
        }
        Err(invalid(FIND, "the listing does not end"))
    }

    /// One request, answered with what was asked for or with Airtable's refusal.
    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        place: &Place,
        request: RequestBuilder,
    ) -> Result<Result<T, Problem>, PortError> {
        let request = request.bearer_auth(place.token.expose_secret()).timeout(TIMEOUT);
        let response = self.http.send(operation, request).await?;
        if response.status() != reqwest::StatusCode::OK {
            return Ok(Err(Problem::read(operation, response).await));
        }
        let body = whole_body(operation, response, ANSWER_BYTES).await?;
        // serde_json's message may quote the body, so it is not kept.
        serde_json::from_slice(&body).map(Ok).map_err(|_| {
            PortError::new(
                ErrorKind::Unavailable,
                operation,
                "HTTP 200, but the answer is not JSON of the documented shape",
            )
        })
    }

    fn url(&self, place: &Place, below: &[&str]) -> Url {
        self.settings.base_url.join(&[&["v0", place.base_id.as_str(), &place.table], below].concat())
    }
}

fn invalid(operation: &'static str, detail: &str) -> PortError {
    PortError::new(ErrorKind::Invalid, operation, detail)
}

#[cfg(test)]
mod fixtures;

#[cfg(test)]
#[path = "airtable/find_tests.rs"]
mod find_tests;

#[cfg(test)]
#[path = "airtable/table_tests.rs"]
mod table_tests;

#[cfg(test)]
#[path = "airtable/update_tests.rs"]
mod update_tests;

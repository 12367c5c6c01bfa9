use std::future::Future;

use super::PortError;
use crate::recording::{CallId, JobNumber, JobRecordId, Organisation};

/// By what a job is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JobKey {
    /// Its number.
    Number(JobNumber),
    /// A call that it names.
    Call(CallId),
}

/// A job as Airtable holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// The record.
    pub id: JobRecordId,
    /// The job's number as the record gives it; `None` where the field is empty or holds something else.
    pub number: Option<JobNumber>,
    /// The calls that the record names.
    pub call_ids: String,
    /// The text of its history; empty where the field is.
    pub history: String,
}

/// A history as it should be from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryUpdate {
    /// The record.
    pub id: JobRecordId,
    /// The whole text.
    pub history: String,
}

/// Reads jobs in the organisation's Airtable base.
pub trait JobFind: Sync {
    /// Finds jobs, all in one request. A key that finds nothing is left out; a key may find several records.
    fn find(
        &self,
        organisation: &Organisation,
        keys: &[JobKey],
    ) -> impl Future<Output = Result<Vec<JobRecord>, PortError>> + Send;
}

/// Reads and writes jobs in the organisation's Airtable base.
pub trait Jobs: JobFind {
    /// Writes up to ten histories in one request and gives back each as Airtable now holds it.
    fn update(
        &self,
        organisation: &Organisation,
        updates: &[HistoryUpdate],
    ) -> impl Future<Output = Result<Vec<HistoryUpdate>, PortError>> + Send;
}

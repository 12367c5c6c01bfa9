use std::future::Future;

use super::PortError;
use crate::recording::Organisation;

/// Tells whether the table with an organisation's jobs is as the settings say. What a job says is not given.
pub trait JobTable: Sync {
    /// How the table is.
    ///
    /// # Errors
    /// [`Refused`](super::ErrorKind::Refused) also for an organisation without a token in the secret.
    fn table(&self, organisation: &Organisation) -> impl Future<Output = Result<TableState, PortError>> + Send;
}

/// How a table of jobs is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TableState {
    /// It can be read, and has every field.
    #[default]
    AsSet,
    /// Airtable does not know the token.
    TokenRefused,
    /// There is no such base or table, or the token may not read it: Airtable does not tell these apart.
    OutOfReach,
    /// It can be read, and lacks these fields.
    Lacks(Vec<JobField>),
}

/// A field that every table of jobs has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobField {
    /// Holds the job's number.
    Number,
    /// Holds the ids of the job's calls, where that is set.
    CallIds,
    /// Holds the history.
    History,
}

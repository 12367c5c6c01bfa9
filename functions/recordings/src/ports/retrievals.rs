use std::future::Future;

use super::{PortError, Version};
use crate::recording::{Organisation, RetrievalId};
use crate::retrieval::Retrieval;

/// Reads jobs that fetch what is missing. IAM: `s3:GetObject` on `jobs/*`.
pub trait RetrievalRead: Sync {
    /// A job of an organisation with its version, or `None`.
    fn get(
        &self,
        organisation: &Organisation,
        id: &RetrievalId,
    ) -> impl Future<Output = Result<Option<(Retrieval, Version)>, PortError>> + Send;
}

/// Begins such jobs and notes how far they came. IAM: `s3:GetObject` and `s3:PutObject` on `jobs/*`.
pub trait RetrievalWrite: Sync {
    /// Writes a job that is new.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when there is one of this id already.
    fn create(&self, retrieval: &Retrieval) -> impl Future<Output = Result<Version, PortError>> + Send;

    /// Replaces the writing of a job that was read.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when it is no longer the newest; nothing was changed then.
    fn replace(&self, retrieval: &Retrieval, read: &Version)
    -> impl Future<Output = Result<Version, PortError>> + Send;

    /// The job that an organisation began last, and the version of that word.
    fn last(
        &self,
        organisation: &Organisation,
    ) -> impl Future<Output = Result<Option<(RetrievalId, Version)>, PortError>> + Send;

    /// Makes a job the last one, where the word is still as it was read, or not there where that is `None`.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when somebody else was faster; nothing was changed then.
    fn set_last(
        &self,
        organisation: &Organisation,
        id: &RetrievalId,
        read: Option<&Version>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

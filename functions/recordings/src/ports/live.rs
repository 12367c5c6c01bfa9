use std::future::Future;

use super::{PortError, Version};
use crate::live::{ConnectionId, Listeners, News};
use crate::recording::Organisation;

/// Reads who listens for an organisation. IAM: `s3:GetObject` on `connections/*`.
pub trait ListenersRead: Sync {
    /// Who listens, and the version of that word, or `None` where nobody ever did.
    fn get(
        &self,
        organisation: &Organisation,
    ) -> impl Future<Output = Result<Option<(Listeners, Version)>, PortError>> + Send;
}

/// Notes who listens for an organisation. IAM: `s3:PutObject` on `connections/*`.
pub trait ListenersWrite: Sync {
    /// Writes it, where the word is still as it was read, or not there where that is `None`.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when somebody else was faster; nothing was changed then.
    fn swap(
        &self,
        organisation: &Organisation,
        listeners: &Listeners,
        read: Option<&Version>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What became of a piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It went to whoever listens.
    Delivered,
    /// Nobody listens there any more.
    Gone,
}

/// Sends news to those who listen. IAM: `execute-api:ManageConnections` on `POST/@connections/*` of the live API.
pub trait LiveChannel: Sync {
    /// Sends one piece of news to one connection, once.
    fn send(&self, to: &ConnectionId, news: &News) -> impl Future<Output = Result<Sent, PortError>> + Send;
}

//! How long whoever asks us is kept waiting for somebody outside.

use std::time::Duration;

use futures_util::future::{Either, select};
use recordings::ports::{Clock, ErrorKind, PortError};

use crate::Ports;

/// The outcome of a call, or `None` once the patience is over.
pub(crate) async fn within<T>(
    ports: &impl Ports,
    patience: Duration,
    call: impl Future<Output = T> + Send,
) -> Option<T> {
    match select(Box::pin(call), Box::pin(ports.clock().sleep(patience))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// The outcome of a call, or [`Unavailable`](ErrorKind::Unavailable) once the patience is over.
pub(crate) async fn in_time<T>(
    ports: &impl Ports,
    patience: Duration,
    operation: &'static str,
    call: impl Future<Output = Result<T, PortError>> + Send,
) -> Result<T, PortError> {
    within(ports, patience, call).await.unwrap_or_else(|| Err(late(operation)))
}

/// What a call that took too long failed of.
pub(crate) fn late(operation: &'static str) -> PortError {
    PortError::new(ErrorKind::Unavailable, operation, "no answer in time")
}

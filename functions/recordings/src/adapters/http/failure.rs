use std::error::Error;

use super::reach::Forbidden;
use crate::ports::{ErrorKind, PortError};

/// What a failed exchange means. The URL is taken out of the cause, because its query may hold a secret.
pub(in crate::adapters) fn failure(operation: &'static str, error: reqwest::Error) -> PortError {
    let error = error.without_url();
    let (kind, detail) = if is_forbidden(&error) {
        (ErrorKind::Invalid, "not sent")
    } else if error.is_builder() {
        (ErrorKind::Invalid, "the request cannot be built")
    } else if error.is_timeout() {
        (ErrorKind::Unavailable, "no answer in time")
    } else if error.is_connect() {
        (ErrorKind::Unavailable, "cannot connect")
    } else {
        (ErrorKind::Unavailable, "the connection broke off")
    };
    PortError::new(kind, operation, detail).because(error)
}

/// The resolver's refusal arrives wrapped in errors of connecting.
fn is_forbidden(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |cause| (*cause).source()).any(<dyn Error>::is::<Forbidden>)
}

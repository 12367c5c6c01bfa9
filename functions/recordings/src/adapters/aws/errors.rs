//! What AWS's errors mean to a caller. Nothing else in the adapters reads an error code.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::ports::{ErrorKind, PortError};

/// Gives an SDK error its meaning, and keeps its causes. The response itself is dropped: it may hold a secret.
pub(super) fn port_error<E>(operation: &'static str, error: SdkError<E>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let failure = PortError::new(kind(&error), operation, detail(&error));
    match error.into_source() {
        Ok(cause) => failure.because(cause),
        Err(error) => failure.because(error),
    }
}

/// Whether a conditional write was not done because its condition does not hold.
pub(super) fn condition_failed<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("PreconditionFailed") || status(error) == Some(412)
}

/// Whether what was asked for was there once and is no more.
pub(super) fn gone<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("GoneException") || status(error) == Some(410)
}

/// What a swap failed of. Where S3 has nothing to compare with, what was read is not the newest any more either.
pub(super) fn outrun(mut error: PortError) -> PortError {
    if error.kind == ErrorKind::NotFound {
        error.kind = ErrorKind::Conflict;
    }
    error
}

/// What an SDK error means.
pub(super) fn kind<E>(error: &SdkError<E>) -> ErrorKind
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(_) => meaning(error.code().unwrap_or_default(), status(error).unwrap_or_default()),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if lacks_credentials(error) => {
            ErrorKind::Refused
        }
        SdkError::ConstructionFailure(_) => ErrorKind::Invalid,
        // An answer that cannot be read was most likely cut off; whether the other side acted is not known.
        _ => ErrorKind::Unavailable,
    }
}

/// Codes come first: S3 may begin an answer with 200 and fail in its body, and the JSON services refuse with 400.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn meaning(code: &str, status: u16) -> ErrorKind {
    let code = code.rsplit('#').next().unwrap_or(code);
    match code {
        "SlowDown" | "RequestLimitExceeded" => ErrorKind::Throttled { retry_after: None },
        _ if code.contains("Throttl") => ErrorKind::Throttled { retry_after: None },
        // The bytes did not arrive whole; the same bytes may the next time.
        "RequestTimeout" | "IncompleteBody" | "BadDigest" | "XAmzContentChecksumMismatch" => ErrorKind::Unavailable,
        "PreconditionFailed" => ErrorKind::Conflict,
        "NoSuchBucket" | "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => ErrorKind::Refused,
        "ResourceNotFoundException" | "DecryptionFailure" | "InvalidSignatureException" => ErrorKind::Refused,
        "AccessDeniedException" | "ExpiredToken" | "ExpiredTokenException" | "InvalidToken" => ErrorKind::Refused,
        "UnrecognizedClientException" => ErrorKind::Refused,
        _ if code.starts_with("KMS.") || code.starts_with("Kms") => ErrorKind::Refused,
        _ => meaning_of_status(status),
    }
}

fn meaning_of_status(status: u16) -> ErrorKind {
    match status {
        401 | 403 => ErrorKind::Refused,
        404 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::Throttled { retry_after: None },
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Unavailable,
    }
}

fn detail<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    match (error.code(), status(error)) {
        (Some(code), Some(status)) => format!("{code} ({status})"),
        (None, Some(status)) => format!("status {status}"),
        (_, None) => match error {
            SdkError::TimeoutError(_) => "timed out".to_owned(),
            SdkError::DispatchFailure(_) => "not sent, or no answer".to_owned(),
            _ => "could not be put together".to_owned(),
        },
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (*error).source()).any(|error| error.is::<CredentialsError>())
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;

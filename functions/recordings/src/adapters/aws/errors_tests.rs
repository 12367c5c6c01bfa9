use std::error::Error;

use aws_smithy_http_client::test_util::NeverClient;

use super::super::clients::Clients;
use super::super::ledger::S3Ledger;
use super::super::retry_queue::SqsRetryQueue;
use super::super::wire::{Wire, json_error, recording, report, s3_error, settings, transfer};
use super::*;
use crate::ledger_entry::LedgerEntry;
use crate::ports::{Advice, LedgerRead, LedgerWrite, RetryQueue};

const THROTTLED: ErrorKind = ErrorKind::Throttled { retry_after: None };

#[test]
fn every_code_has_a_meaning() {
    let cases = [
        ("SlowDown", 503, THROTTLED),
        ("ThrottlingException", 400, THROTTLED),
        ("KmsThrottled", 400, THROTTLED),
        ("RequestThrottled", 403, THROTTLED),
        ("", 429, THROTTLED),
        ("RequestTimeout", 400, ErrorKind::Unavailable),
        ("InternalError", 200, ErrorKind::Unavailable),
        ("SomethingNew", 200, ErrorKind::Unavailable),
        ("ServiceUnavailable", 503, ErrorKind::Unavailable),
        ("", 500, ErrorKind::Unavailable),
        ("BadDigest", 400, ErrorKind::Unavailable),
        ("PreconditionFailed", 412, ErrorKind::Conflict),
        ("PreconditionFailed", 200, ErrorKind::Conflict),
        ("ConditionalRequestConflict", 409, ErrorKind::Conflict),
        ("AccessDenied", 403, ErrorKind::Refused),
        ("ExpiredToken", 400, ErrorKind::Refused),
        ("AccessDeniedException", 400, ErrorKind::Refused),
        ("UnrecognizedClientException", 400, ErrorKind::Refused),
        ("InvalidAccessKeyId", 403, ErrorKind::Refused),
        ("SignatureDoesNotMatch", 403, ErrorKind::Refused),
        ("KMS.DisabledException", 400, ErrorKind::Refused),
        ("KmsAccessDenied", 400, ErrorKind::Refused),
        ("NoSuchBucket", 404, ErrorKind::Refused),
        ("com.amazonaws.sqs#QueueDoesNotExist", 400, ErrorKind::Refused),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, ErrorKind::Refused),
        ("ResourceNotFoundException", 400, ErrorKind::Refused),
        ("", 403, ErrorKind::Refused),
        ("NoSuchKey", 404, ErrorKind::NotFound),
        ("NoSuchUpload", 404, ErrorKind::NotFound),
        ("", 404, ErrorKind::NotFound),
        ("EntityTooSmall", 400, ErrorKind::Invalid),
    ];
    for (code, status, kind) in cases {
        assert_eq!(meaning(code, status), kind, "{code} {status}");
    }
}

#[tokio::test]
async fn an_error_names_the_code_and_keeps_its_causes() {
    let (_, clients) = Wire::with([s3_error(403, "AccessDenied")]);
    let error = S3Ledger::new(&clients, "b").get(&recording()).await.unwrap_err();
    assert_eq!(error.to_string(), "s3 GetObject ledger: refused: AccessDenied (403)");
    assert_eq!(error.advice(), Advice::FixConfiguration);
    let cause = error.source().unwrap();
    assert!(cause.to_string().contains("AccessDenied"), "{cause}");
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_a_mistake_in_the_configuration() {
    let (_, clients) = Wire::with([json_error(400, "QueueDoesNotExist")]);
    let queue = SqsRetryQueue::new(&clients, "http://aws.test/1/retry");
    let error = queue.send(&transfer(), std::time::Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_service_is_unavailable_within_five_seconds() {
    let clients = Clients::over(settings(), aws_sdk_s3::config::SharedHttpClient::new(NeverClient::new()));
    let ledger = S3Ledger::new(&clients, "b");
    let entry = LedgerEntry::received(recording(), None, &report(), "2024-03-15T12:00:00Z".parse().unwrap());
    let started = tokio::time::Instant::now();
    let write = ledger.create(&entry).await.unwrap_err();
    assert_eq!((write.kind, write.detail.as_str()), (ErrorKind::Unavailable, "timed out"));
    assert_eq!(started.elapsed().as_secs(), 3, "a conditional write is sent once");
    let started = tokio::time::Instant::now();
    assert_eq!(ledger.get(&recording()).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(started.elapsed().as_secs(), 5, "a read is sent twice, within its five seconds");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_unavailable() {
    let clients = Clients::for_endpoint("http://127.0.0.1:1", "eu-central-1", "key", "secret").unwrap();
    let entry = LedgerEntry::received(recording(), None, &report(), "2024-03-15T12:00:00Z".parse().unwrap());
    let error = S3Ledger::new(&clients, "b").create(&entry).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Unavailable, "not sent, or no answer"));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_function_without_credentials_is_misconfigured() {
    let mut settings = settings();
    settings.credentials = aws_credential_types::provider::SharedCredentialsProvider::new(NoCredentials);
    let http = aws_sdk_s3::config::SharedHttpClient::new(NeverClient::new());
    let error = S3Ledger::new(&Clients::over(settings, http), "b").get(&recording()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused, "{error:?}");
}

#[derive(Debug)]
struct NoCredentials;

impl aws_credential_types::provider::ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        aws_credential_types::provider::future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("none")))
    }
}

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::clients::Clients;
use super::errors::{kind, port_error};
use crate::object_key::ObjectKey;
use crate::ports::{ErrorKind, PortError};

/// The SDK's time-outs end with the headers; the few kilobytes behind them get as long again.
const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// The bucket as a place for small objects that are read and written whole.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) client: Client,
    once: Client,
}

/// What has to hold for a write to take place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition<'a> {
    /// Nothing: the same object is written each time.
    Anyway,
    /// Nothing is there yet.
    Absent,
    /// What is there has this ETag.
    Is(&'a str),
}

/// An object's content as its type, and its ETag.
#[derive(Debug)]
pub(super) struct Fetched<T> {
    pub(super) content: T,
    pub(super) etag: String,
}

impl Bucket {
    pub(super) fn new(clients: &Clients, name: &str) -> Self {
        Self { name: name.to_owned(), client: clients.s3(), once: clients.s3_once() }
    }

    /// Writes JSON and gives back its ETag.
    pub(super) async fn put_json(
        &self,
        operation: &'static str,
        key: &ObjectKey<'_>,
        content: &impl Serialize,
        condition: Condition<'_>,
    ) -> Result<String, PortError> {
        let json = serde_json::to_vec(content)
            .map_err(|error| PortError::new(ErrorKind::Invalid, operation, key.to_string()).because(error))?;
        self.put(operation, key, "application/json", json, condition).await
    }

    /// Writes an object and gives back its ETag.
    pub(super) async fn put(
        &self,
        operation: &'static str,
        key: &ObjectKey<'_>,
        content_type: &str,
        body: Vec<u8>,
        condition: Condition<'_>,
    ) -> Result<String, PortError> {
        let (client, if_none_match, if_match) = match condition {
            Condition::Anyway => (&self.client, None, None),
            Condition::Absent => (&self.once, Some("*".to_owned()), None),
            Condition::Is(etag) => (&self.once, None, Some(etag.to_owned())),
        };
        let written = client
            .put_object()
            .bucket(&self.name)
            .key(key.to_string())
            .content_type(content_type)
            .set_if_none_match(if_none_match)
            .set_if_match(if_match)
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| port_error(operation, error))?;
        written.e_tag.ok_or_else(|| PortError::new(ErrorKind::Unavailable, operation, "the answer has no ETag"))
    }

    /// Reads JSON, or nothing where there is no such object. The content is never quoted in an error.
    pub(super) async fn get_json<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        key: &ObjectKey<'_>,
    ) -> Result<Option<Fetched<T>>, PortError> {
        let answer = self.client.get_object().bucket(&self.name).key(key.to_string()).send().await;
        let found = match answer {
            Ok(found) => found,
            Err(error) if kind(&error) == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(port_error(operation, error)),
        };
        let cut_off = |detail| PortError::new(ErrorKind::Unavailable, operation, detail);
        let body = tokio::time::timeout(BODY_TIMEOUT, found.body.collect())
            .await
            .map_err(|_| cut_off("the body hangs"))?
            .map_err(|error| cut_off("the body broke off").because(error))?;
        let etag = found.e_tag.ok_or_else(|| cut_off("the answer has no ETag"))?;
        // serde_json's message may quote the value that it did not expect, so only the place is kept.
        let content = serde_json::from_slice(&body.into_bytes()).map_err(|error| {
            let place = format!("{key} is malformed at line {} column {}", error.line(), error.column());
            PortError::new(ErrorKind::Invalid, operation, place)
        })?;
        Ok(Some(Fetched { content, etag }))
    }
}

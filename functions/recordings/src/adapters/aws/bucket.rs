use std::error::Error;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{Object, Tag, Tagging};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::clients::Clients;
use super::errors::{condition_failed, kind, port_error};
use crate::ledger_entry::RetentionTag;
use crate::object_key::ObjectKey;
use crate::ports::{ErrorKind, PortError, Put};

const JSON: &str = "application/json";
/// The tag that the bucket's expiry rules ask for, and how audio is written with it at first.
const RETENTION: &str = "retention";
pub(super) const RETENTION_TAG: &str = "retention=standard";

/// The SDK's time-outs end with the headers; the few kilobytes behind them get as long again.
const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// What says for how long an object is kept.
pub(super) fn tagging(operation: &'static str, tag: RetentionTag) -> Result<Tagging, PortError> {
    let unwritable = |error| PortError::new(ErrorKind::Invalid, operation, tag.as_str()).because(error);
    let tag = Tag::builder().key(RETENTION).value(tag.as_str()).build().map_err(unwritable)?;
    Tagging::builder().tag_set(tag).build().map_err(unwritable)
}

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

/// One page of a folder's objects, and behind which key the next one starts.
pub(super) struct Listed {
    pub(super) objects: Vec<Object>,
    pub(super) next: Option<String>,
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

    /// Lists a folder. Pages go on behind a key, not by S3's continuation token, so that a saved cursor never grows
    /// stale.
    pub(super) async fn list(
        &self,
        operation: &'static str,
        folder: &str,
        after: Option<&str>,
    ) -> Result<Listed, PortError> {
        self.list_some(operation, folder, after, None).await
    }

    /// The same, of so many objects at the most, where that is said.
    pub(super) async fn list_some(
        &self,
        operation: &'static str,
        folder: &str,
        after: Option<&str>,
        most: Option<u16>,
    ) -> Result<Listed, PortError> {
        let request = self.client.list_objects_v2().bucket(&self.name).prefix(folder);
        let listed = request
            .set_max_keys(most.map(i32::from))
            .set_start_after(after.map(str::to_owned))
            .send()
            .await
            .map_err(|error| port_error(operation, error))?;
        let more = listed.is_truncated.unwrap_or_default();
        let objects = listed.contents.unwrap_or_default();
        let next = objects.last().and_then(|last| last.key.clone()).filter(|_| more);
        Ok(Listed { objects, next })
    }

    /// What lies directly in a folder: the folders there, and the keys.
    pub(super) async fn folders(
        &self,
        operation: &'static str,
        folder: &str,
    ) -> Result<(Vec<String>, Vec<String>), PortError> {
        let (mut folders, mut keys, mut token) = (Vec::new(), Vec::new(), None);
        loop {
            let request = self.client.list_objects_v2().bucket(&self.name).prefix(folder).delimiter("/");
            let listed = request.set_continuation_token(token).send().await;
            let listed = listed.map_err(|error| port_error(operation, error))?;
            folders.extend(listed.common_prefixes.unwrap_or_default().into_iter().filter_map(|found| found.prefix));
            keys.extend(listed.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
            token = listed.next_continuation_token.filter(|_| listed.is_truncated.unwrap_or_default());
            if token.is_none() {
                return Ok((folders, keys));
            }
        }
    }

    /// Writes JSON and gives back its ETag.
    pub(super) async fn put_json(
        &self,
        operation: &'static str,
        key: &ObjectKey<'_>,
        content: &impl Serialize,
        condition: Condition<'_>,
    ) -> Result<String, PortError> {
        self.put(operation, key, JSON, json(operation, key, content)?, condition).await
    }

    /// Writes JSON that is kept for as long as audio is, over what is there.
    pub(super) async fn put_retained_json(
        &self,
        operation: &'static str,
        key: &ObjectKey<'_>,
        content: &impl Serialize,
        tag: RetentionTag,
    ) -> Result<(), PortError> {
        let body = ByteStream::from(json(operation, key, content)?);
        let request = self.client.put_object().bucket(&self.name).key(key.to_string()).content_type(JSON);
        let sent = request.tagging(format!("{RETENTION}={}", tag.as_str())).body(body).send().await;
        sent.map(drop).map_err(|error| port_error(operation, error))
    }

    /// Says for how long an object is kept.
    pub(super) async fn tag(&self, operation: &'static str, key: &str, tag: RetentionTag) -> Result<(), PortError> {
        let tags = tagging(operation, tag)?;
        let sent = self.client.put_object_tagging().bucket(&self.name).key(key).tagging(tags).send().await;
        sent.map(drop).map_err(|error| port_error(operation, error))
    }

    /// Writes JSON where nothing is yet, and tells what is there already apart from a race.
    pub(super) async fn create_json(
        &self,
        operation: &'static str,
        key: &ObjectKey<'_>,
        content: &impl Serialize,
    ) -> Result<Put, PortError> {
        let sent = self.send(key, JSON, json(operation, key, content)?, Condition::Absent).await;
        created_or_occupied(operation, sent)
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
        let sent = self.send(key, content_type, body, condition).await;
        let written = sent.map_err(|error| port_error(operation, error))?;
        written.e_tag.ok_or_else(|| PortError::new(ErrorKind::Unavailable, operation, "the answer has no ETag"))
    }

    async fn send(
        &self,
        key: &ObjectKey<'_>,
        content_type: &str,
        body: Vec<u8>,
        condition: Condition<'_>,
    ) -> Result<PutObjectOutput, SdkError<PutObjectError>> {
        let (client, if_none_match, if_match) = match condition {
            Condition::Anyway => (&self.client, None, None),
            Condition::Absent => (&self.once, Some("*".to_owned()), None),
            Condition::Is(etag) => (&self.once, None, Some(etag.to_owned())),
        };
        client
            .put_object()
            .bucket(&self.name)
            .key(key.to_string())
            .content_type(content_type)
            .set_if_none_match(if_none_match)
            .set_if_match(if_match)
            .body(ByteStream::from(body))
            .send()
            .await
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

/// Whether a write that must not replace anything took place.
pub(super) fn created_or_occupied<T, E>(operation: &'static str, sent: Result<T, SdkError<E>>) -> Result<Put, PortError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(Put::Created),
        Err(error) if condition_failed(&error) => Ok(Put::Occupied),
        Err(error) => Err(port_error(operation, error)),
    }
}

/// S3 gives whole seconds.
pub(super) fn moment(at: DateTime) -> Option<Timestamp> {
    Timestamp::from_second(at.secs()).ok()
}

fn json(operation: &'static str, key: &ObjectKey<'_>, content: &impl Serialize) -> Result<Vec<u8>, PortError> {
    serde_json::to_vec(content)
        .map_err(|error| PortError::new(ErrorKind::Invalid, operation, key.to_string()).because(error))
}

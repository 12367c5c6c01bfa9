use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::ObjectVersion;
use aws_smithy_http_client::Builder;
use bytes::Bytes;
use memchr::memmem;
use stack::Stack;

use crate::SceneError;

/// The bucket, seen with the account owner's own credentials and none of the functions' code.
pub(super) struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    pub(super) fn of(stack: &Stack) -> Self {
        let access = stack.aws();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(access.region))
            .credentials_provider(Credentials::new(access.access_key_id, access.secret_access_key, None, None, "local"))
            .endpoint_url(&access.endpoint)
            .force_path_style(true)
            .http_client(Builder::new().build_http())
            .build();
        Self { client: Client::from_conf(config), name: stack.outputs().bucket_name.clone() }
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<Bytes>, SceneError> {
        match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(found) => Ok(Some(found.body.collect().await.map_err(SceneError::bucket)?.into_bytes())),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => Ok(None),
            Err(error) => Err(SceneError::bucket(error)),
        }
    }

    pub(super) async fn write(&self, key: &str, content: String) -> Result<(), SceneError> {
        let body = content.into_bytes().into();
        self.client.put_object().bucket(&self.name).key(key).body(body).send().await.map_err(SceneError::bucket)?;
        Ok(())
    }

    pub(super) async fn write_bytes(&self, key: &str, content: Bytes) -> Result<(), SceneError> {
        let put = self.client.put_object().bucket(&self.name).key(key).content_type("audio/wav");
        put.body(content.into()).send().await.map_err(SceneError::bucket)?;
        Ok(())
    }

    pub(super) async fn keys(&self, prefix: &str) -> Result<Vec<String>, SceneError> {
        let mut pages = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(SceneError::bucket)?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }

    /// An object's tags, as `name=value`.
    pub(super) async fn tags(&self, key: &str) -> Result<Vec<String>, SceneError> {
        let found = self.client.get_object_tagging().bucket(&self.name).key(key).send().await;
        let tags = found.map_err(SceneError::bucket)?.tag_set;
        Ok(tags.into_iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect())
    }

    /// The keys of whatever holds one of these pieces, in any version. Longer objects are not read.
    pub(super) async fn keys_with(&self, pieces: &[impl AsRef<[u8]>], at_most: i64) -> Result<Vec<String>, SceneError> {
        let mut keys = Vec::new();
        for version in self.all_versions("").await?.into_iter().filter(|version| version.size <= Some(at_most)) {
            let key = version.key.unwrap_or_default();
            let content = self.read_version(&key, version.version_id).await?;
            if pieces.iter().any(|piece| memmem::find(&content, piece.as_ref()).is_some()) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    pub(super) async fn versions(&self, prefix: &str) -> Result<Vec<String>, SceneError> {
        Ok(self.all_versions(prefix).await?.into_iter().filter_map(|version| version.key).collect())
    }

    async fn all_versions(&self, prefix: &str) -> Result<Vec<ObjectVersion>, SceneError> {
        let (mut versions, mut key_marker, mut version_marker) = (Vec::new(), None, None);
        loop {
            let page = self.client.list_object_versions().bucket(&self.name).prefix(prefix);
            let page = page.set_key_marker(key_marker).set_version_id_marker(version_marker).send().await;
            let page = page.map_err(SceneError::bucket)?;
            versions.extend(page.versions.unwrap_or_default());
            if page.is_truncated != Some(true) {
                return Ok(versions);
            }
            (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    /// What is deleted meanwhile is empty.
    async fn read_version(&self, key: &str, version: Option<String>) -> Result<Bytes, SceneError> {
        let version = version.filter(|version| version != "null");
        match self.client.get_object().bucket(&self.name).key(key).set_version_id(version).send().await {
            Ok(found) => Ok(found.body.collect().await.map_err(SceneError::bucket)?.into_bytes()),
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404) => {
                Ok(Bytes::new())
            }
            Err(error) => Err(SceneError::bucket(error)),
        }
    }
}

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

use super::answer::Refusal;

/// One request about a key.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) key: String,
    pub(super) body: Bytes,
    query: String,
    headers: HeaderMap,
}

/// What makes an operation another one.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
const OF_UPLOADS: [&str; 3] = ["uploads", "uploadId", "partNumber"];
/// The name of the operation, which the SDK adds for whoever reads access logs.
const NAME: &str = "x-id";

impl Asked {
    pub(super) fn new(key: &str, head: &Parts, body: Bytes) -> Self {
        let query = head.uri.query().unwrap_or_default().to_owned();
        Self { method: head.method.clone(), key: key.to_owned(), body, query, headers: head.headers.clone() }
    }

    /// A parameter of the query; empty when it has no value.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().find_map(|(found, value)| (found == name).then_some(value))
    }

    /// A header that can be read.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What an object says about itself: the headers that come back with it.
    pub(super) fn description(&self) -> Vec<(String, String)> {
        let told = self.headers.iter().filter(|(name, _)| {
            let name = name.as_str();
            name == "content-type" || name.starts_with("x-amz-meta-")
        });
        told.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
    }

    /// Refuses what would be stored wrongly if it were taken for something else.
    pub(super) fn check_understood(&self) -> Result<(), Refusal> {
        let unknown = self.parameters().find(|(name, _)| *name != NAME && !OF_UPLOADS.contains(name));
        match (unknown, self.header("content-encoding")) {
            (Some((name, _)), _) => Err(Refusal::not_understood(&format!("the parameter {name}"))),
            (None, Some(encoding)) => Err(Refusal::not_understood(&format!("the encoding {encoding}"))),
            (None, None) => Ok(()),
        }
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }
}

//! Events as an HTTP API sends them, and answers as it gets them.
//! Source: Amazon API Gateway developer guide, *AWS Lambda proxy integrations for HTTP APIs*.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

/// A request to the API.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// API Gateway encodes forms, and leaves JSON and plain text as they are.
    pub(crate) is_base64_encoded: bool,
    pub(crate) source_ip: &'static str,
}

/// An answer to API Gateway.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    #[serde(rename = "statusCode")]
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: Option<String>,
    pub(crate) is_base64_encoded: bool,
}

impl Request {
    pub(crate) fn new(method: &'static str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("host", "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"),
            ("user-agent", "Mozilla/5.0"),
            ("x-amzn-trace-id", "Root=1-65f45f5e-1a2b3c4d5e6f708192a3b4c5"),
            ("x-forwarded-for", "198.51.100.77, 203.0.113.9"),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ];
        Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: Vec::new(),
            is_base64_encoded: false,
            source_ip: "203.0.113.9",
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.is_base64_encoded = true;
        self
    }

    /// The event, as text.
    pub(crate) fn event(&self) -> String {
        let mut event = json!({
            "version": "2.0",
            "routeKey": format!("{} {}", self.method, self.path),
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
                "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": self.method,
                    "path": self.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": self.source_ip,
                    "userAgent": self.headers.get("user-agent"),
                },
                "requestId": "UnqGshq4FiAEPUw=",
                "routeKey": format!("{} {}", self.method, self.path),
                "stage": "$default",
                "time": "15/Mar/2024:14:30:22 +0000",
                "timeEpoch": 1_710_513_022_000_u64,
            },
            "isBase64Encoded": self.is_base64_encoded,
        });
        if !self.body.is_empty() {
            event["body"] = self.encoded_body();
        }
        event.to_string()
    }

    fn encoded_body(&self) -> Value {
        if self.is_base64_encoded {
            STANDARD.encode(&self.body).into()
        } else {
            String::from_utf8(self.body.clone()).unwrap().into()
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body, decoded as API Gateway does it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_base64_encoded { STANDARD.decode(body).unwrap() } else { body.into() }
    }

    pub(crate) fn text(&self) -> &str {
        assert!(!self.is_base64_encoded, "text is sent as text");
        self.body.as_deref().unwrap_or_default()
    }
}

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// One request, and everything that came back, even when it is broken.
pub(crate) struct Call {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
    /// The connection ended before the body did.
    pub(crate) broken: bool,
}

pub(crate) fn get(url: impl Into<String>) -> Call {
    Call { method: "GET", url: url.into(), headers: Vec::new(), body: Vec::new() }
}

pub(crate) fn call(method: &'static str, url: impl Into<String>) -> Call {
    Call { method, ..get(url) }
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.header("authorization", &format!("Basic {encoded}"))
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub(crate) fn text(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    pub(crate) async fn send(self) -> Reply {
        self.try_send().await.expect("there is an answer")
    }

    /// Nothing when the connection ended before the answer began.
    pub(crate) async fn try_send(self) -> Option<Reply> {
        let mut request = Request::builder().method(self.method).uri(self.url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body))).unwrap();
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let (head, mut rest) = client.request(request).await.ok()?.into_parts();
        let (mut body, mut broken) = (BytesMut::new(), false);
        while let Some(frame) = rest.frame().await {
            match frame {
                Ok(frame) => body.extend(frame.into_data().ok()),
                Err(_) => broken = true,
            }
        }
        Some(Reply { status: head.status.as_u16(), headers: head.headers, body: body.freeze(), broken })
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }
}

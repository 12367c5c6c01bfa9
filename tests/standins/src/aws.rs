//! The door before AWS: everything that the functions ask of AWS passes here on its way to the emulator, so that it can be
//! made to fail. What no fault strikes arrives as it was sent, and so does the answer.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;

use crate::world::World;

/// The header by which services with a JSON protocol, SQS among them, are told what to do.
const OPERATION: &str = "x-amz-target";

/// How long a connection to the emulator may be idle and still be used again.
const KEEP_IDLE: Duration = Duration::from_secs(15);

/// Leads to the emulator.
#[derive(Debug)]
pub(crate) struct Door {
    emulator: Option<String>,
    client: Client<HttpConnector, Body>,
}

/// What a request is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// For the journal.
    pub(crate) short: String,
    /// For the rules of faults, which may look into a message as well.
    pub(crate) full: String,
}

pub(crate) fn routes(world: World) -> Router {
    Router::new().fallback(forward).with_state(world)
}

async fn forward(State(world): State<World>, request: Request) -> Response {
    world.door().forward(request).await.into_response()
}

impl Door {
    pub(crate) fn to(emulator: Option<&str>) -> Self {
        // Were none used again, a minute of load would use up this machine's ports. One that the emulator is about to close would look
        // like a fault that nobody asked for; it leaves an idle one open for 75 seconds, and says so before it closes one that is busy.
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEEP_IDLE)
            .build_http();
        Self { emulator: emulator.map(|url| url.trim_end_matches('/').to_owned()), client }
    }

    async fn forward(&self, mut request: Request) -> Result<Response, (StatusCode, &'static str)> {
        let nowhere = (StatusCode::BAD_GATEWAY, "no emulator was named behind this door");
        let emulator = self.emulator.as_ref().ok_or(nowhere)?;
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let behind: Result<Uri, _> = format!("{emulator}{path}").parse();
        *request.uri_mut() = behind.map_err(|_| nowhere)?;
        for of_the_connection in [CONNECTION, TRANSFER_ENCODING] {
            request.headers_mut().remove(of_the_connection);
        }
        let answer = self.client.request(request).await;
        let mut response = answer.map_err(|_| (StatusCode::BAD_GATEWAY, "the emulator does not answer"))?;
        for of_the_connection in [CONNECTION, TRANSFER_ENCODING] {
            response.headers_mut().remove(of_the_connection);
        }
        Ok(response.map(Body::new))
    }
}

/// Names a request by its path and query, as S3's requests name themselves; or, where it has an operation, by that, the
/// queue that it is about, and its body. Only such a body is read, which is small.
pub(crate) async fn name(request: Request) -> (Name, Request) {
    let operation = request.headers().get(OPERATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(operation) = operation else {
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
        return (Name { short: path.clone(), full: path }, request);
    };
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let request = Request::from_parts(head, Body::from(body.clone()));
    (of_operation(&operation, &body), request)
}

fn of_operation(operation: &str, body: &Bytes) -> Name {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        queue_url: Option<String>,
    }
    let Input { queue_url } = serde_json::from_slice(body).unwrap_or_default();
    let queue = queue_url.as_deref().and_then(|url| url.rsplit('/').next()).map(|queue| format!("/{queue}"));
    let short = format!("/{operation}{}", queue.unwrap_or_default());
    Name { full: format!("{short} {}", String::from_utf8_lossy(body)), short }
}

/// The same request without its body, which was read to its end: an answer that comes before would be lost on a client
/// that still sends.
pub(crate) async fn heard_out(request: Request) -> Request {
    let (head, mut body) = request.into_parts();
    while let Some(Ok(_)) = body.frame().await {}
    Request::from_parts(head, Body::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn named(request: axum::http::request::Builder, body: &'static str) -> (Name, Bytes) {
        let (name, request) = name(request.body(Body::from(body)).unwrap()).await;
        (name, request.into_body().collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn a_request_of_s3_is_named_by_its_path_and_query() {
        let path = "/bucket/recordings/2024/03/15/CA1-JOB%201.mp3?x-id=PutObject";
        let (name, body) = named(Request::put(format!("http://localhost:8084{path}")), "audio").await;
        assert_eq!(name, Name { short: path.to_owned(), full: path.to_owned() });
        assert_eq!(body, "audio");
    }

    #[tokio::test]
    async fn an_operation_is_named_with_its_queue_and_its_message() {
        let message = r#"{"QueueUrl":"http://localhost:4566/000000000000/history.fifo","MessageBody":"CA1"}"#;
        for (body, short) in [
            (message, "/AmazonSQS.SendMessage/history.fifo"),
            ("{}", "/AmazonSQS.SendMessage"),
            ("no JSON", "/AmazonSQS.SendMessage"),
        ] {
            let (name, sent) = named(Request::post("/").header("X-Amz-Target", "AmazonSQS.SendMessage"), body).await;
            assert_eq!(name, Name { short: short.to_owned(), full: format!("{short} {body}") });
            assert_eq!(sent, body);
        }
    }
}

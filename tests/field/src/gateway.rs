use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::function::Function;

/// The HTTP API before the webhook function. Dropping it closes it.
#[derive(Debug)]
pub struct Gateway {
    url: String,
    listener: JoinHandle<()>,
}

/// A listener whose address is known before there is a function to lead to.
pub(crate) struct Address {
    listener: TcpListener,
    pub(crate) url: String,
}

impl Address {
    pub(crate) async fn any() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.unwrap_or_else(|error| panic!("there is no free port: {error}"));
        let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
        Self { listener, url: format!("http://localhost:{port}") }
    }

    pub(crate) fn lead_to(self, function: Arc<Function>) -> Gateway {
        let routes = axum::Router::new().fallback(forward).with_state(function);
        let listener = tokio::spawn(async move {
            let _until_it_is_closed = axum::serve(self.listener, routes).await;
        });
        Gateway { url: self.url, listener }
    }
}

impl Gateway {
    /// Its address, without a slash at the end: `PUBLIC_BASE_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// A function that fails is an internal server error to whoever called.
async fn forward(State(function): State<Arc<Function>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let event = event(head.method.as_str(), head.uri.path(), head.uri.query(), &head.headers, &body);
    match function.invoke(&event).await {
        Ok(answer) => response(&answer),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
fn event(method: &str, path: &str, query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Value {
    let text = |name: &HeaderName| {
        let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (name.to_string(), Value::from(values.join(",")))
    };
    let now = Timestamp::now();
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": query.unwrap_or_default(),
        "headers": headers.keys().map(text).collect::<Map<_, _>>(),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "field",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "",
            },
            "requestId": now.as_nanosecond().to_string(),
            "routeKey": format!("{method} {path}"),
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": STANDARD.encode(body),
        "isBase64Encoded": true,
    })
}

fn response(answer: &Value) -> Response {
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(text).map(Body::from).unwrap_or_default(),
        _ => Body::from(text.to_owned()),
    };
    let mut response = Response::new(body);
    let status = answer["statusCode"].as_u64().and_then(|status| StatusCode::from_u16(status.try_into().ok()?).ok());
    *response.status_mut() = status.unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = name.parse::<HeaderName>().ok();
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        response.headers_mut().extend(name.zip(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &Value) -> Vec<&String> {
        value.as_object().into_iter().flat_map(Map::keys).collect()
    }

    #[test]
    fn an_event_has_the_form_of_the_fixtures() {
        let fixture = runtime::event("webhook-twilio-recording-completed");
        let mut headers = HeaderMap::new();
        for (name, value) in fixture["headers"].as_object().into_iter().flatten() {
            let (name, value) = (name.parse::<HeaderName>().unwrap(), value.as_str().unwrap().parse().unwrap());
            headers.insert(name, value);
        }
        let body = STANDARD.decode(fixture["body"].as_str().unwrap()).unwrap().into();
        let event = event("POST", "/api/twilio/recording", Some("job=JOB456"), &headers, &body);
        for same in ["version", "routeKey", "rawPath", "rawQueryString", "headers", "body", "isBase64Encoded"] {
            assert_eq!(event[same], fixture[same], "{same}");
        }
        assert_eq!(names(&event["requestContext"]), names(&fixture["requestContext"]));
        assert_eq!(names(&event["requestContext"]["http"]), names(&fixture["requestContext"]["http"]));
    }

    #[tokio::test]
    async fn an_answer_keeps_status_headers_and_bytes() {
        let answer = json!({
            "statusCode": 206, "headers": { "content-type": "audio/mpeg" }, "body": "/+M=", "isBase64Encoded": true,
        });
        let (head, body) = response(&answer).into_parts();
        assert_eq!(
            (head.status, &head.headers["content-type"]),
            (StatusCode::PARTIAL_CONTENT, &"audio/mpeg".parse().unwrap())
        );
        assert_eq!(axum::body::to_bytes(body, 10).await.unwrap(), [0xFF, 0xE3].as_slice());
        assert_eq!(response(&json!({ "errorMessage": "no answer" })).status(), StatusCode::BAD_GATEWAY);
    }
}

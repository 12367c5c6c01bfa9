use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

/// The API's stable address. It leads each request to the emulator's address of the API, which is another one after each
/// start, and changes nothing else: what a provider signed is what the function sees.
#[derive(Clone, Debug)]
pub struct Edge {
    api: String,
    client: Client<HttpConnector, Body>,
}

impl Edge {
    /// Leads to an API of the emulator at that port.
    #[must_use]
    pub fn to(emulator_port: u16, api_id: &str) -> Self {
        Self {
            api: format!("http://127.0.0.1:{emulator_port}/_aws/execute-api/{api_id}/$default"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    ///
    /// When the listener breaks.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        axum::serve(listener, axum::Router::new().fallback(forward).with_state(self)).await
    }

    async fn forward(&self, mut request: Request) -> Result<Response, StatusCode> {
        *request.uri_mut() = self.address(request.uri()).ok_or(StatusCode::BAD_REQUEST)?;
        request.headers_mut().remove(CONNECTION);
        let mut response = self.client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        for of_the_connection in [CONNECTION, TRANSFER_ENCODING] {
            response.headers_mut().remove(of_the_connection);
        }
        Ok(response.map(Body::new))
    }

    /// Path and query, byte for byte.
    fn address(&self, uri: &Uri) -> Option<Uri> {
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        format!("{}{path}", self.api).parse().ok()
    }
}

async fn forward(State(edge): State<Edge>, request: Request) -> Response {
    edge.forward(request).await.into_response()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};

    use super::*;

    /// Answers with what it received: request line, host, and body.
    async fn echo(request: Request) -> Response {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let host = head.headers["host"].to_str().unwrap();
        let answer = format!("{} {}\n{host}\n{}", head.method, head.uri, String::from_utf8_lossy(&body));
        (StatusCode::IM_A_TEAPOT, [("x-kept", "yes")], answer).into_response()
    }

    async fn listener() -> (TcpListener, u16) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    async fn edge_before_an_echo() -> u16 {
        let (behind, behind_port) = listener().await;
        tokio::spawn(async { axum::serve(behind, axum::Router::new().fallback(echo)).await });
        let (front, port) = listener().await;
        tokio::spawn(Edge::to(behind_port, "a1b2c3d4").serve(front));
        port
    }

    async fn ask(request: Request<Full<Bytes>>) -> (StatusCode, axum::http::HeaderMap, String) {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn path_query_host_and_body_arrive_as_they_were_sent() {
        let port = edge_before_an_echo().await;
        for path in
            ["/", "/health", "/api/twilio/recording?job=JOB%20456&b=a+c&a=1&a=2", "/r/a%2Fb//c/../d?x=%27'&y", "/?"]
        {
            let request = Request::post(format!("http://localhost:{port}{path}")).body(Full::from("A=1&B=%2B+&A="));
            let (status, headers, body) = ask(request.unwrap()).await;
            assert_eq!(status, StatusCode::IM_A_TEAPOT);
            assert_eq!(headers["x-kept"], "yes");
            let expected = format!("POST /_aws/execute-api/a1b2c3d4/$default{path}\nlocalhost:{port}\nA=1&B=%2B+&A=");
            assert_eq!(body, expected);
        }
    }

    #[tokio::test]
    async fn a_head_request_keeps_its_headers_and_has_no_body() {
        let port = edge_before_an_echo().await;
        let request = Request::head(format!("http://localhost:{port}/r/token")).body(Full::default());
        let (status, headers, body) = ask(request.unwrap()).await;
        assert_eq!((status, body.as_str()), (StatusCode::IM_A_TEAPOT, ""));
        assert_eq!(headers["x-kept"], "yes");
    }

    #[tokio::test]
    async fn a_dead_emulator_is_a_bad_gateway() {
        // A free port might be anybody's a moment later; nobody listens at this one.
        const DEAD_PORT: u16 = 1;
        let (front, port) = listener().await;
        tokio::spawn(Edge::to(DEAD_PORT, "a1b2c3d4").serve(front));
        let request = Request::get(format!("http://localhost:{port}/")).body(Full::default());
        assert_eq!(ask(request.unwrap()).await.0, StatusCode::BAD_GATEWAY);
    }
}

//! How the SDK reaches the network: by the same HTTP and TLS libraries as everybody else here.
//!
//! The SDK's own client would bring HTTP/2, which S3 and SQS do not speak, and read the machine's root certificates for itself.

use std::error::Error;
use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector as TcpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::BoxError;
use tower::timeout::Timeout;
use tower::timeout::error::Elapsed;
use tower::util::BoxCloneSyncService;

use crate::adapters::tls::Tls;

/// From a host's address to a connection that may be used, or an error within the time-out.
type Connect = BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>;

/// Sends the SDK's requests, over connections that all its clients share.
#[derive(Debug, Clone)]
struct Connector(Client<Connect, SdkBody>);

/// The one client of all the SDK's clients. A connection has to be made within `connect_timeout`, handshake and all, and is
/// kept for `idle` after it was used. How long an answer may take is the SDK's own affair.
pub(super) fn http_client(tls: &Tls, connect_timeout: Duration, idle: Duration) -> SharedHttpClient {
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let connect = Timeout::new(HttpsConnector::from((tcp, tls.config())), connect_timeout);
    let client = Client::builder(TokioExecutor::new())
        .pool_idle_timeout(idle)
        .pool_timer(TokioTimer::new())
        .build(BoxCloneSyncService::new(connect));
    SharedHttpClient::new(Connector(client))
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let used = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&used));
        }
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(|error| meaning(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What lets the SDK give up a connection whose other end answers that it is unwell, so that the next try meets another.
fn metadata(used: &CaptureConnection) -> Option<ConnectionMetadata> {
    let used = used.clone();
    used.connection_metadata().as_ref()?;
    let poison = move || {
        if let Some(connection) = used.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// What an error means to the SDK's retries.
fn meaning(error: BoxError) -> ConnectorError {
    if source::<Elapsed>(&*error).is_some() {
        return ConnectorError::timeout(error);
    }
    match source::<hyper::Error>(&*error) {
        Some(cause) if cause.is_timeout() => ConnectorError::timeout(error),
        Some(cause) if cause.is_user() => ConnectorError::user(error),
        // The other side closed an idle connection at the moment it was used.
        Some(cause) if cause.is_incomplete_message() => ConnectorError::other(error, Some(ErrorKind::TransientError)),
        Some(cause) if cause.is_closed() || cause.is_canceled() => ConnectorError::io(error),
        _ if source::<io::Error>(&*error).is_some() => ConnectorError::io(error),
        _ => ConnectorError::other(error, None),
    }
}

fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |error| (*error).source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
#[path = "connector_tests.rs"]
mod tests;

//! A server on loopback, as thin as one can be: what it costs is part of every figure.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::Fallible;

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Who answers requests.
pub(crate) trait Answers: Send + Sync + 'static {
    /// The answer. An error ends the connection.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, hyper::Error>> + Send;
}

/// Listens until the program ends; the address.
pub(crate) async fn listen(who: Arc<impl Answers>) -> Fallible<SocketAddr> {
    listen_through(who, |stream| async { Some(stream) }).await
}

/// The same behind TLS.
pub(crate) async fn listen_over_tls(who: Arc<impl Answers>, acceptor: TlsAcceptor) -> Fallible<SocketAddr> {
    listen_through(who, move |stream| {
        let acceptor = acceptor.clone();
        async move { acceptor.accept(stream).await.ok() }
    })
    .await
}

async fn listen_through<S, F>(
    who: Arc<impl Answers>,
    through: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> Fallible<SocketAddr>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Option<S>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _best_effort = stream.set_nodelay(true);
            let (who, stream) = (Arc::clone(&who), through(stream));
            tokio::spawn(async move {
                let Some(stream) = stream.await else { return };
                let answer = service_fn(|request| Arc::clone(&who).answer(request));
                // A program that was killed leaves its connections behind.
                let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    Ok(address)
}

/// An answer with these headers. One that cannot be made is a mistake of this program's, and shows as 500.
pub(crate) fn answer(status: StatusCode, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(Full::new(body.into()).boxed_unsync()).unwrap_or_else(|_| {
        let mut broken = Response::new(Full::default().boxed_unsync());
        *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}

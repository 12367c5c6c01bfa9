mod answer;
mod asked;
mod object;
mod shelf;
mod sums;
#[cfg(test)]
mod tests;
mod upload;

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::aws::Aws;
use crate::http::Http;
use asked::Asked;
pub use object::Stored;
use shelf::Shelf;

/// S3 for recordings of any size, in front of the AWS emulator, which gets every other service's requests.
///
/// What comes in one request is kept. What comes in parts is added up and dropped, so a gigabyte costs nothing but its
/// time; each part's CRC64NVME, and the whole object's, must be what the sender says, as on S3. It understands what the
/// transfer function asks, and refuses all else with 501. Dropping it closes it.
#[derive(Debug)]
pub struct Store {
    endpoint: String,
    shelf: Arc<Mutex<Shelf>>,
    _listener: JoinSet<Infallible>,
}

impl Store {
    /// Starts an empty bucket of that name.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start(aws: &Aws, bucket: &str) -> Self {
        Self::in_front_of(aws.endpoint(), bucket).await
    }

    async fn in_front_of(elsewhere: &str, bucket: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.unwrap_or_else(|error| panic!("the store cannot listen: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("the store has no address: {error}"));
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let front = Arc::new(Front {
            bucket: format!("/{bucket}/"),
            shelf: Arc::clone(&shelf),
            elsewhere: elsewhere.to_owned(),
            http: Http::new(),
        });
        let mut listening = JoinSet::new();
        listening.spawn(accept(listener, front));
        Self { endpoint: format!("http://localhost:{}", address.port()), shelf, _listener: listening }
    }

    /// The address of every service, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What is under a key.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<Stored> {
        self.shelf.lock().object(key)
    }

    /// The keys that begin so, in order.
    #[must_use]
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.shelf.lock().keys(prefix)
    }

    /// How many uploads were begun, and neither completed nor given up.
    #[must_use]
    pub fn uploads_under_way(&self) -> usize {
        self.shelf.lock().uploads_under_way()
    }
}

/// What every connection needs.
#[derive(Debug)]
struct Front {
    bucket: String,
    shelf: Arc<Mutex<Shelf>>,
    elsewhere: String,
    http: Http,
}

async fn accept(listener: TcpListener, front: Arc<Front>) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve(stream, Arc::clone(&front))); }
                Err(error) => panic!("the store cannot accept a connection: {error}"),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, front: Arc<Front>) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _best_effort = stream.set_nodelay(true);
    let answer = service_fn(|request| front.answer(request));
    // A connection that ends badly is the client's doing, or the end of the test.
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

impl Front {
    /// The error is that the request did not arrive whole.
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        match head.uri.path().strip_prefix(&self.bucket) {
            Some(key) => {
                let asked = Asked::new(key, &head, body);
                Ok(self.shelf.lock().answer(&asked).unwrap_or_else(|refusal| refusal.answer(&head.method)))
            }
            None => Ok(self.forward(head, body).await),
        }
    }

    async fn forward(&self, mut head: hyper::http::request::Parts, body: Bytes) -> Response<Full<Bytes>> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let address = format!("{}{path}", self.elsewhere).parse();
        head.uri = address.unwrap_or_else(|error| panic!("the store cannot forward {path}: {error}"));
        let answer = self.http.exchange(Request::from_parts(head, Full::new(body))).await;
        let answer = answer.unwrap_or_else(|error| panic!("the AWS emulator did not answer the store: {error}"));
        answer.map(Full::new)
    }
}

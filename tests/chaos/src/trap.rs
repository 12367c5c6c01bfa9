use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A host that nobody was told to trust, and which redirects lead to. It has a page for everybody, and remembers who
/// came with credentials. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Trap {
    pub(crate) url: String,
    visits: Arc<Visits>,
    listener: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Visits {
    all: AtomicU64,
    with_credentials: AtomicU64,
}

impl Trap {
    pub(crate) async fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.unwrap_or_else(|error| panic!("there is no free port: {error}"));
        let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
        let visits = Arc::new(Visits::default());
        let routes = Router::new().fallback(visited).with_state(Arc::clone(&visits));
        let listener = tokio::spawn(async move {
            let _until_it_is_closed = axum::serve(listener, routes).await;
        });
        Self { url: format!("http://127.0.0.1:{port}"), visits, listener }
    }

    /// How often somebody came.
    pub(crate) fn visits(&self) -> u64 {
        self.visits.all.load(Ordering::Relaxed)
    }

    /// How often somebody came with credentials.
    pub(crate) fn given_away(&self) -> u64 {
        self.visits.with_credentials.load(Ordering::Relaxed)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn visited(State(visits): State<Arc<Visits>>, request: Request) -> Response {
    visits.all.fetch_add(1, Ordering::Relaxed);
    if request.headers().contains_key(AUTHORIZATION) {
        visits.with_credentials.fetch_add(1, Ordering::Relaxed);
    }
    ([(CONTENT_TYPE, "audio/mpeg")], "<!DOCTYPE html><html><body>No recording of yours.</body></html>").into_response()
}

//! Somebody's archive of old recordings, which is nobody's provider: it serves files, and parts of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

/// The archive, until it is dropped.
pub(crate) struct Archive {
    base: String,
    shelves: Arc<Shelves>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shelves {
    files: Mutex<BTreeMap<String, Bytes>>,
    credentials: Mutex<usize>,
}

impl Archive {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shelves = Arc::new(Shelves::default());
        let router = Router::new().route("/{name}", get(serve)).with_state(Arc::clone(&shelves));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, shelves, serving }
    }

    /// Where a file lies or would lie.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    pub(crate) fn put(&self, name: &str, file: Bytes) {
        self.shelves.files.lock().unwrap().insert(name.to_owned(), file);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.shelves.files.lock().unwrap().contains_key(name)
    }

    /// How many requests brought credentials along.
    pub(crate) fn credentials(&self) -> usize {
        *self.shelves.credentials.lock().unwrap()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(State(shelves): State<Arc<Shelves>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    *shelves.credentials.lock().unwrap() += usize::from(headers.contains_key(AUTHORIZATION));
    let Some(file) = shelves.files.lock().unwrap().get(&name).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let from = headers.get(RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-'));
    let kind = [(CONTENT_TYPE, "audio/wav".to_owned())];
    match from.and_then(|from| from.parse::<usize>().ok()).filter(|from| *from < file.len()) {
        Some(from) => {
            let range = [(CONTENT_RANGE, format!("bytes {from}-{}/{}", file.len() - 1, file.len()))];
            (StatusCode::PARTIAL_CONTENT, kind, range, file.slice(from..)).into_response()
        }
        None => (kind, file).into_response(),
    }
}

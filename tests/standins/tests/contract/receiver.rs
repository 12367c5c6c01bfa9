use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// A webhook that answers with the given statuses, the last one for ever, and keeps what it got.
pub(crate) struct Receiver {
    pub(crate) url: String,
    got: Arc<Mutex<Vec<Got>>>,
    task: AbortHandle,
}

#[derive(Clone)]
pub(crate) struct Got {
    pub(crate) path_and_query: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) params: Vec<(String, String)>,
}

impl Receiver {
    pub(crate) async fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let (kept, statuses) = (Arc::clone(&got), statuses.to_vec());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, statuses) = (Arc::clone(&kept), statuses.clone());
                let answer = service_fn(move |request| receive(request, Arc::clone(&kept), statuses.clone()));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { url, got, task: task.abort_handle() }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Got {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

async fn receive(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<Got>>>,
    statuses: Vec<u16>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let path_and_query = request.uri().to_string();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let params = form_urlencoded::parse(&body).into_owned().collect();
    let mut kept = kept.lock().unwrap();
    let status = statuses[kept.len().min(statuses.len() - 1)];
    kept.push(Got { path_and_query, headers, params });
    let answer = Response::builder().status(status).body(Full::new(Bytes::from_static(b"<Response/>")));
    Ok(answer.unwrap())
}

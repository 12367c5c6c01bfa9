use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::clients::{Clients, Settings};
use super::super::ledger::S3Ledger;
use super::super::open_markers::S3OpenMarkers;
use super::super::wire::{self, noon, recording, report};
use super::*;
use crate::ledger_entry::LedgerEntry;
use crate::ports::{ErrorKind as Kind, LedgerWrite, OpenMarkerRemove};

/// A server that keeps its connections, answers with these statuses in turns, and counts who came.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let requests = Arc::clone(&requests);
                tokio::spawn(async move {
                    let mut bytes = [0; 8192];
                    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                        let status = statuses[requests.fetch_add(1, Ordering::SeqCst) % statuses.len()];
                        let answer = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n");
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        Self { port, connections }
    }

    fn markers(&self) -> S3OpenMarkers {
        S3OpenMarkers::new(&clients(&format!("http://127.0.0.1:{}", self.port)), "bucket")
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn clients(endpoint: &str) -> Clients {
    let settings = Settings { endpoint_url: Some(endpoint.to_owned()), ..wire::settings() };
    Clients::new(settings, &Tls::bundled().unwrap())
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::answering(&[204]).await;
    let markers = server.markers();
    for _ in 0..3 {
        markers.remove(&recording()).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn who_is_unwell_is_not_asked_again_over_the_same_connection() {
    let server = Server::answering(&[500, 204]).await;
    server.markers().remove(&recording()).await.unwrap();
    assert_eq!(server.connections(), 2, "the second try met another host, had there been one");
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_to_a_greeting_is_given_up_in_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clients = clients(&format!("https://localhost:{}", listener.local_addr().unwrap().port()));
    let entry = LedgerEntry::received(recording(), None, &report(), noon());
    let started = tokio::time::Instant::now();
    let error = S3Ledger::new(&clients, "b").create(&entry).await.unwrap_err();
    assert_eq!((error.kind, started.elapsed().as_secs()), (Kind::Unavailable, 2), "{error:?}");
}

#[tokio::test]
async fn what_an_error_means_is_told_by_its_causes() {
    assert!(meaning(Box::new(Elapsed::new())).is_timeout());
    assert!(meaning(io::Error::from(io::ErrorKind::ConnectionReset).into()).is_io());
    assert!(meaning("who knows".into()).is_other());
}

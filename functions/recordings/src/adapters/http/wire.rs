//! A server on loopback that says byte for byte what a test tells it to.

use std::fmt::Write as _;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{BaseUrl, HttpClient, HttpSettings, Reach, Tls};

/// What is done on a connection after the request was read; then it is closed.
pub(crate) enum Step {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Does nothing and keeps the connection.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Request line and headers, header names in lower case.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

impl Seen {
    /// Method and target.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().and_then(|line| line.strip_suffix(" HTTP/1.1")).unwrap()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .find_map(|line| line.split_once(": ").filter(|(n, _)| *n == name))
            .map(|(_, value)| value)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A running server.
pub(crate) struct Wire {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Wire {
    /// Answers each request by what `script` says to it.
    pub(crate) async fn start(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (journal, script) = (Arc::clone(&seen), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (journal, script) = (Arc::clone(&journal), Arc::clone(&script));
                tokio::spawn(async move { serve(stream, &journal, script.as_ref()).await });
            }
        });
        Self { port, seen }
    }

    /// Gives these answers in their order.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let answers = Mutex::new(answers.into_iter().collect::<std::collections::VecDeque<_>>());
        Self::start(move |_| vec![Step::Send(answers.lock().unwrap().pop_front().expect("an answer for each request"))])
            .await
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its URL.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Its URL as a base.
    pub(crate) fn base(&self) -> BaseUrl {
        self.url("").parse().unwrap()
    }

    /// What came so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The methods and targets that came so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.line().to_owned()).collect()
    }
}

async fn serve(mut stream: TcpStream, journal: &Mutex<Vec<Seen>>, script: &(dyn Fn(&Seen) -> Vec<Step> + Send + Sync)) {
    let Some(seen) = read(&mut stream).await else { return };
    journal.lock().unwrap().push(seen.clone());
    for step in script(&seen) {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Hang => pending().await,
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let seen = Seen {
                head: String::from_utf8(bytes[..end].to_vec()).unwrap(),
                body: String::from_utf8(bytes[end + 4..].to_vec()).unwrap(),
            };
            let announced = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
            if seen.body.len() >= announced {
                return Some(seen);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer with its length announced.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len().to_string();
    let headers: Vec<_> = headers.iter().copied().chain([("Content-Length", length.as_str())]).collect();
    [&head(status, &headers), body].concat()
}

/// The head of an answer.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    (head + "\r\n").into_bytes()
}

/// A client for the server.
pub(crate) fn client() -> HttpClient {
    client_waiting(Duration::from_secs(20))
}

/// A client that loses its patience.
pub(crate) fn client_waiting(idle_timeout: Duration) -> HttpClient {
    HttpClient::new(HttpSettings { idle_timeout, reach: Reach::PublicAndLoopback }, &Tls::bundled().unwrap()).unwrap()
}

/// An error with all its causes, as a log would hold it.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.map(|cause| format!("{cause} / {cause:?}")).collect::<Vec<_>>().join("\n")
}

//! Everybody else: whoever holds recordings, one file at a time, whatever the path, from memory; Twilio's list of them; and
//! Airtable with one job.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standins::speech::{Channels, Format, Track};
use tokio_rustls::TlsAcceptor;

use crate::Fallible;
use crate::http::{self, Answers, Body, answer};

/// A recording as a provider holds it.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) sha256: String,
    pub(crate) seconds: u64,
    pub(crate) bytes: u64,
    track: Track,
    /// The file itself, unless it is too large to be kept.
    kept: Arc<Vec<Bytes>>,
}

/// How the file is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With its length.
    Announced,
    /// Without.
    Unannounced,
    /// With its length, so many bytes a second.
    Trickling(u32),
}

/// A source that listens.
pub(crate) struct Source {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    serving: Mutex<Option<(Recording, Manner)>>,
    listed: Mutex<Vec<String>>,
    counts: Mutex<Counts>,
}

/// Who was asked how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) airtable: u32,
    pub(crate) provider: u32,
}

/// The number of the one job that there is.
pub(crate) const JOB: &str = "JOB456";
const JSON: (&str, &str) = ("content-type", "application/json");

/// What is handed over at once.
const PIECE: u64 = 256 * 1024;
const LARGEST_KEPT: u64 = 100_000_000;

impl Recording {
    /// Speech of about that many bytes.
    pub(crate) fn of(bytes: u64) -> Self {
        let track = Track::of_length(Format::Mp3, Channels::Mono, bytes);
        let mut sum = Sha256::new();
        let mut kept = Vec::new();
        for piece in pieces(track.clone()) {
            sum.update(&piece);
            if bytes <= LARGEST_KEPT {
                kept.push(piece);
            }
        }
        let (seconds, bytes) = (track.seconds().round() as u64, track.length());
        Self { sha256: hex::encode(sum.finalize()), seconds, bytes, track, kept: Arc::new(kept) }
    }

    pub(crate) fn pieces(&self) -> Box<dyn Iterator<Item = Bytes> + Send> {
        match self.kept.is_empty() {
            true => Box::new(pieces(self.track.clone())),
            false => Box::new(Vec::clone(&self.kept).into_iter()),
        }
    }
}

fn pieces(track: Track) -> impl Iterator<Item = Bytes> + Send {
    let length = track.length();
    let starts = (0..length).step_by(PIECE as usize);
    starts.map(move |start| track.read(start, PIECE.min(length - start)))
}

impl Source {
    pub(crate) async fn start() -> Fallible<Self> {
        let state = Arc::<State>::default();
        let address = http::listen(Arc::clone(&state)).await?;
        Ok(Self { url: format!("http://127.0.0.1:{}", address.port()), state })
    }

    /// The address at which the same source listens behind TLS from now on.
    pub(crate) async fn over_tls(&self, acceptor: TlsAcceptor) -> Fallible<String> {
        let address = http::listen_over_tls(Arc::clone(&self.state), acceptor).await?;
        Ok(format!("https://localhost:{}", address.port()))
    }

    /// From now on these are in Twilio's list, each as JSON, the newest first.
    pub(crate) fn list(&self, recordings: Vec<String>) {
        *self.state.listed.lock() = recordings;
    }

    /// What was asked since the last time.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.state.counts.lock())
    }

    /// From now on nothing is served but lists: else who asks another provider for one would be handed a recording.
    pub(crate) fn serve_nothing(&self) {
        *self.state.serving.lock() = None;
    }

    /// From now on this is served.
    pub(crate) fn serve(&self, recording: &Recording, manner: Manner) {
        *self.state.serving.lock() = Some((recording.clone(), manner));
    }
}

impl Answers for State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
        let uri = request.uri().clone();
        if uri.path().starts_with("/v0/app") {
            self.counts.lock().airtable += 1;
            let asked = request.into_body().collect().await?.to_bytes();
            return Ok(answer(StatusCode::OK, &[JSON], records(&asked).to_string()));
        }
        self.counts.lock().provider += 1;
        if request.method() == hyper::Method::DELETE {
            return Ok(answer(StatusCode::NO_CONTENT, &[], ""));
        }
        if uri.path().ends_with("/Recordings.json") {
            let page = page(&self.listed.lock(), uri.path(), uri.query().unwrap_or_default());
            return Ok(answer(StatusCode::OK, &[JSON], page));
        }
        let Some((recording, manner)) = self.serving.lock().clone() else {
            return Ok(answer(StatusCode::NOT_FOUND, &[], ""));
        };
        let mut response = Response::builder().header("content-type", "audio/mpeg");
        if manner != Manner::Unannounced {
            response = response.header("content-length", recording.bytes);
        }
        let body = match request.method() == hyper::Method::HEAD {
            true => Body::default(),
            false => body(recording, manner),
        };
        Ok(response.body(body).unwrap_or_else(|_| answer(StatusCode::INTERNAL_SERVER_ERROR, &[], "")))
    }
}

/// Airtable's answer: to an update what it wrote, to everything else the one job.
/// Source: <https://airtable.com/developers/web/api/list-records>
fn records(asked: &[u8]) -> Value {
    let asked: Value = serde_json::from_slice(asked).unwrap_or_default();
    match asked["records"].is_array() {
        true => asked,
        false => json!({ "records": [{
            "id": "recAAAAAAAAAAAAAA", "createdTime": "2024-03-15T14:30:22.000Z", "fields": { "Job Number": JOB },
        }] }),
    }
}

/// A page of Twilio's list. Source: <https://www.twilio.com/docs/usage/twilios-response>
fn page(listed: &[String], path: &str, query: &str) -> String {
    let number = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse::<usize>().ok())
    };
    let (size, page) = (number("PageSize").unwrap_or(50), number("Page").unwrap_or(0));
    let shown = listed.iter().skip(page * size).take(size).map(String::as_str).collect::<Vec<_>>().join(",");
    let next = match listed.len() > (page + 1) * size {
        true => format!("\"{path}?PageSize={size}&Page={0}&PageToken=PA{0}\"", page + 1),
        false => "null".to_owned(),
    };
    format!("{{\"recordings\":[{shown}],\"next_page_uri\":{next}}}")
}

fn body(recording: Recording, manner: Manner) -> Body {
    let frame = |piece: Bytes| Ok::<_, Infallible>(Frame::data(piece));
    match manner {
        Manner::Announced | Manner::Unannounced => {
            StreamBody::new(stream::iter(recording.pieces().map(frame))).boxed_unsync()
        }
        Manner::Trickling(rate) => {
            // Ten times a second, as a slow wire would.
            let step = (rate / 10).max(1) as usize;
            let drops_of = |piece: Bytes| {
                let starts = (0..piece.len()).step_by(step);
                starts.map(|at| piece.slice(at..(at + step).min(piece.len()))).collect::<Vec<_>>()
            };
            let drops: Vec<Bytes> = recording.pieces().flat_map(drops_of).collect();
            let trickle = stream::iter(drops).then(async |drop| {
                pause(Duration::from_millis(100)).await;
                Ok::<_, Infallible>(Frame::data(drop))
            });
            StreamBody::new(trickle).boxed_unsync()
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "plays a slow wire, which keeps real time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_to_its_end() {
        let listed: Vec<String> = (0..5).map(|number| number.to_string()).collect();
        let (mut shown, mut query) = (Vec::new(), "PageSize=2".to_owned());
        for _ in 0..3 {
            let page: Value = serde_json::from_str(&page(&listed, "/Recordings.json", &query)).unwrap();
            shown.extend(page["recordings"].as_array().unwrap().iter().map(Value::to_string));
            query =
                page["next_page_uri"].as_str().and_then(|uri| uri.split_once('?')).map_or("", |next| next.1).to_owned();
        }
        assert_eq!((shown, query.as_str()), (listed, ""));
    }
}

//! Where recordings are fetched from: one file at a time, whatever the path, from memory.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response, StatusCode};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use standins::speech::{Channels, Format, Track};

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
}

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

    /// From now on this is served.
    pub(crate) fn serve(&self, recording: &Recording, manner: Manner) {
        *self.state.serving.lock() = Some((recording.clone(), manner));
    }
}

impl Answers for State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
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

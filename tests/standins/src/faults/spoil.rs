use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};

use super::Fault;

/// The connection is to be closed without an answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(crate) struct Dropped;

/// Applies a fault to a call; `handle` is what would have happened.
pub(crate) async fn spoil(fault: Fault, handle: impl Future<Output = Response>) -> Result<Response, Dropped> {
    match fault {
        Fault::Answer { status, body, content_type, retry_after } => {
            Ok(answer(status, body, content_type.as_deref(), retry_after))
        }
        Fault::Redirect { location } => Ok(redirect(&location)),
        Fault::Delay { ms } => {
            pause(Duration::from_millis(ms)).await;
            Ok(handle.await)
        }
        Fault::Hang => std::future::pending().await,
        Fault::CloseBeforeAnswer => Err(Dropped),
        Fault::LoseReply => {
            handle.await;
            Err(Dropped)
        }
        Fault::CutBody { after } => Ok(handle.await.map(|body| with(cut(body, after)))),
        Fault::Stall { after } => Ok(handle.await.map(|body| with(first(body, after).chain(stream::pending())))),
        Fault::ShortenBody { to } => {
            let whole = handle.await;
            Ok(announcing(to, whole.map(|body| with(first(body, to)))))
        }
        Fault::ContentLength { announced } => {
            let whole = handle.await;
            Ok(announcing(announced, whole.map(|body| with(cut(body, announced)))))
        }
        // It was done to the request.
        Fault::FlipSentBit { .. } => Ok(handle.await),
        Fault::FlipBit { offset, bit } => Ok(handle.await.map(|body| with(flip(body, offset, bit)))),
        Fault::Trickle { bytes_per_second } => Ok(handle.await.map(|body| with(trickle(body, bytes_per_second)))),
    }
}

/// Applies a fault to what the client sent.
pub(crate) fn spoil_sent(fault: Option<&Fault>, request: Request) -> Request {
    match fault {
        Some(Fault::FlipSentBit { offset, bit }) => request.map(|body| with(flip(body, *offset, *bit))),
        _ => request,
    }
}

/// Real time passes.
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep_until(tokio::time::Instant::now() + duration).await;
}

fn answer(status: u16, body: String, content_type: Option<&str>, retry_after: Option<u32>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::IM_A_TEAPOT);
    let headers = response.headers_mut();
    if let Some(value) = content_type.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(CONTENT_TYPE, value);
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn redirect(location: &str) -> Response {
    let mut response = answer(302, String::new(), None, None);
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

fn announcing(length: u64, mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

type Piece = Result<Bytes, axum::Error>;

fn with(pieces: impl Stream<Item = Piece> + Send + 'static) -> Body {
    Body::from_stream(pieces)
}

fn first(body: Body, limit: u64) -> impl Stream<Item = Piece> {
    stream::unfold((body.into_data_stream(), limit), |(mut pieces, left)| async move {
        let mut piece = next_if(left > 0, &mut pieces).await?;
        if let Ok(bytes) = &mut piece {
            bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        let taken = piece.as_ref().map_or(0, Bytes::len) as u64;
        Some((piece, (pieces, left - taken)))
    })
}

async fn next_if(wanted: bool, pieces: &mut BodyDataStream) -> Option<Piece> {
    if wanted { pieces.next().await } else { None }
}

fn cut(body: Body, after: u64) -> impl Stream<Item = Piece> {
    first(body, after).chain(breakage())
}

/// The server flushes what it has while the body is pending; without the wait the last bytes would be lost too.
fn breakage() -> impl Stream<Item = Piece> {
    stream::once(async {
        pause(Duration::from_millis(20)).await;
        Err(axum::Error::new(Dropped))
    })
}

fn flip(body: Body, offset: u64, bit: u8) -> impl Stream<Item = Piece> {
    let mut at = 0;
    body.into_data_stream().map(move |piece| {
        let bytes = piece?;
        let position = offset.checked_sub(at).filter(|position| *position < bytes.len() as u64);
        at += bytes.len() as u64;
        let Some(position) = position else { return Ok(bytes) };
        let mut spoilt = BytesMut::from(bytes);
        spoilt[position as usize] ^= 1 << (bit % 8);
        Ok(spoilt.freeze())
    })
}

/// Twenty portions in a second, so that slow is even and not in bursts. Each has its time from the start, so that a busy
/// machine does not make it slower still.
fn trickle(body: Body, bytes_per_second: u64) -> impl Stream<Item = Piece> {
    let portion = (bytes_per_second / 20).max(1) as usize;
    let tick = Duration::from_secs_f64(portion as f64 / bytes_per_second.max(1) as f64);
    let portions = body.into_data_stream().flat_map(move |piece| {
        let pieces = match piece {
            Ok(bytes) => portions_of(bytes, portion),
            Err(error) => vec![Err(error)],
        };
        stream::iter(pieces)
    });
    let mut due = tokio::time::Instant::now();
    portions.then(move |piece| {
        due += tick;
        async move {
            tokio::time::sleep_until(due).await;
            piece
        }
    })
}

fn portions_of(bytes: Bytes, portion: usize) -> Vec<Piece> {
    (0..bytes.len()).step_by(portion).map(|start| Ok(bytes.slice(start..bytes.len().min(start + portion)))).collect()
}

//! Audio of imported recordings, from the hosts that an organisation lists in its secret. No request bears credentials, and
//! a redirect leads only to a host of the same list: the list is asked anew before each request.

mod body;

use std::sync::Arc;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode};

use super::http::{HttpClient, range};
use crate::ports::{ErrorKind, FetchError, LegacyAudio, OpenedAudio, PortError, SecretSource, StoppedAt};
use crate::recording::{LegacyUrl, RecordingRef};

pub use body::Body;

const OPEN: &str = "legacy GET recording audio";

const MAX_HOPS: usize = 3;

/// Where imported recordings lay before.
pub struct LegacyHosts<S> {
    http: HttpClient,
    secrets: Arc<S>,
}

impl<S: SecretSource + Send> LegacyHosts<S> {
    /// Asks `secrets` for the hosts of each organisation.
    pub fn new(http: HttpClient, secrets: Arc<S>) -> Self {
        Self { http, secrets }
    }

    /// Follows up to three redirects, each with the same conditions.
    async fn get(
        &self,
        recording: &RecordingRef,
        url: &LegacyUrl,
        conditions: &HeaderMap,
    ) -> Result<Response, FetchError> {
        let mut url = url.clone();
        for _ in 0..=MAX_HOPS {
            let response = self.get_once(recording, &url, conditions).await?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return Ok(response);
            }
            url = target(&url, &response)?;
        }
        Err(refused("more than 3 redirects"))
    }

    async fn get_once(
        &self,
        recording: &RecordingRef,
        url: &LegacyUrl,
        conditions: &HeaderMap,
    ) -> Result<Response, FetchError> {
        let secrets = self.secrets.current().await.map_err(|error| FetchError::Unavailable(unavailable(error)))?;
        if !secrets.permits_legacy(&recording.organisation, url) {
            return Err(refused("the host is not on the organisation's list"));
        }
        let request = self.http.request(Method::GET, url.url().clone()).headers(conditions.clone());
        self.http.send(OPEN, request).await.map_err(fetch_error)
    }
}

impl<S: SecretSource + Send> LegacyAudio for LegacyHosts<S> {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef, url: &LegacyUrl) -> Result<OpenedAudio<Body>, FetchError> {
        let response = self.get(recording, url, &HeaderMap::new()).await?;
        match response.status() {
            StatusCode::OK => {
                let announced_bytes = response.content_length();
                body::with_body(response, announced_bytes)
            }
            status => Err(why_none(status)),
        }
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        url: &LegacyUrl,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        let conditions = range::from(stopped.offset, stopped.version.as_deref());
        let response = self.get(recording, url, &conditions).await?;
        match response.status() {
            StatusCode::OK => Ok(None),
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => body::going_on(response, stopped),
            status => Err(why_none(status)),
        }
    }
}

/// Nobody waits at such a host for a recording to become ready: what is not there is gone.
fn why_none(status: StatusCode) -> FetchError {
    let error = |kind| PortError::new(kind, OPEN, format!("HTTP {}", status.as_u16()));
    match status.as_u16() {
        404 | 410 => FetchError::Gone(error(ErrorKind::NotFound)),
        401 | 403 | 407 | 451 => FetchError::Refused(error(ErrorKind::Refused)),
        429 => FetchError::Throttled(error(ErrorKind::Throttled { retry_after: None })),
        408 | 425 | 500.. => FetchError::Unavailable(error(ErrorKind::Unavailable)),
        _ => FetchError::Broken(error(ErrorKind::Invalid)),
    }
}

/// What a failure on the way means for the recording. An address that is not connected to is a refusal.
fn fetch_error(error: PortError) -> FetchError {
    match error.kind {
        ErrorKind::Invalid | ErrorKind::Refused => FetchError::Refused(error),
        _ => FetchError::Unavailable(error),
    }
}

fn target(url: &LegacyUrl, response: &Response) -> Result<LegacyUrl, FetchError> {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let location = location.ok_or_else(|| refused("a redirect without a location"))?;
    url.join(location).map_err(|invalid| {
        FetchError::Refused(
            PortError::new(ErrorKind::Refused, OPEN, "a redirect that is not followed").because(invalid),
        )
    })
}

fn refused(why: &'static str) -> FetchError {
    FetchError::Refused(PortError::new(ErrorKind::Refused, OPEN, why))
}

fn unavailable(error: PortError) -> PortError {
    PortError::new(ErrorKind::Unavailable, OPEN, "the list of hosts cannot be read").because(error)
}

#[cfg(test)]
#[path = "legacy/legacy_tests.rs"]
mod tests;

//! The permanent link: a token leads to the audio, wherever that is just now.
//!
//! Once the audio is in our bucket, the answer is a redirect to a signed URL that works for minutes. Until then the
//! provider's copy stands in: it needs our credentials, so it is fetched here, a slice at a time.

mod access;
mod bucket;
mod fallback;
mod player;
mod range;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use recordings::ledger_entry::{LedgerEntry, State as Recording};
use recordings::link::LinkTarget;
use recordings::object_key::AudioKey;
use recordings::ports::{Clock, ErrorKind, FetchError, LedgerRead, PortError, SecretSource};
use recordings::recording::{Provider, RecordingRef};
use recordings::telemetry::causes;

use crate::patience::in_time;
use crate::{App, LinkPorts, Ports, answer};

/// How long the ledger may take. The provider wants most of the time that API Gateway leaves us.
const LEDGER_PATIENCE: Duration = Duration::from_secs(4);

/// Where a link leads.
enum Place {
    /// The audio is in our bucket.
    Bucket(RecordingRef, AudioKey),
    /// The provider's copy stands in.
    Provider(RecordingRef),
    /// There is nothing to hear, or nothing any more.
    Nowhere(StatusCode, &'static str),
    /// There is nothing to hear yet.
    Later,
}

/// Follows a link to the audio, for `GET` and `HEAD`.
pub(crate) async fn follow<P: LinkPorts>(State(app): State<Arc<App<P>>>, request: Parts) -> Response {
    match find(&app, &request).await {
        Ok(Place::Provider(recording)) => from_provider(&app, &recording, &request).await,
        Ok(Place::Bucket(recording, key)) => bucket::redirect(&app, &recording, &key, &request).await,
        Ok(Place::Nowhere(status, sentence)) => answer::sentence(status, sentence),
        Ok(Place::Later) => answer::later(30, "The recording is on its way.\n"),
        Err(error) => {
            tracing::error!(
                log_type = "link_failed",
                error_code = error.kind.code(),
                error = %causes(&error),
                "a link could not be followed",
            );
            app.count(Provider::Twilio, "link_failed");
            answer::out_of_reach()
        }
    }
}

async fn from_provider<P: LinkPorts>(app: &App<P>, recording: &RecordingRef, request: &Parts) -> Response {
    let error = match fallback::serve(app, recording, request).await {
        Ok(response) => return response,
        Err(error) => error,
    };
    // Between the look into the ledger and the provider's answer, the recording may have come home and the provider's
    // copy gone.
    if matches!(error, FetchError::Gone(_))
        && let Ok(Place::Bucket(recording, key)) = find(app, request).await
    {
        return bucket::redirect(app, &recording, &key, request).await;
    }
    fallback::refuse(app, recording, request, &error).await
}

/// Where the audio is. A link that we did not seal, one that was revoked and one of an unknown recording look alike.
async fn find<P: Ports>(app: &App<P>, request: &Parts) -> Result<Place, PortError> {
    const UNKNOWN: Place = Place::Nowhere(StatusCode::NOT_FOUND, "There is no such recording.\n");
    let Ok(target) = app.ports.secrets().current().await?.link_keys.open(token(request)) else { return Ok(UNKNOWN) };
    let stands_in = target.stands_in(app.ports.clock().now());
    let read = app.ports.ledger().get(&target.recording);
    match in_time(&app.ports, LEDGER_PATIENCE, "read the ledger entry", read).await {
        Ok(Some(read)) if read.entry.link_generation == target.generation => Ok(place(&read.entry)),
        Ok(Some(_)) => Ok(UNKNOWN),
        Ok(None) if stands_in => Ok(Place::Provider(target.recording)),
        Ok(None) => Ok(UNKNOWN),
        Err(error) if stands_in && is_out_of_reach(&error) => {
            log_without_ledger(app, &target, &error);
            Ok(Place::Provider(target.recording))
        }
        Err(error) => Err(error),
    }
}

/// The token as it stands in the path. No character of a token is ever escaped, so one that needs decoding is none.
fn token(request: &Parts) -> &str {
    request.uri.path().strip_prefix("/r/").unwrap_or_default()
}

fn place(entry: &LedgerEntry) -> Place {
    let recording = || entry.recording.clone();
    match (entry.state(), &entry.recording_storage_path) {
        (Recording::Stored | Recording::Suspect | Recording::Settled, Some(key)) => {
            Place::Bucket(recording(), key.clone())
        }
        (Recording::Received | Recording::Fallback | Recording::Failed, _) => Place::Provider(recording()),
        (Recording::Absent, _) if entry.is_being_fetched_after_all() => Place::Provider(recording()),
        (Recording::Absent, _) => Place::Nowhere(StatusCode::NOT_FOUND, "The call has no recording.\n"),
        (Recording::Erased, _) => Place::Nowhere(StatusCode::GONE, "The recording was erased.\n"),
        (Recording::Expired, _) => {
            Place::Nowhere(StatusCode::GONE, "The recording was deleted when its retention ended.\n")
        }
        (Recording::Stored | Recording::Suspect | Recording::Settled, None) => Place::Later,
    }
}

/// Whether the ledger could not be asked at all. An entry that cannot be understood may well say that the link is revoked.
fn is_out_of_reach(error: &PortError) -> bool {
    matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Throttled { .. } | ErrorKind::Refused)
}

fn log_without_ledger<P: Ports>(app: &App<P>, target: &LinkTarget, error: &PortError) {
    tracing::warn!(
        log_type = "link_without_ledger",
        organisation = %target.recording.organisation,
        recording_id = %target.recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "the ledger cannot be read; a link that was made without one is followed without one",
    );
    app.count(target.recording.provider, "link_without_ledger");
}

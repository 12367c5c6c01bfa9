//! The permanent link: a token leads to the audio, wherever that is just now.
//!
//! Once the audio is in our bucket, the answer is a redirect to a signed URL that works for minutes. Until then the
//! provider's copy stands in: it needs our credentials, so it is fetched here, a slice at a time.

mod bucket;
pub(crate) mod deadline;
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

use crate::access::{self, Visitor};
use crate::patience::in_time;
use crate::{App, LinkPorts, Ports, answer};

use deadline::Deadline;

/// How long the ledger may take. The provider wants most of the time that there is.
const LEDGER_PATIENCE: Duration = Duration::from_secs(4);

/// What every link says that leads nowhere and never did, so that nobody learns which tokens are sealed well.
const UNKNOWN: &str = "There is no such recording.\n";

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
    let deadline = Deadline::of_now(app.ports.clock());
    let target = match open(&app, &request, deadline).await {
        Ok(Some(target)) => target,
        Ok(None) => return answer::sentence(StatusCode::NOT_FOUND, UNKNOWN),
        Err(error) => return fail(&app, None, &error),
    };
    match look(&app, &target, deadline).await {
        Ok(Place::Provider(recording)) => from_provider(&app, &target, &recording, &request, deadline).await,
        Ok(Place::Bucket(recording, key)) => bucket::redirect(&app, &recording, &key, &request, deadline).await,
        Ok(Place::Nowhere(status, sentence)) => answer::sentence(status, sentence),
        Ok(Place::Later) => answer::later(30, "The recording is on its way.\n"),
        Err(error) => fail(&app, Some(&target.recording), &error),
    }
}

async fn from_provider<P: LinkPorts>(
    app: &App<P>,
    target: &LinkTarget,
    recording: &RecordingRef,
    request: &Parts,
    deadline: Deadline,
) -> Response {
    let error = match fallback::serve(app, recording, request, deadline).await {
        Ok(response) => return response,
        Err(error) => error,
    };
    if !matches!(error, FetchError::Gone(_) | FetchError::Absent(_)) {
        return fallback::refuse(app, recording, request, &error).await;
    }
    // Between the look into the ledger and the provider's answer, the recording may have come home and the provider's
    // copy gone.
    match look(app, target, deadline).await {
        Ok(Place::Bucket(recording, key)) => bucket::redirect(app, &recording, &key, request, deadline).await,
        Ok(_) => fallback::refuse(app, recording, request, &error).await,
        Err(error) => {
            access::record(app, recording, &Visitor::with_a_link(request), "provider", "unavailable").await;
            fail(app, Some(recording), &error)
        }
    }
}

/// What a link is to. A token that we did not seal opens to nothing.
async fn open<P: Ports>(app: &App<P>, request: &Parts, deadline: Deadline) -> Result<Option<LinkTarget>, PortError> {
    let read = app.ports.secrets().current();
    let secrets = in_time(&app.ports, deadline.left(app.ports.clock()), "read the secret", read).await?;
    Ok(secrets.link_keys.open(token(request)).ok())
}

/// Where the audio is. A link that was revoked and one of an unknown recording look alike.
async fn look<P: Ports>(app: &App<P>, target: &LinkTarget, deadline: Deadline) -> Result<Place, PortError> {
    let stands_in = target.stands_in(app.ports.clock().now());
    let patience = LEDGER_PATIENCE.min(deadline.left(app.ports.clock()));
    let read = app.ports.ledger().get(&target.recording);
    match in_time(&app.ports, patience, "read the ledger entry", read).await {
        Ok(Some(read)) if read.entry.link_generation == target.generation => Ok(place(&read.entry)),
        Ok(None) if stands_in => Ok(Place::Provider(target.recording.clone())),
        Ok(_) => Ok(Place::Nowhere(StatusCode::NOT_FOUND, UNKNOWN)),
        Err(error) if stands_in && is_out_of_reach(&error) => {
            log_without_ledger(app, target, &error);
            Ok(Place::Provider(target.recording.clone()))
        }
        Err(error) => Err(error),
    }
}

/// Says that nobody knows where the audio is, or whether there is any.
fn fail<P: Ports>(app: &App<P>, recording: Option<&RecordingRef>, error: &PortError) -> Response {
    tracing::error!(
        log_type = "link_failed",
        organisation = recording.map(|recording| tracing::field::display(&recording.organisation)),
        call_id = recording.map(|recording| tracing::field::display(&recording.call_id)),
        recording_id = recording.map(|recording| tracing::field::display(&recording.recording_id)),
        error_code = error.kind.code(),
        error = %causes(error),
        "a link could not be followed",
    );
    app.count(recording.map_or(Provider::Twilio, |recording| recording.provider), "link_failed");
    answer::out_of_reach()
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
        call_id = %target.recording.call_id,
        recording_id = %target.recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "the ledger cannot be read; a link that was made without one is followed without one",
    );
    app.count(target.recording.provider, "link_without_ledger");
}

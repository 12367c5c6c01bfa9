//! Audio that is not in our bucket yet: the provider's copy, fetched with our credentials.
//!
//! An HTTP API cannot stream and Lambda's answers end at 6 MB, so audio leaves in slices, and only for who asks for a range.
//! Others get a page that asks for ranges in their place.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use recordings::ports::{AudioSlice, AudioSlices, ErrorKind, FetchError};
use recordings::recording::RecordingRef;
use recordings::telemetry::causes;

use super::deadline::Deadline;
use super::player;
use super::range::Wanted;
use crate::access::{self, Visitor};
use crate::patience::{late, within};
use crate::{App, LinkPorts, Ports, answer};

const TIER: &str = "provider";

/// The most bytes in one answer. In base64 they are 5.6 MB of the 6 MB that Lambda's answers may have.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const SLICE_BYTES: u64 = 4 * 1024 * 1024;

/// How long the provider may take for one answer, where so much is left.
const PATIENCE: Duration = Duration::from_secs(18);

/// What one request gets, and the word for it in its trace.
struct Answer {
    response: Response,
    outcome: &'static str,
}

/// Answers from the provider's copy.
///
/// # Errors
/// What the provider failed of; nothing has been answered or recorded then.
pub(super) async fn serve<P: LinkPorts>(
    app: &App<P>,
    recording: &RecordingRef,
    request: &Parts,
    deadline: Deadline,
) -> Result<Response, FetchError> {
    let patience = PATIENCE.min(deadline.left(app.ports.clock()));
    let answered = within(&app.ports, patience, fetch(app, recording, request)).await;
    let late = || Err(FetchError::Unavailable(late("fetch a slice of the provider's audio")));
    let Answer { response, outcome } = answered.unwrap_or_else(late)?;
    app.count(recording.provider, "link_from_provider");
    access::record(app, recording, &Visitor::with_a_link(request), TIER, outcome).await;
    Ok(response)
}

async fn fetch<P: LinkPorts>(app: &App<P>, recording: &RecordingRef, request: &Parts) -> Result<Answer, FetchError> {
    let slices = app.ports.slices();
    if request.method != Method::HEAD
        && let Some(wanted) = Wanted::of(&request.headers)
        && let Some((first, most)) = locate(slices, recording, wanted).await?
    {
        let slice = slices.slice(recording, first, most.min(SLICE_BYTES)).await?;
        let outcome = if slice.bytes.is_empty() { "unsatisfiable" } else { "slice" };
        return Ok(Answer { response: answer::slice(slice), outcome });
    }
    // Whether there is anything to hear is asked in any case, so that nobody gets a player that stays silent.
    let AudioSlice { content_type, total, .. } = slices.slice(recording, 0, 1).await?;
    Ok(match request.method {
        Method::HEAD => Answer { response: answer::described(content_type, total), outcome: "described" },
        _ => Answer { response: player::page(&app.settings.public_base_url), outcome: "player" },
    })
}

/// The first byte that is wanted, and how many. `None` where the end is asked for and nobody knows where that is: such a
/// range is left aside, as RFC 9110 allows.
async fn locate(
    slices: &impl AudioSlices,
    recording: &RecordingRef,
    wanted: Wanted,
) -> Result<Option<(u64, u64)>, FetchError> {
    Ok(match wanted {
        Wanted::From(first) => Some((first, u64::MAX)),
        Wanted::Between(first, last) => Some((first, (last - first).saturating_add(1))),
        Wanted::Last(count) => {
            let total = slices.slice(recording, 0, 1).await?.total;
            total.map(|total| (total.saturating_sub(count), count))
        }
    })
}

/// Says why the provider's copy cannot be heard.
pub(super) async fn refuse<P: Ports>(
    app: &App<P>,
    recording: &RecordingRef,
    request: &Parts,
    error: &FetchError,
) -> Response {
    log(recording, error);
    app.count(recording.provider, "link_failed");
    let (outcome, response) = refusal(error);
    access::record(app, recording, &Visitor::with_a_link(request), TIER, outcome).await;
    response
}

fn refusal(error: &FetchError) -> (&'static str, Response) {
    let sentence = answer::sentence;
    match error {
        FetchError::NotReady(_) => {
            ("not_ready", answer::later(30, "The phone provider does not have the recording ready yet.\n"))
        }
        FetchError::Throttled(cause) => {
            let asked_for = match cause.kind {
                ErrorKind::Throttled { retry_after } => retry_after.map(|wait| wait.as_secs()),
                _ => None,
            };
            let seconds = asked_for.unwrap_or(5).clamp(1, 300) as u32;
            ("throttled", answer::later(seconds, "The phone provider is too busy just now.\n"))
        }
        FetchError::Unavailable(_) => {
            ("unavailable", answer::later(5, "The phone provider cannot be reached just now.\n"))
        }
        FetchError::Gone(_) => {
            ("gone", sentence(StatusCode::GONE, "The phone provider no longer has the recording.\n"))
        }
        FetchError::Absent(_) => ("absent", sentence(StatusCode::NOT_FOUND, "The phone provider has no recording.\n")),
        FetchError::Refused(_) => ("refused", sentence(StatusCode::BAD_GATEWAY, "The phone provider refuses us.\n")),
        FetchError::Broken(_) => {
            ("broken", sentence(StatusCode::BAD_GATEWAY, "The phone provider's answer is not audio.\n"))
        }
    }
}

fn log(recording: &RecordingRef, error: &FetchError) {
    macro_rules! record {
        ($level:ident) => {
            tracing::$level!(
                log_type = "link_failed",
                organisation = %recording.organisation,
                call_id = %recording.call_id,
                recording_id = %recording.recording_id,
                error_code = error.code(),
                error = %causes(error),
                "the provider's copy could not be heard",
            )
        };
    }
    match error {
        // These pass by themselves.
        FetchError::NotReady(_) | FetchError::Throttled(_) => record!(warn),
        _ => record!(error),
    }
}

//! `recordingStatusCallback`: a recording is complete, or will never be.
//! Source: <https://www.twilio.com/docs/voice/api/recording#recordingstatuscallback>

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::Clock;
use recordings::recording::{Absence, Outcome, Provider, RecordingRef, Report};

use super::authenticate::{Authentic, authenticate};
use super::strange::{self, Strange};
use crate::record;
use crate::{App, Ports, answer};

/// Takes what Twilio says of a recording. Once it is signed, the answer is 204 unless nothing could be made durable: any
/// other answer would only make Twilio give up.
pub(crate) async fn recording<P: Ports>(State(app): State<Arc<App<P>>>, request: Request<Body>) -> Response {
    let webhook = match authenticate(&app, request).await {
        Ok(webhook) => webhook,
        Err(refused) => return refused,
    };
    match read(&webhook, app.ports.clock().now()) {
        Ok(Some(request)) => record::take(&app, &request, StatusCode::NO_CONTENT).await,
        Ok(None) => answer::empty(StatusCode::NO_CONTENT),
        Err(what) => {
            strange::note(&app, &webhook, &what);
            answer::empty(StatusCode::NO_CONTENT)
        }
    }
}

/// The event as a request, or nothing where there is nothing to do yet.
fn read(webhook: &Authentic, now: Timestamp) -> Result<Option<TransferRequest>, Strange> {
    webhook.check_account()?;
    let form = &webhook.form;
    let outcome = match webhook.required("RecordingStatus")? {
        "in-progress" | "paused" | "stopped" | "processing" => return Ok(None),
        "completed" => Outcome::Completed,
        "absent" => Outcome::Absent { reason: Absence::NeverMade.reason(form.get("ErrorCode")) },
        "failed" => Outcome::Absent { reason: Absence::Failed.reason(form.get("ErrorCode")) },
        _ => return Err(Strange::UnknownStatus("RecordingStatus")),
    };
    let (call, recording) = (webhook.required("CallSid")?, webhook.required("RecordingSid")?);
    Ok(Some(TransferRequest {
        version: MESSAGE_VERSION,
        recording: RecordingRef::parse(webhook.organisation.as_str(), Provider::Twilio, call, recording)?,
        job_number: webhook.job_number(),
        report: Report {
            duration_seconds: form.get("RecordingDuration").and_then(|seconds| seconds.parse().ok()),
            channels: form.get("RecordingChannels").and_then(|channels| channels.parse().ok()),
            started_at: form.get("RecordingStartTime").and_then(start_time),
            ..Report::of(outcome)
        },
        received_at: now,
        origin: Origin::Webhook,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    }))
}

/// Twilio writes RFC 2822; a time that cannot be read is no reason to lose the recording.
fn start_time(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()).or_else(|| text.parse().ok())
}

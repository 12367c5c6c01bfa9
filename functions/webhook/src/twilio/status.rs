//! The call's own status callback: a completed call whose recording is awaited from now on.
//! Source: <https://www.twilio.com/docs/voice/api/call-resource#statuscallback>

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use recordings::messages::{CompletedCall, MESSAGE_VERSION};
use recordings::ports::{CallNotes, Clock};
use recordings::recording::{CallRef, Direction, Parties, Provider};
use recordings::telemetry::causes;

use super::authenticate::{Authentic, authenticate};
use super::strange::{self, Strange};
use crate::patience::in_time;
use crate::record::PATIENCE;
use crate::{App, Ports, answer};

/// Remembers a completed call. Any other status needs nothing from us.
pub(crate) async fn status<P: Ports>(State(app): State<Arc<App<P>>>, request: Request<Body>) -> Response {
    let webhook = match authenticate(&app, request).await {
        Ok(webhook) => webhook,
        Err(refused) => return refused,
    };
    match read(&webhook, app.ports.clock().now()) {
        Ok(Some(call)) => remember(&app, &call).await,
        Ok(None) => answer::empty(StatusCode::NO_CONTENT),
        Err(what) => {
            strange::note(&app, &webhook, &what);
            answer::empty(StatusCode::NO_CONTENT)
        }
    }
}

/// The call, if it is completed. A leg of another call is never the one that Twilio reports a recording for.
fn read(webhook: &Authentic, now: Timestamp) -> Result<Option<CompletedCall>, Strange> {
    webhook.check_account()?;
    match webhook.required("CallStatus")? {
        "completed" if webhook.form.get("ParentCallSid").is_none() => {}
        "queued" | "initiated" | "ringing" | "in-progress" | "completed" | "busy" | "failed" | "no-answer"
        | "canceled" => return Ok(None),
        _ => return Err(Strange::UnknownStatus("CallStatus")),
    }
    let call = CallRef::parse(webhook.organisation.as_str(), Provider::Twilio, webhook.required("CallSid")?)?;
    Ok(Some(CompletedCall {
        version: MESSAGE_VERSION,
        call,
        job_number: webhook.job_number(),
        completed_at: now,
        parties: parties(webhook),
    }))
}

/// Who spoke. What is no telephone number, as the name of a SIP client or `anonymous`, is left out.
fn parties(webhook: &Authentic) -> Parties {
    let number = |name| webhook.form.get(name).and_then(|number| number.parse().ok());
    let direction = match webhook.form.get("Direction") {
        Some("inbound") => Some(Direction::Inbound),
        Some(outbound) if outbound.starts_with("outbound") => Some(Direction::Outbound),
        _ => None,
    };
    Parties { direction, from: number("From"), to: number("To") }
}

async fn remember<P: Ports>(app: &App<P>, note: &CompletedCall) -> Response {
    match in_time(&app.ports, PATIENCE, "write the call's note", app.ports.call_notes().put(note)).await {
        Ok(()) => answer::empty(StatusCode::NO_CONTENT),
        Err(error) => {
            tracing::error!(
                log_type = "webhook_not_durable",
                organisation = %note.call.organisation,
                call_id = %note.call.call_id,
                error_code = error.kind.code(),
                error = %causes(&error),
                "the provider is asked to send the event again",
            );
            app.count(Provider::Twilio, "webhook_not_durable");
            answer::empty(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

//! The trace of each access to audio.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use recordings::ports::{AuditLog, AuditRecord, Clock, Random};
use recordings::recording::RecordingRef;
use recordings::telemetry::causes;

use crate::patience::in_time;
use crate::{App, Ports};

/// How long an answer waits for its trace.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// Who asks for audio, as far as that is known.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// A user's id, or `link` for whoever holds the permanent link.
    pub(crate) user: String,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl Visitor {
    /// Whoever holds the permanent link.
    pub(crate) fn with_a_link(request: &Parts) -> Self {
        Self::named("link", request)
    }

    /// Somebody whose token gives this name.
    pub(crate) fn named(user: &str, request: &Parts) -> Self {
        let (ip, user_agent) = (address(&request.extensions), user_agent(&request.headers));
        Self { user: user.to_owned(), ip, user_agent }
    }
}

/// Leaves a trace of what is about to be answered. It is written once that is known, so that it is true, and before
/// the answer goes out, so that nothing is heard without one. A log record stands in when it cannot be written.
pub(crate) async fn record<P: Ports>(
    app: &App<P>,
    recording: &RecordingRef,
    visitor: &Visitor,
    tier: &'static str,
    outcome: &'static str,
) {
    let Visitor { user, ip, user_agent } = visitor.clone();
    let record = AuditRecord {
        organisation: recording.organisation.clone(),
        recording: recording.clone(),
        at: app.ports.clock().now(),
        user,
        ip,
        user_agent,
        tier,
        outcome,
        number: app.ports.random().number(),
    };
    app.count(record.recording.provider, "audio_accessed");
    let written = app.ports.audit().append(&record);
    if let Err(error) = in_time(&app.ports, PATIENCE, "write the audit record", written).await {
        tracing::error!(
            log_type = "audit_not_written",
            organisation = %record.organisation,
            call_id = %record.recording.call_id,
            recording_id = %record.recording.recording_id,
            user = record.user,
            ip = record.ip,
            user_agent = record.user_agent,
            tier = record.tier,
            outcome = record.outcome,
            error_code = error.kind.code(),
            error = %causes(&error),
            "this record stands in for the audit record",
        );
        app.count(record.recording.provider, "audit_not_written");
    }
}

/// The address that API Gateway saw. A header that says another may be made up.
fn address(extensions: &Extensions) -> Option<String> {
    match extensions.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.clone(),
        _ => None,
    }
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(200).collect())
}

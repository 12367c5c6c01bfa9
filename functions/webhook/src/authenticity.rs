//! What every provider's webhooks go through before they are believed, and what becomes of those that are not.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use recordings::ports::SecretSource;
use recordings::recording::{Organisation, Provider};
use recordings::secrets::Secrets;
use recordings::telemetry::causes;

use crate::{App, Ports, answer};

/// The secrets, or the answer to who may come again.
pub(crate) async fn secrets<P: Ports>(app: &App<P>, provider: Provider) -> Result<Arc<Secrets>, Response> {
    app.ports.secrets().current().await.map_err(|error| {
        tracing::error!(
            log_type = "secret_unavailable",
            error_code = error.kind.code(),
            error = %causes(&error),
            "webhooks cannot be verified",
        );
        app.count(provider, "secret_unavailable");
        answer::empty(StatusCode::SERVICE_UNAVAILABLE)
    })
}

/// Turns somebody away without a word of why.
pub(crate) fn refuse<P: Ports>(
    app: &App<P>,
    provider: Provider,
    parts: &Parts,
    code: &'static str,
    status: StatusCode,
) -> Response {
    tracing::warn!(log_type = "webhook_refused", route = parts.uri.path(), error_code = code, "a webhook was refused");
    let metric = if status == StatusCode::FORBIDDEN { "invalid_signature" } else { "webhook_refused" };
    app.count(provider, metric);
    answer::empty(status)
}

/// Leaves a trace of what is signed and made no sense. It is answered like everything else that was signed: any other
/// answer would only make the provider give up on us.
pub(crate) fn note_strange<P: Ports>(
    app: &App<P>,
    provider: Provider,
    organisation: &Organisation,
    what: &dyn std::fmt::Display,
) {
    tracing::warn!(
        log_type = "webhook_not_understood",
        %organisation,
        error = %what,
        "a signed webhook makes no sense and is left alone",
    );
    app.count(provider, "webhook_not_understood");
}

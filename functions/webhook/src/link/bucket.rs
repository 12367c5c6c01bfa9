//! Audio that is in our bucket: a redirect to a signed URL.

use axum::http::Method as HttpMethod;
use axum::http::request::Parts;
use axum::response::Response;
use recordings::object_key::AudioKey;
use recordings::ports::{LinkSigner, Method, PortError};
use recordings::recording::RecordingRef;
use recordings::telemetry::causes;

use super::deadline::Deadline;
use crate::access::{self, Visitor};
use crate::patience::in_time;
use crate::{App, Ports, answer};

pub(super) async fn redirect<P: Ports>(
    app: &App<P>,
    recording: &RecordingRef,
    key: &AudioKey,
    request: &Parts,
    deadline: Deadline,
) -> Response {
    let signing = sign(app, key, &request.method);
    let redirect = match in_time(&app.ports, deadline.left(app.ports.clock()), "sign a URL", signing).await {
        Ok(url) => answer::redirect(&url),
        Err(error) => {
            tracing::error!(
                log_type = "link_failed",
                organisation = %recording.organisation,
                call_id = %recording.call_id,
                recording_id = %recording.recording_id,
                error_code = error.kind.code(),
                error = %causes(&error),
                "a link could not be signed",
            );
            app.count(recording.provider, "link_failed");
            None
        }
    };
    let outcome = if redirect.is_some() { "redirected" } else { "unavailable" };
    access::record(app, recording, &Visitor::with_a_link(request), "bucket", outcome).await;
    redirect.unwrap_or_else(answer::out_of_reach)
}

async fn sign<P: Ports>(app: &App<P>, key: &AudioKey, method: &HttpMethod) -> Result<String, PortError> {
    let method = if *method == HttpMethod::HEAD { Method::Head } else { Method::Get };
    let lifetime = app.settings.signed_url_lifetime;
    Ok(app.ports.signer().sign(key, key.file_name(), method, lifetime).await?.url)
}

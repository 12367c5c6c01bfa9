use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use recordings::ports::Clock;
use recordings::recording::{Organisation, Provider};
use recordings::secrets::Secrets;

use super::credential::{Signed, verify};
use crate::form::Form;
use crate::signed::SignatureError;
use crate::{App, MAX_EVENT_BYTES, Ports, authenticity};

/// A webhook that Vapi signed, and whose it is.
pub(super) struct Authentic {
    /// The organisation whose credential it shows, never one that the body names.
    pub(super) organisation: Organisation,
    /// The bytes that came.
    pub(super) body: Bytes,
    /// The query.
    pub(super) query: Form,
}

/// Lets in what shows an organisation's credential. Everything else is counted and answered without a word of why.
pub(super) async fn authenticate<P: Ports>(app: &App<P>, request: Request<Body>) -> Result<Authentic, Response> {
    let (parts, body) = request.into_parts();
    let refuse = |code, status| authenticity::refuse(app, Provider::Vapi, &parts, code, status);
    let Ok(body) = to_bytes(body, MAX_EVENT_BYTES).await else {
        return Err(refuse("body_too_large", StatusCode::PAYLOAD_TOO_LARGE));
    };
    let secrets = authenticity::secrets(app, Provider::Vapi).await?;
    let target = parts.uri.path_and_query().map_or(parts.uri.path(), |target| target.as_str());
    let url = format!("{}{target}", app.settings.public_base_url);
    let signed = Signed { url: &url, headers: &parts.headers, body: &body, now: app.ports.clock().now() };
    let (organisation, is_current) =
        signer(&secrets, &signed).map_err(|error| refuse(error.code(), StatusCode::FORBIDDEN))?;
    if !is_current {
        app.count(Provider::Vapi, "signed_with_previous_token");
    }
    let query = Form::read(parts.uri.query().unwrap_or_default().as_bytes());
    Ok(Authentic { organisation: organisation.clone(), body: body.clone(), query })
}

/// The organisation whose credential the request shows, and whether it is the current one; the credential before a rotation
/// goes on counting.
fn signer<'a>(secrets: &'a Secrets, signed: &Signed<'_>) -> Result<(&'a Organisation, bool), SignatureError> {
    let mut closest = SignatureError::Missing;
    for (organisation, secrets) in &secrets.organisations {
        let Some(vapi) = &secrets.vapi else { continue };
        for (secret, is_current) in vapi
            .webhook
            .iter()
            .map(|secret| (secret, true))
            .chain(vapi.previous_webhook.iter().map(|secret| (secret, false)))
        {
            match verify(signed, secret) {
                Ok(()) => return Ok((organisation, is_current)),
                Err(error) => closest = closest.max(error),
            }
        }
    }
    Err(closest)
}

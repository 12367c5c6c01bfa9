use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use recordings::ports::Clock;
use recordings::recording::{Organisation, Provider};
use recordings::secrets::{ElevenLabsSecrets, Secrets};
use secrecy::ExposeSecret;

use super::signature::verify;
use crate::form::Form;
use crate::signed::SignatureError;
use crate::{App, MAX_EVENT_BYTES, Ports, authenticity};

/// A webhook that ElevenLabs signed, and whose it is.
pub(super) struct Authentic {
    /// The organisation whose secret made the signature, never one that the body names.
    pub(super) organisation: Organisation,
    /// The bytes that were signed.
    pub(super) body: Bytes,
    /// The query.
    pub(super) query: Form,
}

/// Lets in what ElevenLabs signed. Everything else is counted and answered without a word of why.
pub(super) async fn authenticate<P: Ports>(app: &App<P>, request: Request<Body>) -> Result<Authentic, Response> {
    let (parts, body) = request.into_parts();
    let refuse = |code, status| authenticity::refuse(app, Provider::ElevenLabs, &parts, code, status);
    let Ok(body) = to_bytes(body, MAX_EVENT_BYTES).await else {
        return Err(refuse("body_too_large", StatusCode::PAYLOAD_TOO_LARGE));
    };
    let Some(header) = parts.headers.get("elevenlabs-signature").and_then(|value| value.to_str().ok()) else {
        return Err(refuse(SignatureError::Missing.code(), StatusCode::FORBIDDEN));
    };
    let secrets = authenticity::secrets(app, Provider::ElevenLabs).await?;
    let (organisation, key) = signer(&secrets, header, &body, app.ports.clock().now())
        .map_err(|error| refuse(error.code(), StatusCode::FORBIDDEN))?;
    if key != 0 {
        app.count(Provider::ElevenLabs, "signed_with_previous_token");
    }
    let query = Form::read(parts.uri.query().unwrap_or_default().as_bytes());
    Ok(Authentic { organisation: organisation.clone(), body, query })
}

/// The organisation whose secret made the signature, and which of its secrets; the one before a rotation goes on counting.
fn signer<'a>(
    secrets: &'a Secrets,
    header: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(&'a Organisation, usize), SignatureError> {
    let mut closest = SignatureError::Mismatch;
    for (organisation, secrets) in &secrets.organisations {
        let Some(elevenlabs) = &secrets.elevenlabs else { continue };
        match verify(header, body, &keys(elevenlabs), now) {
            Ok(key) => return Ok((organisation, key)),
            Err(SignatureError::Malformed) => return Err(SignatureError::Malformed),
            Err(error) => closest = closest.max(error),
        }
    }
    Err(closest)
}

/// The current secret, in its place even where there is none, and the previous one.
fn keys(elevenlabs: &ElevenLabsSecrets) -> [&[u8]; 2] {
    [&elevenlabs.webhook_secret, &elevenlabs.previous_webhook_secret]
        .map(|secret| secret.as_ref().map_or(&[][..], |secret| secret.expose_secret().as_bytes()))
}

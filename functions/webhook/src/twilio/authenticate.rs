use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use recordings::recording::{AccountSid, JobNumber, Organisation, Provider};
use recordings::secrets::{Secrets, TwilioSecrets};
use secrecy::ExposeSecret;

use super::signature::{KeyUsed, SignatureError, SignedBody, SignedRequest, verify};
use crate::authenticity;
use crate::form::Form;
use crate::{App, Ports, job};

/// Twilio's webhooks are a few kilobytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A webhook that Twilio signed, and whose it is.
pub(super) struct Authentic {
    /// The organisation whose token made the signature, never one that the body names.
    pub(super) organisation: Organisation,
    /// That organisation's account.
    pub(super) account: AccountSid,
    /// The form, from the bytes that were signed.
    pub(super) form: Form,
    /// The query, as it was signed.
    pub(super) query: Form,
}

/// Lets in what Twilio signed. Everything else is counted and answered without a word of why.
pub(super) async fn authenticate<P: Ports>(app: &App<P>, request: Request<Body>) -> Result<Authentic, Response> {
    let (parts, body) = request.into_parts();
    let refuse = |code, status| authenticity::refuse(app, Provider::Twilio, &parts, code, status);
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return Err(refuse("body_too_large", StatusCode::PAYLOAD_TOO_LARGE));
    };
    let Some(signature) = parts.headers.get("x-twilio-signature").and_then(|value| value.to_str().ok()) else {
        return Err(refuse("signature_missing", StatusCode::FORBIDDEN));
    };
    let secrets = authenticity::secrets(app, Provider::Twilio).await?;
    let url = signed_url(app, &parts);
    let signed = SignedRequest { url: &url, body: signed_body(&parts.headers, &body) };
    let (organisation, twilio, key) = match signer(&secrets, &signed, signature) {
        Ok(signer) => signer,
        Err(error) => return Err(refuse(error.code(), StatusCode::FORBIDDEN)),
    };
    if key != KeyUsed(0) {
        app.count(Provider::Twilio, "signed_with_previous_token");
    }
    Ok(Authentic {
        organisation: organisation.clone(),
        account: twilio.account_sid.clone(),
        form: match signed.body {
            SignedBody::Form(form) => Form::read(form),
            SignedBody::Other(_) => Form::read(&[]),
        },
        query: Form::read(parts.uri.query().unwrap_or_default().as_bytes()),
    })
}

/// The URL that Twilio was given, from its public base and the request's own path and query, byte for byte.
fn signed_url<P>(app: &App<P>, parts: &Parts) -> String {
    let target = parts.uri.path_and_query().map_or(parts.uri.path(), |target| target.as_str());
    format!("{}{target}", app.settings.public_base_url)
}

/// The body by the way in which the signature covers it. One without a type is read as a form, whose every byte is
/// signed.
fn signed_body<'a>(headers: &HeaderMap, body: &'a Bytes) -> SignedBody<'a> {
    let is_form = headers.get(CONTENT_TYPE).is_none_or(|value| {
        let media_type = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    });
    if is_form { SignedBody::Form(body) } else { SignedBody::Other(body) }
}

/// The organisation whose token made the signature; the token before a rotation goes on counting.
fn signer<'a>(
    secrets: &'a Secrets,
    signed: &SignedRequest<'_>,
    signature: &str,
) -> Result<(&'a Organisation, &'a TwilioSecrets, KeyUsed), SignatureError> {
    let mut last = SignatureError::Mismatch;
    for (organisation, twilio) in
        secrets.organisations.iter().filter_map(|(name, secrets)| Some((name, secrets.twilio.as_ref()?)))
    {
        let tokens: Vec<&[u8]> = std::iter::once(&twilio.auth_token)
            .chain(&twilio.previous_auth_token)
            .map(|token| token.expose_secret().as_bytes())
            .collect();
        match verify(signed, signature, &tokens) {
            Ok(key) => return Ok((organisation, twilio, key)),
            Err(SignatureError::Mismatch) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Authentic {
    /// The job that the callback URL names, else the one that Twilio's custom parameters name.
    pub(super) fn job_number(&self) -> Option<JobNumber> {
        job::first_of(&self.organisation, [self.query.get(job::PARAMETER), self.form.get(job::PARAMETER)])
    }
}

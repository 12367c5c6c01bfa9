//! Tells Vapi's requests from everybody else's, by the credential that its server configuration names.
//!
//! A token in a header covers nothing: who has read one request can send any other, so that the connection alone protects it.
//! A signature covers the body, and where its payload holds the time, a request is believed for five minutes.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use recordings::secrets::{SignatureEncoding, VapiHmac, VapiWebhookSecret};
use secrecy::ExposeSecret;

use crate::signed::{SignatureError, are_equal, check_time, is_mac_of, unix_time};

/// How long a signature with a time counts.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// The header of older configurations.
const X_VAPI_SECRET: &str = "x-vapi-secret";
/// A header may hold several signatures, as Svix writes them; nobody needs more.
const MOST_SIGNATURES: usize = 5;

/// A request as it came.
pub(crate) struct Signed<'a> {
    /// The address that Vapi was given, from its public base, with the query as it came.
    pub(crate) url: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// When it came.
    pub(crate) now: Timestamp,
}

/// Verifies that a request shows the credential.
pub(crate) fn verify(signed: &Signed<'_>, secret: &VapiWebhookSecret) -> Result<(), SignatureError> {
    match secret {
        VapiWebhookSecret::Bearer(bearer) => {
            let prefix = if bearer.bearer_prefix { "Bearer " } else { "" };
            shows(signed, &bearer.header, prefix, bearer.token.expose_secret())
        }
        VapiWebhookSecret::XVapiSecret(inline) => shows(signed, X_VAPI_SECRET, "", inline.secret.expose_secret()),
        VapiWebhookSecret::Hmac(plan) => is_signed(signed, plan),
    }
}

fn shows(signed: &Signed<'_>, header: &str, prefix: &str, token: &str) -> Result<(), SignatureError> {
    let shown = signed.header(header)?.strip_prefix(prefix).ok_or(SignatureError::Malformed)?;
    let is_it = !token.is_empty() && are_equal(shown.as_bytes(), token.as_bytes());
    if is_it { Ok(()) } else { Err(SignatureError::Mismatch) }
}

fn is_signed(signed: &Signed<'_>, plan: &VapiHmac) -> Result<(), SignatureError> {
    let signatures = signatures(signed.header(&plan.signature_header)?, plan)?;
    let payload = payload(signed, plan)?;
    let key = plan.key.expose_secret();
    if !signatures.iter().any(|signature| is_mac_of(plan.algorithm, key, &payload, signature)) {
        return Err(SignatureError::Mismatch);
    }
    // A time that is not signed tells nothing.
    if !plan.payload_format.contains("{timestamp}") {
        return Ok(());
    }
    check_time(unix_time(signed.header(&plan.timestamp_header)?)?, signed.now, TOLERANCE)
}

fn signatures(header: &str, plan: &VapiHmac) -> Result<Vec<Vec<u8>>, SignatureError> {
    let decoded = header.split(' ').take(MOST_SIGNATURES).filter_map(|signature| {
        let signature = signature.strip_prefix(&plan.signature_prefix)?;
        match plan.signature_encoding {
            SignatureEncoding::Hex => hex::decode(signature).ok(),
            SignatureEncoding::Base64 => STANDARD.decode(signature).ok(),
        }
    });
    let signatures: Vec<Vec<u8>> = decoded.filter(|signature| !signature.is_empty()).collect();
    if signatures.is_empty() { Err(SignatureError::Malformed) } else { Ok(signatures) }
}

/// What was signed: the payload's format with what the request brought in its places.
fn payload(signed: &Signed<'_>, plan: &VapiHmac) -> Result<Vec<u8>, SignatureError> {
    let mut payload = Vec::with_capacity(signed.body.len() + plan.payload_format.len());
    let mut rest = plan.payload_format.as_str();
    while let Some(at) = rest.find('{') {
        let (before, place) = rest.split_at(at);
        payload.extend_from_slice(before.as_bytes());
        rest = match place.find('}').map(|end| place.split_at(end + 1)) {
            Some(("{body}", after)) => {
                payload.extend_from_slice(signed.body);
                after
            }
            Some((name, after)) => {
                payload.extend_from_slice(signed.in_place_of(name, plan)?.as_bytes());
                after
            }
            None => {
                payload.extend_from_slice(place.as_bytes());
                ""
            }
        };
    }
    payload.extend_from_slice(rest.as_bytes());
    Ok(payload)
}

impl<'a> Signed<'a> {
    fn in_place_of(&self, name: &'a str, plan: &'a VapiHmac) -> Result<&'a str, SignatureError> {
        match (name, &plan.message_id_header) {
            ("{timestamp}", _) => self.header(&plan.timestamp_header),
            ("{method}", _) => Ok("POST"),
            ("{url}", _) => Ok(self.url),
            ("{svix-id}", Some(header)) => self.header(header),
            // What Vapi has no name for stands for itself.
            _ => Ok(name),
        }
    }

    fn header(&self, name: &str) -> Result<&'a str, SignatureError> {
        let value = self.headers.get(name).ok_or(SignatureError::Missing)?;
        value.to_str().map_err(|_| SignatureError::Malformed)
    }
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;

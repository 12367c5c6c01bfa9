//! Tells Twilio's requests from everybody else's, by `X-Twilio-Signature`.
//!
//! Twilio signs the full URL of the webhook followed by the name and value of each form parameter, with HMAC-SHA1 under
//! the account's auth token: <https://www.twilio.com/docs/usage/security#validating-requests>. A body that is no form
//! is covered by its SHA-256, which the URL carries.
//!
//! Two properties of that scheme are left to the reader of the parameters. It has no time, so a request can be replayed.
//! And it has no delimiters: `a=bc` and `ab=c` sign alike, as do a URL that ends in `?x=1` with the parameter `a=b` and
//! a URL that ends in `?x=1ab` with none. So the shape of every value must be checked before it is believed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Bytes of an HMAC-SHA1.
const SIGNATURE_LENGTH: usize = 20;

/// What Twilio signed, as we received it.
pub(crate) struct SignedRequest<'a> {
    /// Our configured public base, the raw path and the raw query: neither decoded nor encoded again, because Twilio
    /// signed the characters that it sent.
    ///
    /// The fragment of the URL that Twilio was given (`#rc=5`) is neither signed nor sent, so it must not be put back. A
    /// URL that arrives with one is refused rather than cut off there: the rest would be readable but not signed.
    pub(crate) url: &'a str,
    /// The raw body, by the way in which the signature covers it.
    pub(crate) body: SignedBody<'a>,
}

/// The raw body of a request, by the way in which the signature covers it.
pub(crate) enum SignedBody<'a> {
    /// An `application/x-www-form-urlencoded` POST: the signature covers each name and value.
    ///
    /// What is verified is the decoded text that `form_urlencoded::parse` yields, so the handler must read the
    /// parameters with the same function. Invalid UTF-8 becomes U+FFFD there and an invalid escape stays as it is;
    /// Twilio sends neither, so such a body fails as a mismatch.
    Form(&'a [u8]),
    /// Anything else, in practice JSON: the URL's `bodySHA256` covers it.
    Other(&'a [u8]),
}

/// Which auth token made the signature: its index among those given, so 0 is the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsed(pub(crate) usize);

/// Why a request is not taken for Twilio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// The header is not the base64 of 20 bytes, so nothing was compared.
    #[error("the signature header is not the base64 of an HMAC-SHA1")]
    Malformed,
    /// None of the auth tokens made this signature for this URL and these parameters.
    #[error("the signature does not belong to this request")]
    Mismatch,
    /// Twilio signed the URL, but the body is not the one whose hash the URL carries.
    #[error("the body does not have the hash that its URL carries")]
    BodyHashMismatch,
    /// Twilio signed the URL, but it carries no hash, so nothing covers the body.
    #[error("the URL carries no hash of the body")]
    BodyHashMissing,
}

impl SignatureError {
    /// A stable word for logs and metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "signature_malformed",
            Self::Mismatch => "signature_wrong",
            Self::BodyHashMismatch => "body_hash_wrong",
            Self::BodyHashMissing => "body_hash_missing",
        }
    }
}

/// Verifies that Twilio sent `request`, trying each of `auth_tokens`: the current one first, then the previous one while
/// a rotation lasts. Twilio signs with the primary auth token, never with the secret of an API key.
///
/// # Errors
///
/// A [`SignatureError`] if the request is not to be believed. The body's hash is looked at only after the signature
/// holds, so the two `BodyHash…` variants say that Twilio did sign the URL.
pub(crate) fn verify(
    request: &SignedRequest<'_>,
    signature_header: &str,
    auth_tokens: &[&[u8]],
) -> Result<KeyUsed, SignatureError> {
    let signature = decode_signature(signature_header)?;
    let parameters = match request.body {
        SignedBody::Form(form) => signed_parameters(form),
        SignedBody::Other(_) => String::new(),
    };
    let urls = url_variants(request.url);
    let key = auth_tokens
        .iter()
        .position(|key| urls.iter().any(|url| is_signed(url, &parameters, key, &signature)))
        .ok_or(SignatureError::Mismatch)?;
    if let SignedBody::Other(body) = request.body {
        verify_body_hash(request.url, body)?;
    }
    Ok(KeyUsed(key))
}

fn decode_signature(header: &str) -> Result<[u8; SIGNATURE_LENGTH], SignatureError> {
    let bytes = STANDARD.decode(header).map_err(|_| SignatureError::Malformed)?;
    bytes.try_into().map_err(|_| SignatureError::Malformed)
}

/// Compares in constant time. A forger learns nothing from the time either way, for it passes through every candidate.
fn is_signed(url: &str, parameters: &str, auth_token: &[u8], signature: &[u8]) -> bool {
    // An empty token is a mistake in the configuration, and anybody could sign with it.
    !auth_token.is_empty()
        && Hmac::<Sha1>::new_from_slice(auth_token)
            .is_ok_and(|mac| mac.chain_update(url).chain_update(parameters).verify_slice(signature).is_ok())
}

/// The parameters as Twilio appends them to the URL: in byte order of their names, each name before its value, empty
/// values included. Of a repeated parameter the different values count once each, in order, as in Twilio's Python and
/// Node libraries.
fn signed_parameters(form: &[u8]) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(form).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// Every URL that Twilio may have signed for `url`.
///
/// Twilio documents that it drops the port of HTTPS voice webhooks and keeps others, and that it drops the user and
/// password; its libraries note that its signers are inconsistent, accept the URL with and without a port, and keep the
/// user and password. We accept either of both. Each variant still takes the auth token to sign.
fn url_variants(url: &str) -> Vec<String> {
    let mut variants = vec![url.to_owned()];
    let Some(parts) = HttpUrl::split(url) else {
        return variants;
    };
    let ports = match parts.port {
        "" => ["", parts.default_port],
        port => [port, ""],
    };
    for userinfo in [parts.userinfo, ""] {
        for port in ports {
            let variant = [parts.scheme, userinfo, parts.host, port, parts.path_and_query].concat();
            if !variants.contains(&variant) {
                variants.push(variant);
            }
        }
    }
    variants
}

/// The pieces of an HTTP URL with their punctuation, which put together again give it byte for byte. URL libraries do
/// not: they lower the host's case, drop default ports and escape characters, and the signature breaks.
struct HttpUrl<'a> {
    scheme: &'a str,
    userinfo: &'a str,
    host: &'a str,
    port: &'a str,
    default_port: &'static str,
    path_and_query: &'a str,
}

impl<'a> HttpUrl<'a> {
    fn split(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_at(url.find("://")? + "://".len());
        let default_port = match scheme {
            "https://" => ":443",
            "http://" => ":80",
            _ => return None,
        };
        let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (userinfo, host_and_port) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        // The colons inside of an IPv6 address are followed by its bracket, so they are never taken for a port's.
        let port_at = host_and_port
            .rfind(':')
            .filter(|colon| host_and_port[colon + 1..].bytes().all(|byte| byte.is_ascii_digit()))
            .unwrap_or(host_and_port.len());
        let (host, port) = host_and_port.split_at(port_at);
        Some(Self { scheme, userinfo, host, port, default_port, path_and_query })
    }
}

fn verify_body_hash(url: &str, body: &[u8]) -> Result<(), SignatureError> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let (_, promised) = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "bodySHA256")
        .ok_or(SignatureError::BodyHashMissing)?;
    let promised = hex::decode(promised.as_bytes()).map_err(|_| SignatureError::BodyHashMismatch)?;
    // Neither hash is a secret, so an ordinary comparison does.
    if Sha256::digest(body)[..] == promised[..] { Ok(()) } else { Err(SignatureError::BodyHashMismatch) }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;

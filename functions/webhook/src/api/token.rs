//! A token: who its bearer is, and what they may do.
//!
//! The library takes a token apart, holds its algorithm against the one that is expected and its signature against the
//! key. The claims are judged here, by the clock port, once the signature is known to be good.

mod ring_signatures;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use recordings::recording::Organisation;
use recordings::secrets::Secrets;
use secrecy::ExposeSecret;
use serde::Deserialize;

/// A longer token is not looked at.
const MAX_TOKEN_BYTES: usize = 4_096;
/// Whom the stack's own tokens are for.
const AUDIENCE: &str = "tapeline";
/// How far another's clock may be ahead of ours, in seconds.
const AHEAD: f64 = 60.0;
/// A longer name of a user is none.
const MAX_USER_BYTES: usize = 256;

/// Whose token it is, and what it lets them do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    /// The organisation that the bearer belongs to.
    pub(crate) organisation: Organisation,
    /// The bearer's id.
    pub(crate) user: String,
    /// The names of the permissions.
    pub(crate) permissions: Vec<String>,
}

/// Why a token is not believed. Only the log tells the caller's operator; the caller learns no more than it has to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the token is longer than any of ours")]
    TooLong,
    #[error("it is not a token, or names an algorithm that nobody knows")]
    Malformed,
    #[error("the token's algorithm is not the one that is expected of its issuer")]
    Algorithm,
    #[error("the token names a key that there is not")]
    UnknownKey,
    #[error("the signature is not good")]
    Signature,
    #[error("a claim is missing or makes no sense")]
    Claims,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token is not valid yet")]
    TooEarly,
    #[error("the token has expired")]
    Expired,
    #[error("the token's organisation is not one of ours")]
    Organisation,
}

impl TokenError {
    /// A stable word for the log.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::UnknownKey => "token_key_unknown",
            Self::Signature => "token_signature",
            Self::Claims => "token_claims",
            Self::Audience => "token_audience",
            Self::TooEarly => "token_too_early",
            Self::Expired => "token_expired",
            Self::Organisation => "token_organisation",
        }
    }
}

/// What a token says. All of it but `nbf` has to be there.
#[derive(Deserialize)]
struct Claims {
    org: Organisation,
    sub: String,
    permissions: Vec<String>,
    /// Seconds since 1970, and parts of them.
    /// Source: RFC 7519, 2, *NumericDate*.
    exp: f64,
    nbf: Option<f64>,
    aud: Audience,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Says whose token it is.
///
/// # Errors
/// [`TokenError`] for every token that is not to be believed.
pub(crate) fn verify(token: &str, secrets: &Secrets, now: Timestamp) -> Result<Bearer, TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::TooLong);
    }
    ring_signatures::install();
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    let claims = claims(token, &key(&header, secrets)?, Algorithm::HS256)?;
    judge(claims, secrets, now)
}

/// The stack's own key that the token names.
fn key(header: &Header, secrets: &Secrets) -> Result<DecodingKey, TokenError> {
    if header.alg != Algorithm::HS256 {
        return Err(TokenError::Algorithm);
    }
    let key = header.kid.as_deref().and_then(|id| secrets.jwt.get(id)).ok_or(TokenError::UnknownKey)?;
    Ok(DecodingKey::from_secret(key.expose_secret().as_bytes()))
}

/// The claims of a token whose signature is good.
fn claims(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Claims, TokenError> {
    use jsonwebtoken::errors::ErrorKind;
    let mut signature_only = Validation::new(algorithm);
    signature_only.required_spec_claims.clear();
    (signature_only.validate_exp, signature_only.validate_aud) = (false, false);
    let decoded = decode::<Claims>(token, key, &signature_only).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
        // The header has been read before, and the signature is looked at before the claims are.
        ErrorKind::Json(_) => TokenError::Claims,
        _ => TokenError::Malformed,
    })?;
    Ok(decoded.claims)
}

fn judge(claims: Claims, secrets: &Secrets, now: Timestamp) -> Result<Bearer, TokenError> {
    let for_us = match &claims.aud {
        Audience::One(one) => one == AUDIENCE,
        Audience::Several(several) => several.iter().any(|one| one == AUDIENCE),
    };
    if !for_us {
        return Err(TokenError::Audience);
    }
    let now = now.as_duration().as_secs_f64();
    if claims.exp <= now {
        return Err(TokenError::Expired);
    }
    if claims.nbf.is_some_and(|from| from > now + AHEAD) {
        return Err(TokenError::TooEarly);
    }
    // Names go into the log and into audit records.
    let plain = |user: &str| !user.is_empty() && user.len() <= MAX_USER_BYTES && !user.contains(char::is_control);
    if !plain(&claims.sub) {
        return Err(TokenError::Claims);
    }
    if !secrets.organisations.contains_key(&claims.org) {
        return Err(TokenError::Organisation);
    }
    Ok(Bearer { organisation: claims.org, user: claims.sub, permissions: claims.permissions })
}

//! A token: who its bearer is, and what they may do.
//!
//! The library takes a token apart, holds its algorithm against the one that is expected and its signature against the
//! key. The claims are judged here, by the clock port, once the signature is known to be good.

mod issuers;
mod ring_signatures;

pub(crate) use issuers::Issuers;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use recordings::ports::{Clock, PortError};
use recordings::recording::Organisation;
use recordings::secrets::{OidcIssuer, Secrets, TokenAlgorithm};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{ApiPorts, App};

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
    /// When the token ends.
    pub(crate) ends: Timestamp,
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

/// Why nobody knows who the bearer is.
#[derive(Debug)]
pub(crate) enum Unknown {
    /// The token is not to be believed.
    Token(TokenError),
    /// The token's issuer could not be asked for its keys.
    Port(PortError),
}

impl From<TokenError> for Unknown {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

/// Who may have issued a token.
enum Issuer<'a> {
    /// The stack itself.
    Own,
    /// Somebody else, for one organisation where it is named.
    Other(&'a OidcIssuer, Option<&'a Organisation>),
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
/// [`Unknown`] for every token that is not to be believed, and where its issuer's keys cannot be had.
pub(crate) async fn verify<P: ApiPorts>(app: &App<P>, token: &str, secrets: &Secrets) -> Result<Bearer, Unknown> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::TooLong.into());
    }
    ring_signatures::install();
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    let (issuer, now) = (issuer(app, token, secrets), app.ports.clock().now());
    let claims = match issuer {
        Issuer::Own => claims(token, &key(&header, secrets)?, Algorithm::HS256)?,
        Issuer::Other(other, _) => claims(token, &published_key(app, &header, other).await?, algorithm(other))?,
    };
    Ok(judge(claims, &issuer, secrets, now)?)
}

/// Who says that it issued the token. Nobody knows yet whether that is true: it only tells which key the signature is held
/// against, and no token is believed whose signature is not by that key.
fn issuer<'a, P>(app: &'a App<P>, token: &str, secrets: &'a Secrets) -> Issuer<'a> {
    #[derive(Deserialize)]
    struct Name {
        iss: Option<String>,
    }
    let name = insecure_decode_claims::<Name>(token).ok().and_then(|name| name.iss);
    let of_one = secrets.organisations.iter().filter_map(|(name, of)| Some((of.oidc.as_ref()?, Some(name))));
    let of_all = app.settings.api.oidc.iter().map(|issuer| (issuer, None));
    let named = of_one.chain(of_all).find(|(issuer, _)| name.as_deref() == Some(issuer.issuer.as_str()));
    named.map_or(Issuer::Own, |(issuer, organisation)| Issuer::Other(issuer, organisation))
}

/// The one algorithm that is expected of an issuer.
fn algorithm(issuer: &OidcIssuer) -> Algorithm {
    match issuer.algorithm {
        TokenAlgorithm::RS256 => Algorithm::RS256,
        TokenAlgorithm::PS256 => Algorithm::PS256,
        TokenAlgorithm::ES256 => Algorithm::ES256,
        TokenAlgorithm::EdDSA => Algorithm::EdDSA,
    }
}

/// The issuer's key that the token names. A token of another algorithm makes nobody ask for keys.
async fn published_key<P: ApiPorts>(
    app: &App<P>,
    header: &Header,
    issuer: &OidcIssuer,
) -> Result<DecodingKey, Unknown> {
    if header.alg != algorithm(issuer) {
        return Err(TokenError::Algorithm.into());
    }
    let id = header.kid.as_deref().ok_or(TokenError::UnknownKey)?;
    let key = app.issuers.key(&app.ports, &issuer.issuer, id).await.map_err(Unknown::Port)?;
    let key = key.ok_or(TokenError::UnknownKey)?;
    Ok(DecodingKey::from_jwk(&key).map_err(|_| TokenError::UnknownKey)?)
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

fn judge(claims: Claims, issuer: &Issuer<'_>, secrets: &Secrets, now: Timestamp) -> Result<Bearer, TokenError> {
    let (audience, speaks_for) = match issuer {
        Issuer::Own => (AUDIENCE, None),
        Issuer::Other(other, organisation) => (other.audience.as_str(), *organisation),
    };
    let for_us = match &claims.aud {
        Audience::One(one) => one == audience,
        Audience::Several(several) => several.iter().any(|one| one == audience),
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
    let may_speak_for_it = speaks_for.is_none_or(|organisation| *organisation == claims.org);
    if !may_speak_for_it || !secrets.organisations.contains_key(&claims.org) {
        return Err(TokenError::Organisation);
    }
    let ends =
        SignedDuration::try_from_secs_f64(claims.exp).ok().and_then(|since| Timestamp::from_duration(since).ok());
    // What is later than any time that can be told never ends, as far as anybody here can see.
    let ends = ends.unwrap_or(Timestamp::MAX);
    Ok(Bearer { organisation: claims.org, user: claims.sub, permissions: claims.permissions, ends })
}

//! Issuers of tokens, by OpenID Connect: a description at a well-known place, and the keys that it leads to.
//! Source: OpenID Connect Discovery 1.0, 4.

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::http::{HttpClient, whole_body};
use crate::ports::{ErrorKind, IssuerKeys, PortError};

const OPERATION: &str = "fetch an issuer's keys";
/// The largest description and the largest set of keys that are read.
const MOST_BYTES: usize = 64 * 1024;

/// Fetches keys over HTTPS, from public addresses only, with no credentials and following no redirect.
#[derive(Debug, Clone)]
pub struct Oidc {
    http: HttpClient,
}

/// What is wanted of an issuer's description.
#[derive(Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

impl Oidc {
    /// Issuers as this client reaches them.
    pub fn new(http: HttpClient) -> Self {
        Self { http }
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, PortError> {
        let answer = self.http.send(OPERATION, self.http.request(Method::GET, url)).await?;
        match answer.status().as_u16() {
            200 => Ok(whole_body(OPERATION, answer, MOST_BYTES).await?.into()),
            status @ (429 | 500..) => {
                Err(PortError::new(ErrorKind::Unavailable, OPERATION, format!("status {status}")))
            }
            status => Err(PortError::new(ErrorKind::Invalid, OPERATION, format!("status {status}"))),
        }
    }
}

impl IssuerKeys for Oidc {
    async fn fetch(&self, issuer: &str) -> Result<String, PortError> {
        let invalid = |detail| PortError::new(ErrorKind::Invalid, OPERATION, detail);
        let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let place = place.parse().map_err(|_| invalid("the issuer is no URL"))?;
        let description: Description = serde_json::from_slice(&self.get(place).await?)
            .map_err(|_| invalid("the issuer's description makes no sense"))?;
        if description.issuer != issuer {
            return Err(invalid("the description is another issuer's"));
        }
        let place = description.jwks_uri.parse().map_err(|_| invalid("the description leads to no keys"))?;
        let keys = self.get(place).await?;
        String::from_utf8(keys).map_err(|_| invalid("the keys are no text"))
    }
}

#[cfg(test)]
#[path = "oidc_tests.rs"]
mod tests;

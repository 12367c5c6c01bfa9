use serde::Deserialize;

/// Somebody else whose tokens are believed, by OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OidcIssuer {
    /// Its name, which is an https URL, as its tokens give it.
    #[serde(deserialize_with = "https")]
    pub issuer: String,
    /// Whom its tokens have to be for.
    pub audience: String,
    /// The one algorithm that it signs with.
    pub algorithm: TokenAlgorithm,
}

/// How an issuer signs: with a private key, whose public half it publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TokenAlgorithm {
    /// RSA, PKCS #1 v1.5, with SHA-256.
    RS256,
    /// RSA, PSS, with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl TokenAlgorithm {
    /// Reads the name as RFC 7518 and RFC 8037 write it.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        match name {
            "RS256" => Ok(Self::RS256),
            "PS256" => Ok(Self::PS256),
            "ES256" => Ok(Self::ES256),
            "EdDSA" => Ok(Self::EdDSA),
            _ => Err("expected RS256, PS256, ES256 or EdDSA"),
        }
    }
}

/// Nobody else can answer for an issuer that is reached by HTTPS alone.
fn https<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let issuer = String::deserialize(deserializer)?;
    if issuer.starts_with("https://") { Ok(issuer) } else { Err(serde::de::Error::custom("expected an https URL")) }
}

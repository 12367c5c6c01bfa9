use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;

/// How Vapi shows that a webhook is its own: the credential that its server configuration names. The members are those of
/// Vapi's credentials, in this file's spelling.
/// Source: <https://docs.vapi.ai/server-url/server-authentication>
#[derive(Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case")]
pub enum VapiWebhookSecret {
    /// A token in a header.
    Bearer(VapiToken),
    /// A token in the header `X-Vapi-Secret`, as the inline `secret` of older configurations sent it.
    XVapiSecret(VapiInlineSecret),
    /// A signature over the body, and over the time when it was made where the credential asks for one.
    Hmac(Box<VapiHmac>),
}

/// A token in a header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VapiToken {
    /// The token.
    #[serde(deserialize_with = "not_empty")]
    pub token: SecretString,
    /// The header that carries it.
    #[serde(default = "authorization")]
    pub header: String,
    /// Whether `Bearer ` stands in front of it.
    #[serde(default = "yes")]
    pub bearer_prefix: bool,
}

/// A token in the header `X-Vapi-Secret`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VapiInlineSecret {
    /// The token.
    #[serde(deserialize_with = "not_empty")]
    pub secret: SecretString,
}

/// A signature over the body.
#[derive(Deserialize)]
#[serde(try_from = "RawHmac")]
pub struct VapiHmac {
    /// The key, decoded.
    pub key: SecretSlice<u8>,
    /// The hash.
    pub algorithm: HmacAlgorithm,
    /// The header that carries the signature.
    pub signature_header: String,
    /// What stands in front of the signature.
    pub signature_prefix: String,
    /// How the signature is written.
    pub signature_encoding: SignatureEncoding,
    /// The header that carries the time.
    pub timestamp_header: String,
    /// The header that carries the message's id.
    pub message_id_header: Option<String>,
    /// What is signed, with places for what a request brings.
    pub payload_format: String,
}

/// The hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HmacAlgorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
    /// SHA-1.
    Sha1,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureEncoding {
    /// Hexadecimal.
    #[default]
    Hex,
    /// Base64 with its padding.
    Base64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHmac {
    #[serde(deserialize_with = "not_empty")]
    secret_key: SecretString,
    #[serde(default)]
    secret_is_base64: bool,
    #[serde(default)]
    algorithm: HmacAlgorithm,
    #[serde(default = "x_signature")]
    signature_header: String,
    #[serde(default)]
    signature_prefix: String,
    #[serde(default)]
    signature_encoding: SignatureEncoding,
    #[serde(default = "x_timestamp")]
    timestamp_header: String,
    #[serde(default)]
    message_id_header: Option<String>,
    #[serde(default = "yes")]
    include_timestamp: bool,
    #[serde(default)]
    payload_format: Option<String>,
}

impl TryFrom<RawHmac> for VapiHmac {
    type Error = &'static str;

    fn try_from(raw: RawHmac) -> Result<Self, &'static str> {
        let key = match raw.secret_is_base64 {
            true => STANDARD.decode(raw.secret_key.expose_secret()).map_err(|_| "secret_key is not base64")?,
            false => raw.secret_key.expose_secret().as_bytes().to_vec(),
        };
        let default = if raw.include_timestamp { "{timestamp}.{body}" } else { "{body}" };
        let payload_format = raw.payload_format.unwrap_or_else(|| default.to_owned());
        if !payload_format.contains("{body}") {
            return Err("a signature that does not cover the body proves nothing");
        }
        if payload_format.contains("{svix-id}") && raw.message_id_header.is_none() {
            return Err("payload_format asks for {svix-id}, and message_id_header does not say where it is");
        }
        Ok(Self {
            key: key.into(),
            algorithm: raw.algorithm,
            signature_header: raw.signature_header,
            signature_prefix: raw.signature_prefix,
            signature_encoding: raw.signature_encoding,
            timestamp_header: raw.timestamp_header,
            message_id_header: raw.message_id_header,
            payload_format,
        })
    }
}

/// An empty secret is a mistake, and anybody would know it.
pub(super) fn not_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let secret = SecretString::deserialize(deserializer)?;
    match secret.expose_secret().is_empty() {
        true => Err(serde::de::Error::custom("an empty secret")),
        false => Ok(secret),
    }
}

fn yes() -> bool {
    true
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn x_signature() -> String {
    "x-signature".to_owned()
}

fn x_timestamp() -> String {
    "x-timestamp".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<VapiWebhookSecret> {
        serde_json::from_str(json).ok()
    }

    fn hmac(members: &str) -> Option<VapiHmac> {
        match read(&format!(r#"{{"scheme":"hmac","secret_key":"aGk="{members}}}"#))? {
            VapiWebhookSecret::Hmac(plan) => Some(*plan),
            _ => None,
        }
    }

    #[test]
    fn the_defaults_are_vapis() {
        let Some(VapiWebhookSecret::Bearer(bearer)) = read(r#"{"scheme":"bearer","token":"t"}"#) else { panic!() };
        assert_eq!((bearer.header.as_str(), bearer.bearer_prefix), ("authorization", true));
        let plan = hmac("").unwrap();
        assert_eq!((plan.algorithm, plan.signature_encoding), (HmacAlgorithm::Sha256, SignatureEncoding::Hex));
        assert_eq!((plan.signature_header.as_str(), plan.timestamp_header.as_str()), ("x-signature", "x-timestamp"));
        assert_eq!((plan.payload_format.as_str(), plan.signature_prefix.as_str()), ("{timestamp}.{body}", ""));
        assert_eq!(plan.key.expose_secret(), b"aGk=");
        assert_eq!(hmac(r#","include_timestamp":false"#).unwrap().payload_format, "{body}");
        assert_eq!(hmac(r#","secret_is_base64":true"#).unwrap().key.expose_secret(), b"hi");
    }

    #[test]
    fn what_would_let_anybody_in_or_nobody_is_refused() {
        for json in [
            r#"{"scheme":"bearer","token":""}"#,
            r#"{"scheme":"x_vapi_secret","secret":""}"#,
            r#"{"scheme":"bearer","token":"t","heeder":"x"}"#,
            r#"{"scheme":"oauth2","token":"t"}"#,
            r#"{"token":"t"}"#,
        ] {
            assert!(read(json).is_none(), "{json}");
        }
        for members in [
            r#","payload_format":"{timestamp}""#,
            r#","payload_format":"{svix-id}.{body}""#,
            r#","secret_is_base64":true,"signature_encoding":"base32""#,
            r#","algorithm":"md5""#,
            r#","algorithmus":"sha256""#,
        ] {
            assert!(hmac(members).is_none(), "{members}");
        }
        assert!(read(r#"{"scheme":"hmac","secret_key":"???","secret_is_base64":true}"#).is_none());
    }
}

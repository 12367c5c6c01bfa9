use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{artifact, call_json, millis};
use crate::courier::Delivery;
use crate::twilio::{Overrides, RetryOn, SignedRequest};
use crate::world::{World, WorldError};

/// An `end-of-call-report`, or another server message, of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VapiReport {
    /// The call.
    pub call_id: String,
    /// Where it goes: plain HTTP.
    pub url: String,
    /// Further headers, `Host` among them if need be.
    pub headers: BTreeMap<String, String>,
    /// `end-of-call-report` when absent.
    pub kind: Option<String>,
    /// How Vapi shows who it is.
    pub authentication: VapiAuthentication,
    /// Seconds that the signature's time is off by.
    pub time_off: i64,
    /// The body is changed after it was signed.
    pub tampered: bool,
    /// Members of the message with other values, or added.
    pub set: BTreeMap<String, Value>,
    /// Further attempts after the first, as a `backoffPlan` makes them; Vapi's default is none.
    pub retries: u32,
}

/// How Vapi shows who it is (protocols.md section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VapiAuthentication {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// A header of any name, without a prefix: `X-Vapi-Secret` was the first of them.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A signature.
    Hmac(HmacPlan),
}

/// How Vapi signs. The default is what Vapi documents as its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HmacPlan {
    /// The secret, as text or in base64.
    pub secret: String,
    /// Whether the secret is in base64.
    pub secret_is_base64: bool,
    /// The digest.
    pub algorithm: Algorithm,
    /// The header with the signature.
    pub signature_header: String,
    /// What stands before the signature.
    pub signature_prefix: String,
    /// The header with the time, if one is sent.
    pub timestamp_header: Option<String>,
    /// The time is in milliseconds. Which unit Vapi takes is not known.
    pub milliseconds: bool,
    /// What is signed.
    pub payload_format: String,
    /// The signature is in base64, not in hexadecimal digits.
    pub base64: bool,
}

impl Default for HmacPlan {
    fn default() -> Self {
        Self {
            secret: "standin-vapi-secret".to_owned(),
            secret_is_base64: false,
            algorithm: Algorithm::Sha256,
            signature_header: "x-signature".to_owned(),
            signature_prefix: String::new(),
            timestamp_header: Some("x-timestamp".to_owned()),
            milliseconds: false,
            payload_format: "{timestamp}.{body}".to_owned(),
            base64: false,
        }
    }
}

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl World {
    /// Sends a report, with the retries that it asks for.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for an unknown call, [`WorldError::BadDestination`] for an impossible URL.
    pub async fn deliver_vapi_report(&self, report: VapiReport) -> Result<Delivery, WorldError> {
        let timeout = Duration::from_secs(20);
        let plan = Overrides {
            retries: report.retries,
            retry_on: vec![RetryOn::Connect, RetryOn::Read, RetryOn::ClientError, RetryOn::ServerError],
            read_timeout: timeout,
            total_timeout: timeout * (report.retries + 1),
        };
        let request = self.sign_vapi_report(report)?;
        self.courier().deliver(&request, &plan).await
    }

    /// A report as bytes, for who sends it himself.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for an unknown call, [`WorldError::Refused`] for a secret that is no base64.
    pub fn sign_vapi_report(&self, report: VapiReport) -> Result<SignedRequest, WorldError> {
        let now = self.now();
        let call = self.vapi_call(report.call_id)?;
        let mut message = json!({
            "type": report.kind.as_deref().unwrap_or("end-of-call-report"),
            "timestamp": now.as_millisecond(),
            "call": call_json(&call, now),
            "customer": {"number": call.customer},
            "startedAt": millis(call.created_at),
            "endedAt": millis(call.ended_at),
            "endedReason": call.ended_reason,
            "artifact": artifact(&call, now),
            "analysis": {"summary": "A call.", "successEvaluation": "true"},
        });
        for (name, value) in report.set {
            message[name] = value;
        }
        let mut body = json!({ "message": message }).to_string();
        let mut headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        match &report.authentication {
            VapiAuthentication::None => {}
            VapiAuthentication::Bearer(token) => {
                headers.insert("authorization".to_owned(), format!("Bearer {token}"));
            }
            VapiAuthentication::Header { name, value } => {
                headers.insert(name.to_ascii_lowercase(), value.clone());
            }
            VapiAuthentication::Hmac(plan) => headers.extend(plan.sign(now.as_second() + report.time_off, &body)?),
        }
        headers.extend(report.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)));
        if report.tampered {
            body = body.replacen("call", "cold", 1);
        }
        Ok(SignedRequest { url: report.url, headers, body })
    }
}

impl HmacPlan {
    fn sign(&self, seconds: i64, body: &str) -> Result<Vec<(String, String)>, WorldError> {
        let timestamp = (if self.milliseconds { seconds * 1_000 } else { seconds }).to_string();
        let payload = self.payload_format.replace("{timestamp}", &timestamp).replace("{body}", body);
        let secret = match self.secret_is_base64 {
            true => BASE64_STANDARD
                .decode(&self.secret)
                .map_err(|error| WorldError::Refused(format!("the secret: {error}")))?,
            false => self.secret.clone().into_bytes(),
        };
        let digest = self.algorithm.digest(&secret, payload.as_bytes());
        let signature = if self.base64 { BASE64_STANDARD.encode(digest) } else { hex::encode(digest) };
        let signed = (self.signature_header.to_ascii_lowercase(), format!("{}{signature}", self.signature_prefix));
        let timed = self.timestamp_header.as_ref().map(|name| (name.to_ascii_lowercase(), timestamp));
        Ok([signed].into_iter().chain(timed).collect())
    }
}

impl Algorithm {
    fn digest(self, secret: &[u8], payload: &[u8]) -> Vec<u8> {
        macro_rules! by {
            ($digest:ty) => {
                Hmac::<$digest>::new_from_slice(secret)
                    .expect("any length is a key")
                    .chain_update(payload)
                    .finalize()
                    .into_bytes()
                    .to_vec()
            };
        }
        match self {
            Self::Sha1 => by!(sha1::Sha1),
            Self::Sha256 => by!(sha2::Sha256),
            Self::Sha512 => by!(sha2::Sha512),
        }
    }
}

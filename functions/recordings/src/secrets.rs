//! The one secret: who the organisations are to their providers, the keys that seal links, and those that sign the
//! API's tokens.

mod airtable;
mod jwt_keys;
mod oidc_issuer;
mod vapi_webhook;

pub use airtable::AirtableSecrets;
pub use jwt_keys::{InvalidJwtKeys, JwtKeys};
pub use oidc_issuer::{OidcIssuer, TokenAlgorithm};
pub use vapi_webhook::{HmacAlgorithm, SignatureEncoding, VapiHmac, VapiInlineSecret, VapiToken, VapiWebhookSecret};

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde::Deserialize;

use crate::ledger_entry::Retention;
use crate::link::{InvalidLinkKeys, LinkKeys};
use crate::recording::{AccountSid, AirtableBaseId, LegacyUrl, Organisation, Provider};

/// The secret's content, checked.
pub struct Secrets {
    /// The keys that seal links.
    pub link_keys: LinkKeys,
    /// The keys of the tokens that the stack issues itself; none where it has none.
    pub jwt: JwtKeys,
    /// Each organisation's own credentials.
    pub organisations: BTreeMap<Organisation, OrganisationSecrets>,
}

/// One organisation's credentials.
#[derive(Deserialize)]
pub struct OrganisationSecrets {
    /// Its Twilio account.
    pub twilio: Option<TwilioSecrets>,
    /// Its Vapi organisation.
    #[serde(default)]
    pub vapi: Option<VapiSecrets>,
    /// Its ElevenLabs workspace.
    #[serde(default)]
    pub elevenlabs: Option<ElevenLabsSecrets>,
    /// Its Airtable access.
    pub airtable: Option<AirtableSecrets>,
    /// For how long its recordings are kept, unless somebody decides otherwise of one.
    #[serde(default)]
    pub retention: Retention,
    /// The hosts that imported recordings may be fetched from, by their names.
    #[serde(default)]
    pub legacy_hosts: Vec<String>,
    /// Whose tokens are believed of this organisation, and of no other.
    #[serde(default)]
    pub oidc: Option<OidcIssuer>,
}

/// A Twilio account.
#[derive(Deserialize)]
pub struct TwilioSecrets {
    /// The account that makes the recordings.
    pub account_sid: AccountSid,
    /// The primary auth token, which signs webhooks.
    pub auth_token: SecretString,
    /// The token before a rotation, which goes on signing for a while.
    #[serde(default)]
    pub previous_auth_token: Option<SecretString>,
    /// An API key for the REST API; without one the auth token is used.
    #[serde(default)]
    pub api_key_sid: Option<String>,
    /// The API key's secret.
    #[serde(default)]
    pub api_key_secret: Option<SecretString>,
}

/// A Vapi organisation.
#[derive(Deserialize)]
pub struct VapiSecrets {
    /// The private key of its API; the public one fetches no recordings.
    pub api_key: SecretString,
    /// How its webhooks show that they are its own; without it none is believed.
    #[serde(default)]
    pub webhook: Option<VapiWebhookSecret>,
    /// How they did before a rotation, which goes on for a while.
    #[serde(default)]
    pub previous_webhook: Option<VapiWebhookSecret>,
}

/// An ElevenLabs workspace.
#[derive(Deserialize)]
pub struct ElevenLabsSecrets {
    /// A key of its API that may read, and delete, conversations.
    pub api_key: SecretString,
    /// The secret of its webhook; without it none is believed.
    #[serde(default)]
    pub webhook_secret: Option<SecretString>,
    /// The secret before a rotation, which goes on signing for a while.
    #[serde(default)]
    pub previous_webhook_secret: Option<SecretString>,
}

/// A secret that cannot be used. Nothing of its content is in the message.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSecret {
    /// The JSON does not have the expected shape.
    #[error("the secret is not JSON of the documented shape, at line {line} column {column}")]
    Shape {
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// The link keys cannot be used.
    #[error("the secret's link keys cannot be used")]
    LinkKeys(#[source] InvalidLinkKeys),
    /// The keys of the API's tokens cannot be used.
    #[error("the secret's jwt keys cannot be used")]
    JwtKeys(#[source] InvalidJwtKeys),
    /// Nobody to work for.
    #[error("the secret's organisations are empty: put in at least \"default\", as tools/secret.example.json shows")]
    NoOrganisation,
}

#[derive(Deserialize)]
struct RawSecrets {
    link_keys: RawKeys,
    #[serde(default)]
    jwt: Option<RawKeys>,
    organisations: BTreeMap<Organisation, OrganisationSecrets>,
}

#[derive(Deserialize)]
struct RawKeys {
    current: String,
    keys: BTreeMap<String, SecretString>,
}

impl Secrets {
    /// Reads the secret's JSON.
    ///
    /// # Errors
    /// [`InvalidSecret`] says what has to be mended, without quoting any of it.
    pub fn parse(json: &str) -> Result<Self, InvalidSecret> {
        // serde_json's message may quote the value that it did not expect, so only the place is kept.
        let raw: RawSecrets = serde_json::from_str(json)
            .map_err(|error| InvalidSecret::Shape { line: error.line(), column: error.column() })?;
        let link_keys = LinkKeys::new(raw.link_keys.current, raw.link_keys.keys).map_err(InvalidSecret::LinkKeys)?;
        let jwt = raw.jwt.map_or_else(|| Ok(JwtKeys::none()), |raw| JwtKeys::new(&raw.current, raw.keys));
        let jwt = jwt.map_err(InvalidSecret::JwtKeys)?;
        if raw.organisations.is_empty() {
            return Err(InvalidSecret::NoOrganisation);
        }
        Ok(Self { link_keys, jwt, organisations: raw.organisations })
    }

    /// The Twilio account of an organisation.
    pub fn twilio(&self, organisation: &Organisation) -> Option<&TwilioSecrets> {
        self.organisations.get(organisation)?.twilio.as_ref()
    }

    /// The Vapi organisation of an organisation.
    pub fn vapi(&self, organisation: &Organisation) -> Option<&VapiSecrets> {
        self.organisations.get(organisation)?.vapi.as_ref()
    }

    /// The ElevenLabs workspace of an organisation.
    pub fn elevenlabs(&self, organisation: &Organisation) -> Option<&ElevenLabsSecrets> {
        self.organisations.get(organisation)?.elevenlabs.as_ref()
    }

    /// For how long an organisation's recordings are kept.
    pub fn retention(&self, organisation: &Organisation) -> Retention {
        self.organisations.get(organisation).map_or_else(Retention::default, |found| found.retention)
    }

    /// The Airtable access of an organisation.
    pub fn airtable(&self, organisation: &Organisation) -> Option<&AirtableSecrets> {
        self.organisations.get(organisation)?.airtable.as_ref()
    }

    /// Whether an organisation's legacy URL leads to a host that its own list names.
    pub fn permits_legacy(&self, organisation: &Organisation, url: &LegacyUrl) -> bool {
        let hosts = self.organisations.get(organisation).map(|secrets| secrets.legacy_hosts.as_slice());
        hosts.unwrap_or_default().iter().any(|host| host.eq_ignore_ascii_case(url.host()))
    }

    /// The base that holds an organisation's jobs: its own, or else the installation's. Several organisations may share
    /// one, and then they share its requests.
    pub fn airtable_base<'a>(
        &'a self,
        organisation: &Organisation,
        installations: &'a AirtableBaseId,
    ) -> Option<&'a AirtableBaseId> {
        self.airtable(organisation).map(|airtable| airtable.base_id.as_ref().unwrap_or(installations))
    }
}

impl OrganisationSecrets {
    /// The providers that it has credentials for.
    pub fn providers(&self) -> impl Iterator<Item = Provider> {
        let has = |provider: &Provider| match provider {
            Provider::Twilio => self.twilio.is_some(),
            Provider::Vapi => self.vapi.is_some(),
            Provider::ElevenLabs => self.elevenlabs.is_some(),
        };
        Provider::ALL.into_iter().filter(has)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("organisations", &self.organisations.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "secrets/secrets_tests.rs"]
mod tests;

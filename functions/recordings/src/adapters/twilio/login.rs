use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};

use crate::recording::{AccountSid, Organisation};
use crate::secrets::Secrets;

/// Who we are to Twilio.
pub(super) struct Login {
    pub(super) account: AccountSid,
    user: String,
    password: SecretString,
}

impl Login {
    /// An organisation's API key where there is one, else its account's auth token.
    pub(super) fn of(secrets: &Secrets, organisation: &Organisation) -> Option<Self> {
        let twilio = secrets.twilio(organisation)?;
        let (user, password) = match (&twilio.api_key_sid, &twilio.api_key_secret) {
            (Some(key), Some(secret)) => (key.clone(), secret),
            _ => (twilio.account_sid.to_string(), &twilio.auth_token),
        };
        Some(Self { account: twilio.account_sid.clone(), user, password: password.clone() })
    }

    /// Adds the credentials, also where Twilio does not ask for them: whether it does depends on the account.
    pub(super) fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.password.expose_secret()))
    }
}

/// The accounts that the secret named so far.
#[derive(Debug, Default)]
pub(super) struct Accounts(RwLock<BTreeMap<Organisation, AccountSid>>);

impl Accounts {
    pub(super) fn learn(&self, secrets: &Secrets) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (organisation, secrets) in &secrets.organisations {
            if let Some(twilio) = &secrets.twilio {
                known.insert(organisation.clone(), twilio.account_sid.clone());
            }
        }
    }

    pub(super) fn of(&self, organisation: &Organisation) -> Option<AccountSid> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(organisation).cloned()
    }
}

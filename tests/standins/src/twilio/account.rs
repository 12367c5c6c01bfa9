use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Twilio;
use crate::journal::Caller;
use crate::settings::Account;
use crate::world::WorldError;

impl Twilio {
    /// Whom a Basic Authorization header names, by auth token or by API key.
    pub(crate) fn caller(&self, authorization: &HeaderValue) -> Caller {
        let named = credentials(authorization)
            .and_then(|(user, password)| self.accounts.iter().find_map(|account| account.knows(&user, &password)));
        named.unwrap_or(Caller::Stranger)
    }

    /// The account with that id, or the first one when none is named.
    pub(super) fn account(&self, sid: Option<&str>) -> Result<&Account, WorldError> {
        let found = self.accounts.iter().find(|account| sid.is_none_or(|sid| sid == account.sid));
        found.ok_or_else(|| WorldError::not_found("account", sid.unwrap_or_default()))
    }
}

impl Account {
    fn knows(&self, user: &str, password: &str) -> Option<Caller> {
        let by_token = (user, password) == (&self.sid, &self.auth_token);
        let by_api_key = (user, password) == (&self.api_key_sid, &self.api_key_secret);
        (by_token || by_api_key).then(|| Caller::Account { account_sid: self.sid.clone(), by_api_key })
    }
}

/// Whether this caller may use an account's resources.
pub(super) fn may_use(caller: &Caller, account: &str) -> bool {
    matches!(caller, Caller::Account { account_sid, .. } if account_sid == account)
}

fn credentials(authorization: &HeaderValue) -> Option<(String, String)> {
    let encoded = authorization.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

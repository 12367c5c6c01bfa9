use std::collections::BTreeMap;

use super::World;
use super::call::reads;
use crate::ports::{ErrorKind, IssuerKeys, PortError};

/// What each issuer of tokens publishes.
#[derive(Default)]
pub(super) struct Issuers(BTreeMap<String, String>);

impl IssuerKeys for World {
    async fn fetch(&self, issuer: &str) -> Result<String, PortError> {
        let of = issuer.to_owned();
        self.call(reads("IssuerKeys", "fetch"), issuer, move |state| {
            let unknown = || PortError::new(ErrorKind::Unavailable, "fetch an issuer's keys", "nobody is there");
            state.issuers.0.get(&of).cloned().ok_or_else(unknown)
        })
        .await
    }
}

impl World {
    /// Lets an issuer publish a set of keys, in place of what it published before.
    pub fn publish_keys(&self, issuer: &str, keys: &str) {
        self.state().issuers.0.insert(issuer.to_owned(), keys.to_owned());
    }
}

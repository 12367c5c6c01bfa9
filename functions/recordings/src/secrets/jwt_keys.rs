use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

/// The keys of the tokens that the stack issues itself (HS256). All of them verify; `make token` signs with the current one.
pub struct JwtKeys(BTreeMap<String, SecretString>);

/// Keys of tokens that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwtKeys {
    /// `current` names no key.
    #[error("jwt.current names none of jwt.keys")]
    NoCurrent,
    /// A key that could be guessed.
    /// Source: RFC 7518, 3.2: a key is as long as the hash, or longer.
    #[error("a key in jwt.keys is shorter than 32 characters")]
    TooShort,
}

impl JwtKeys {
    /// No keys: no token of the stack's own is believed.
    pub fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Takes the keys as the secret holds them.
    ///
    /// # Errors
    /// [`InvalidJwtKeys`] says which rule they break.
    pub fn new(current: &str, keys: BTreeMap<String, SecretString>) -> Result<Self, InvalidJwtKeys> {
        if !keys.contains_key(current) {
            return Err(InvalidJwtKeys::NoCurrent);
        }
        if keys.values().any(|key| key.expose_secret().len() < 32) {
            return Err(InvalidJwtKeys::TooShort);
        }
        Ok(Self(keys))
    }

    /// The key that a token names.
    pub fn get(&self, id: &str) -> Option<&SecretString> {
        self.0.get(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(current: &str, key: &str) -> Result<JwtKeys, InvalidJwtKeys> {
        JwtKeys::new(current, BTreeMap::from([("k1".to_owned(), key.to_owned().into())]))
    }

    #[test]
    fn every_key_is_found_by_its_id() {
        let keys = keys("k1", &"x".repeat(32)).unwrap();
        assert_eq!(keys.get("k1").unwrap().expose_secret(), "x".repeat(32));
        assert!(keys.get("k2").is_none() && JwtKeys::none().get("k1").is_none());
    }

    #[test]
    fn what_could_be_guessed_or_signs_nothing_is_refused() {
        assert_eq!(keys("k1", &"x".repeat(31)).err(), Some(InvalidJwtKeys::TooShort));
        assert_eq!(keys("k2", &"x".repeat(32)).err(), Some(InvalidJwtKeys::NoCurrent));
    }
}

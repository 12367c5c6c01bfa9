//! The permanent link: a sealed token that names one recording.
//!
//! A token is `{key id}.{payload}.{seal}`, both parts in URL-safe base64. The payload is not secret; the seal, an HMAC-SHA256
//! cut to 128 bits, proves that this installation made it. Keys are named, so that one can be retired while the
//! links it sealed go on working.
//!
//! A *stand-in link* is one that was made while no ledger could be read. Its payload says until when it may be followed
//! without one; with a ledger it is a link like any other.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::recording::RecordingRef;

/// What keeps a seal for links from being a seal for anything else.
const PURPOSE: &[u8] = b"tapeline link 1\n";
/// The same for places in a list.
const PLACE: &[u8] = b"tapeline place 1\n";
const SEAL_BYTES: usize = 16;
/// A longer token cannot be one of ours.
const MAX_TOKEN_BYTES: usize = 512;

/// How long a stand-in link may be followed without a ledger: longer than an outage of S3 is thought to last, and shorter
/// than anybody keeps a history line in mind.
pub const STAND_IN_LIFE: SignedDuration = SignedDuration::from_hours(12);

/// What a link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget {
    /// The recording that the link plays.
    pub recording: RecordingRef,
    /// Raised by one when the recording's links are revoked; older links name an older generation.
    pub generation: u32,
    /// Until when it may be followed although no ledger says whether it was revoked, in whole minutes; most links may
    /// not at all.
    pub without_ledger_until: Option<Timestamp>,
}

impl LinkTarget {
    /// What the link of a generation names.
    pub fn new(recording: RecordingRef, generation: u32) -> Self {
        Self { recording, generation, without_ledger_until: None }
    }

    /// What a stand-in link names that is made now. Nothing is revoked yet where there is no ledger to say so.
    pub fn stand_in(recording: RecordingRef, now: Timestamp) -> Self {
        let until = minute(now.as_second().saturating_add(STAND_IN_LIFE.as_secs()) / 60);
        Self { without_ledger_until: until, ..Self::new(recording, 0) }
    }

    /// Whether it may be followed without a ledger now.
    pub fn stands_in(&self, now: Timestamp) -> bool {
        self.without_ledger_until.is_some_and(|until| now < until)
    }
}

/// The keys that seal links: one makes new seals, all of them prove old ones.
pub struct LinkKeys {
    current: String,
    keys: BTreeMap<String, SecretString>,
}

/// Link keys that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLinkKeys {
    /// `current` names no key.
    #[error("link_keys.current names none of link_keys.keys")]
    NoCurrent,
    /// A key id that would not survive in a URL.
    #[error("a key id in link_keys.keys does not match ^[A-Za-z0-9_-]{{1,16}}$")]
    KeyId,
    /// A key that could be guessed.
    #[error("a key in link_keys.keys is shorter than 32 characters")]
    TooShort,
}

/// A token that is not one of ours. It says no more: whoever presents it learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a link of this installation")]
pub struct NotOurLink;

impl LinkKeys {
    /// Takes the keys as the secret holds them.
    ///
    /// # Errors
    /// [`InvalidLinkKeys`] says which rule they break.
    pub fn new(current: String, keys: BTreeMap<String, SecretString>) -> Result<Self, InvalidLinkKeys> {
        let id_is_plain = |id: &String| {
            (1..=16).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if !keys.contains_key(&current) {
            return Err(InvalidLinkKeys::NoCurrent);
        }
        if !keys.keys().all(id_is_plain) {
            return Err(InvalidLinkKeys::KeyId);
        }
        if keys.values().any(|key| key.expose_secret().len() < 32) {
            return Err(InvalidLinkKeys::TooShort);
        }
        Ok(Self { current, keys })
    }

    /// The token for a recording, the same each time until the current key or the generation changes.
    pub fn seal(&self, target: &LinkTarget) -> String {
        let mut payload = format!("{}/{}", target.recording, target.generation);
        if let Some(until) = target.without_ledger_until {
            payload.push_str(&format!("/{}", until.as_second().div_euclid(60)));
        }
        let payload = URL_SAFE_NO_PAD.encode(payload);
        let key = &self.keys[&self.current];
        let seal = mac(key, &self.current, &payload).finalize().into_bytes();
        format!("{}.{payload}.{}", self.current, URL_SAFE_NO_PAD.encode(&seal[..SEAL_BYTES]))
    }

    /// Seals a place in a list, to be given out and to come back. It is good for the list that is named alone.
    pub fn seal_place(&self, list: &str, place: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(place);
        let seal = mac_of_place(&self.keys[&self.current], &self.current, list, &payload).finalize().into_bytes();
        format!("{}.{payload}.{}", self.current, URL_SAFE_NO_PAD.encode(&seal[..SEAL_BYTES]))
    }

    /// The place that was sealed for this list.
    ///
    /// # Errors
    /// [`NotOurLink`] for everything else.
    pub fn open_place(&self, list: &str, token: &str) -> Result<String, NotOurLink> {
        let (id, payload, seal) = taken_apart(token)?;
        let key = self.keys.get(id).ok_or(NotOurLink)?;
        mac_of_place(key, id, list, payload).verify_truncated_left(&seal).map_err(|_| NotOurLink)?;
        let place = URL_SAFE_NO_PAD.decode(payload).map_err(|_| NotOurLink)?;
        String::from_utf8(place).map_err(|_| NotOurLink)
    }

    /// What a token names, if this installation sealed it.
    ///
    /// # Errors
    /// [`NotOurLink`] for everything else.
    pub fn open(&self, token: &str) -> Result<LinkTarget, NotOurLink> {
        let (id, payload, seal) = taken_apart(token)?;
        let key = self.keys.get(id).ok_or(NotOurLink)?;
        mac(key, id, payload).verify_truncated_left(&seal).map_err(|_| NotOurLink)?;
        read(payload).ok_or(NotOurLink)
    }
}

/// A token's key id, its payload, and its seal.
fn taken_apart(token: &str) -> Result<(&str, &str, Vec<u8>), NotOurLink> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(NotOurLink);
    }
    let mut parts = token.split('.');
    let (Some(id), Some(payload), Some(seal), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(NotOurLink);
    };
    let seal = URL_SAFE_NO_PAD.decode(seal).map_err(|_| NotOurLink)?;
    if seal.len() == SEAL_BYTES { Ok((id, payload, seal)) } else { Err(NotOurLink) }
}

fn read(payload: &str) -> Option<LinkTarget> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let mut parts = text.split('/');
    let recording =
        RecordingRef::read_back(parts.next()?, parts.next()?.parse().ok()?, parts.next()?, parts.next()?).ok()?;
    let generation = parts.next()?.parse().ok()?;
    let without_ledger_until = match parts.next() {
        Some(minutes) => Some(minute(minutes.parse().ok()?)?),
        None => None,
    };
    parts.next().is_none().then_some(LinkTarget { recording, generation, without_ledger_until })
}

/// The beginning of a minute, counted from 1970.
fn minute(number: i64) -> Option<Timestamp> {
    Timestamp::from_second(number.checked_mul(60)?).ok()
}

fn mac(key: &SecretString, id: &str, payload: &str) -> Hmac<Sha256> {
    mac_over(key, &[PURPOSE, id.as_bytes(), b".", payload.as_bytes()])
}

fn mac_of_place(key: &SecretString, id: &str, list: &str, payload: &str) -> Hmac<Sha256> {
    // The payload has no line break, so that nobody can move the border between it and the list's name.
    mac_over(key, &[PLACE, id.as_bytes(), b".", payload.as_bytes(), b"\n", list.as_bytes()])
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length, so this cannot fail")]
fn mac_over(key: &SecretString, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("any key length");
    for part in parts {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
#[path = "link/link_tests.rs"]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

use super::outcome::done;
use crate::object_key::AudioKey;
use crate::ports::{Installation, LinkSigner, Method, SecretAge};

/// A signed URL names its object, is good for one method, and never outlives what was asked for. `now` is before the
/// call.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn link_signer(port: &impl LinkSigner, key: &AudioKey, now: Timestamp) {
    // A real signer needs a moment itself.
    let slack = Duration::from_secs(10);
    let lifetime = Duration::from_secs(900);
    let get = done("sign", port.sign(key, key.file_name(), Method::Get, lifetime).await);
    let head = done("sign", port.sign(key, key.file_name(), Method::Head, lifetime).await);
    let kept = done("sign", port.sign_kept(key, key.file_name(), Method::Get, lifetime, Some(lifetime)).await);
    for signed in [&get, &head, &kept] {
        assert!(signed.url.contains(key.as_str()), "the URL names its object");
        assert!(now < signed.expires_at && signed.expires_at <= now + lifetime + slack, "{}", signed.expires_at);
    }
    assert_ne!(get.url, head.url, "each method has its own URL");
    assert_ne!(get.url, kept.url, "what may be kept is part of the URL");
}

/// An installation is as old as it is, whoever asks how often. `now` is after it was made.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn installation(port: &impl Installation, now: Timestamp) {
    let made_at = done("made_at", port.made_at().await);
    assert!(made_at <= now, "{made_at} is not yet");
    assert_eq!(done("made_at", port.made_at().await), made_at);
}

/// A secret was changed at some time before `now`, which does not move when it is looked at.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn secret_age(port: &impl SecretAge, now: Timestamp) {
    let changed_at = done("changed_at", port.changed_at().await);
    assert!(changed_at <= now, "{changed_at} is not yet");
    assert_eq!(done("changed_at", port.changed_at().await), changed_at);
}

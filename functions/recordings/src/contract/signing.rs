use std::time::Duration;

use jiff::Timestamp;

use super::outcome::done;
use crate::object_key::AudioKey;
use crate::ports::{LinkSigner, Method};

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
    for signed in [&get, &head] {
        assert!(signed.url.contains(key.as_str()), "the URL names its object");
        assert!(now < signed.expires_at && signed.expires_at <= now + lifetime + slack, "{}", signed.expires_at);
    }
    assert_ne!(get.url, head.url, "each method has its own URL");
}

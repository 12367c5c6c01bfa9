//! Signatures over bytes as they came, and the times within them: what the providers' schemes have in common.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use recordings::secrets::HmacAlgorithm;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// How far ahead of ours a provider's clock may be.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// What is compared are MACs under this key, which need not be secret: nobody finds two texts that have the same.
const COMPARING: &[u8] = b"compared in constant time";

/// Why a request is not taken for a provider's. What is known of it grows downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SignatureError {
    /// Nothing is there to be compared.
    Missing,
    /// What is there is no signature, so nothing was compared.
    Malformed,
    /// No secret made this signature for this request.
    Mismatch,
    /// It is signed, and so old that it may have been replayed.
    Stale,
    /// It is signed for a time that is yet to come.
    Early,
}

impl SignatureError {
    /// A stable word for logs and metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Malformed => "signature_malformed",
            Self::Mismatch => "signature_wrong",
            Self::Stale => "signature_stale",
            Self::Early => "signature_early",
        }
    }
}

/// Whether a MAC is that of a text under a key, in constant time.
pub(crate) fn is_mac_of(algorithm: HmacAlgorithm, key: &[u8], text: &[u8], mac: &[u8]) -> bool {
    match algorithm {
        _ if key.is_empty() => false,
        HmacAlgorithm::Sha256 => is::<Hmac<Sha256>>(key, text, mac),
        HmacAlgorithm::Sha512 => is::<Hmac<Sha512>>(key, text, mac),
        HmacAlgorithm::Sha1 => is::<Hmac<Sha1>>(key, text, mac),
    }
}

fn is<M: Mac + KeyInit>(key: &[u8], text: &[u8], mac: &[u8]) -> bool {
    <M as KeyInit>::new_from_slice(key).is_ok_and(|made| made.chain_update(text).verify_slice(mac).is_ok())
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
pub(crate) fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let mac = |text: &[u8]| Hmac::<Sha256>::new_from_slice(COMPARING).map(|mac| mac.chain_update(text));
    match (mac(one), mac(other)) {
        (Ok(one), Ok(other)) => one.verify(&other.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// Refuses what was signed longer ago than `tolerance`, or is yet to be signed.
pub(crate) fn check_time(
    signed_at: Timestamp,
    now: Timestamp,
    tolerance: SignedDuration,
) -> Result<(), SignatureError> {
    let age = now.duration_since(signed_at);
    match age {
        _ if age > tolerance => Err(SignatureError::Stale),
        _ if age < -AHEAD => Err(SignatureError::Early),
        _ => Ok(()),
    }
}

/// A time as Unix seconds or milliseconds; which of the two is told by its size, for thousands of years.
pub(crate) fn unix_time(text: &str) -> Result<Timestamp, SignatureError> {
    const LEAST_MILLISECONDS: i64 = 100_000_000_000;
    let is_plain = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<i64> = text.parse().ok().filter(|_| is_plain);
    let time = match number {
        Some(milliseconds @ LEAST_MILLISECONDS..) => Timestamp::from_millisecond(milliseconds).ok(),
        Some(seconds) => Timestamp::from_second(seconds).ok(),
        None => None,
    };
    time.ok_or(SignatureError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_equal_to_themselves_alone() {
        for (one, other, expected) in
            [("token", "token", true), ("token", "tokem", false), ("token", "token\0", false), ("", "", true)]
        {
            assert_eq!(are_equal(one.as_bytes(), other.as_bytes()), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        let at: Timestamp = "2024-03-15T14:30:22Z".parse().unwrap();
        assert_eq!(unix_time("1710513022"), Ok(at));
        assert_eq!(unix_time("1710513022000"), Ok(at));
        for odd in ["", "-1", "+1", "1.5", "soon", "17105130220000000", "\u{661}", " 1710513022"] {
            assert_eq!(unix_time(odd), Err(SignatureError::Malformed), "{odd:?}");
        }
    }

    #[test]
    fn a_window_reaches_from_its_tolerance_to_a_minute_ahead() {
        let now: Timestamp = "2024-03-15T14:30:22Z".parse().unwrap();
        let tolerance = SignedDuration::from_mins(5);
        for (seconds_ago, expected) in [
            (0, Ok(())),
            (300, Ok(())),
            (301, Err(SignatureError::Stale)),
            (-60, Ok(())),
            (-61, Err(SignatureError::Early)),
        ] {
            let signed_at = now - SignedDuration::from_secs(seconds_ago);
            assert_eq!(check_time(signed_at, now, tolerance), expected, "{seconds_ago}");
        }
        assert_eq!(check_time(Timestamp::MIN, now, tolerance), Err(SignatureError::Stale));
        assert_eq!(check_time(Timestamp::MAX, now, tolerance), Err(SignatureError::Early));
    }

    #[test]
    fn an_empty_key_makes_no_signature() {
        let mac = Hmac::<Sha256>::new_from_slice(b"").unwrap().chain_update(b"text").finalize().into_bytes();
        assert!(!is_mac_of(HmacAlgorithm::Sha256, b"", b"text", &mac));
    }
}

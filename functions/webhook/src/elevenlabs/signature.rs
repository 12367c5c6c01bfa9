//! Tells ElevenLabs' requests from everybody else's, by `ElevenLabs-Signature: t=<Unix seconds>,v0=<hexadecimal>`.
//!
//! `v0` is the HMAC-SHA256 of the time, a full stop and the raw body. ElevenLabs' own libraries let it count for thirty
//! minutes, and for all of the future; here that ends after a minute.
//! Source: <https://github.com/elevenlabs/elevenlabs-python/blob/main/src/elevenlabs/webhooks_custom.py>

use jiff::{SignedDuration, Timestamp};
use recordings::secrets::HmacAlgorithm;

use crate::signed::{SignatureError, check_time, is_mac_of, unix_time};

/// How long a signature counts; the last of five deliveries comes forty minutes after the first, and is signed anew or lost.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(30);
/// While a secret is rotated there may be more than one.
const MOST_SIGNATURES: usize = 5;

/// Verifies that ElevenLabs sent `body`, trying each of `secrets`. Gives the number of the one that did.
pub(crate) fn verify(header: &str, body: &[u8], secrets: &[&[u8]], now: Timestamp) -> Result<usize, SignatureError> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts().find(|(name, _)| *name == "t").map(|(_, time)| time).ok_or(SignatureError::Malformed)?;
    let signatures = parts().filter(|(name, _)| *name == "v0").take(MOST_SIGNATURES);
    let signatures: Vec<Vec<u8>> =
        signatures.filter_map(|(_, hex)| hex::decode(hex).ok().filter(|mac| !mac.is_empty())).collect();
    if signatures.is_empty() {
        return Err(SignatureError::Malformed);
    }
    let signed_at = unix_time(time)?;
    let text = [time.as_bytes(), b".", body].concat();
    let made = |secret: &&&[u8]| signatures.iter().any(|mac| is_mac_of(HmacAlgorithm::Sha256, secret, &text, mac));
    let made_by = secrets.iter().position(|secret| made(&secret)).ok_or(SignatureError::Mismatch)?;
    check_time(signed_at, now, TOLERANCE)?;
    Ok(made_by)
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::*;

    const SECRET: &[u8] = b"test_secret";
    const BODY: &[u8] = br#"{"event_type": "speech.completed", "id": "123456"}"#;
    /// Of the inputs in ElevenLabs' own tests: <https://github.com/elevenlabs/elevenlabs-python/blob/main/tests/test_webhooks.py>
    const HEADER: &str = "t=1600000000,v0=f8a0d1dc33ee963cb54d2f31514555995e93313c9d2042c030adbb82b87fae13";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_600_000_000 + seconds).unwrap()
    }

    fn header(time: &str) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap().chain_update(time).chain_update(b".");
        format!("t={time},v0={}", hex::encode(mac.chain_update(BODY).finalize().into_bytes()))
    }

    #[test]
    fn elevenlabs_own_vector_is_verified() {
        assert_eq!(header("1600000000"), HEADER);
        assert_eq!(verify(HEADER, BODY, &[SECRET], at(0)), Ok(0));
        assert_eq!(verify(HEADER, BODY, &[b"another", SECRET], at(0)), Ok(1));
    }

    #[test]
    fn a_signature_counts_for_thirty_minutes_and_a_little_before_its_time() {
        for (seconds, expected) in [
            (1_800, Ok(0)),
            (1_801, Err(SignatureError::Stale)),
            (-60, Ok(0)),
            (-61, Err(SignatureError::Early)),
            (-86_400, Err(SignatureError::Early)),
        ] {
            assert_eq!(verify(HEADER, BODY, &[SECRET], at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let rotated = HEADER.replace(",v0=", &format!(",v0={},v0=", "0".repeat(64)));
        assert_eq!(verify(&rotated, BODY, &[SECRET], at(0)), Ok(0));
        assert_eq!(verify(&HEADER.replace(',', ", "), BODY, &[SECRET], at(0)), Ok(0));
        assert_eq!(
            verify(&HEADER.to_uppercase().replace("T=", "t=").replace("V0=", "v0="), BODY, &[SECRET], at(0)),
            Ok(0)
        );
    }

    #[test]
    fn what_elevenlabs_did_not_sign_is_refused() {
        let (malformed, mismatch) = (Err(SignatureError::Malformed), Err(SignatureError::Mismatch));
        for (header, body, secrets, expected) in [
            ("", BODY, &[SECRET][..], malformed),
            ("t=1600000000", BODY, &[SECRET], malformed),
            (&HEADER.replace("t=", "x="), BODY, &[SECRET], malformed),
            (&HEADER.replace("v0=", "v1="), BODY, &[SECRET], malformed),
            (&HEADER.replace("v0=f", "v0=g"), BODY, &[SECRET], malformed),
            (&HEADER.replace("1600000000", "now"), BODY, &[SECRET], malformed),
            (&HEADER.replace("1600000000", "1600000001"), BODY, &[SECRET], mismatch),
            (HEADER, b"{}", &[SECRET], mismatch),
            (HEADER, BODY, &[b"another"], mismatch),
            (HEADER, BODY, &[b""], mismatch),
            (HEADER, BODY, &[], mismatch),
        ] {
            assert_eq!(verify(header, body, secrets, at(0)), expected, "{header}");
        }
    }
}

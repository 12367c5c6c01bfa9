use rand::Rng;
use rand::distr::Alphanumeric;

/// A Twilio id: the prefix and 32 hexadecimal digits.
pub(crate) fn sid(prefix: &str) -> String {
    format!("{prefix}{}", hex::encode(rand::random::<[u8; 16]>()))
}

/// An Airtable id: the prefix and 14 letters or digits.
pub(crate) fn airtable_id(prefix: &str) -> String {
    let random = rand::rng().sample_iter(Alphanumeric).take(14).map(char::from);
    prefix.chars().chain(random).collect()
}

/// A UUID, as Vapi numbers its calls.
pub(crate) fn uuid() -> String {
    let digits = hex::encode(rand::random::<[u8; 16]>());
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// An id of ElevenLabs: the prefix and 26 letters or digits.
pub(crate) fn elevenlabs_id(prefix: &str) -> String {
    let random = rand::rng().sample_iter(Alphanumeric).take(26).map(char::from);
    prefix.chars().chain(random).map(|c| c.to_ascii_lowercase()).collect()
}

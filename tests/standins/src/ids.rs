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

//! Twilio's webhooks: the signature first, over the bytes as they came; then what they say.

mod authenticate;
mod recording;
mod signature;
mod status;
mod strange;
mod twiml;
mod voice;

pub(crate) use recording::recording;
pub(crate) use status::status;
pub(crate) use voice::voice;

/// What [`crate::fuzzing`] opens.
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzed {
    pub(crate) use super::signature::SignedBody;
    use super::signature::{SignedRequest, verify};
    pub(crate) use crate::form::Form;

    pub(crate) fn signed_by(
        url: &str,
        body: SignedBody<'_>,
        header: &str,
        tokens: &[&[u8]],
    ) -> Result<usize, &'static str> {
        let key = verify(&SignedRequest { url, body }, header, tokens);
        key.map(|key| key.0).map_err(super::signature::SignatureError::code)
    }
}

//! Twilio's webhooks: the signature first, over the bytes as they came; then what they say.

mod authenticate;
mod form;
mod job;
mod recording;
mod signature;
mod status;
mod strange;
mod twiml;
mod voice;

pub(crate) use recording::recording;
pub(crate) use status::status;
pub(crate) use voice::voice;

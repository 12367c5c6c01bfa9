//! Webhooks as Twilio signs and sends them (protocols of the recording, call status and voice callbacks).

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::gateway::Request;
use crate::scene::{ACCOUNT, BASE, PHONE, TOKEN};

/// The call of every webhook here.
pub(crate) const CALL: &str = "CA0123456789abcdef0123456789abcdef";
/// The recording of every webhook here.
pub(crate) const RECORDING: &str = "REfedcba9876543210fedcba9876543210";

/// A form that is to be signed and sent.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) target: String,
    pub(crate) params: Vec<(String, String)>,
    token: &'static str,
    base: &'static str,
}

impl Webhook {
    /// A recording is complete.
    pub(crate) fn recording() -> Self {
        Self::to(
            "/api/twilio/recording?job=JOB456",
            &[
                ("AccountSid", ACCOUNT),
                ("CallSid", CALL),
                ("RecordingSid", RECORDING),
                ("RecordingUrl", "https://elsewhere.example/not-to-be-fetched"),
                ("RecordingStatus", "completed"),
                ("RecordingDuration", "62"),
                ("RecordingChannels", "1"),
                ("RecordingStartTime", "Fri, 15 Mar 2024 14:29:20 +0000"),
                ("RecordingSource", "StartCallRecordingAPI"),
                ("RecordingTrack", "both"),
                ("Empty", ""),
            ],
        )
    }

    /// A call is completed.
    pub(crate) fn status() -> Self {
        Self::call("/api/twilio/status?job=JOB456", "completed")
    }

    /// A call comes in.
    pub(crate) fn voice() -> Self {
        Self::call("/api/twilio/voice?job=JOB456", "ringing")
    }

    fn call(target: &str, status: &str) -> Self {
        Self::to(
            target,
            &[
                ("AccountSid", ACCOUNT),
                ("ApiVersion", "2010-04-01"),
                ("CallSid", CALL),
                ("CallStatus", status),
                ("Called", PHONE),
                ("Caller", PHONE),
                ("CallerName", "O'Hara & Söhne"),
                ("Direction", "inbound"),
                ("From", PHONE),
                ("To", PHONE),
            ],
        )
    }

    fn to(target: &str, params: &[(&str, &str)]) -> Self {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { target: target.to_owned(), params, token: TOKEN, base: BASE }
    }

    pub(crate) fn at(mut self, target: &str) -> Self {
        self.target = target.to_owned();
        self
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    /// Adds a parameter, perhaps one more of its name.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn signed_with(mut self, token: &'static str) -> Self {
        self.token = token;
        self
    }

    /// Signs for another address than ours.
    pub(crate) fn signed_for(mut self, base: &'static str) -> Self {
        self.base = base;
        self
    }

    pub(crate) fn request(&self) -> Request {
        let signature = sign(self.token, &format!("{}{}", self.base, self.target), &self.params);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish();
        Request::new("POST", &self.target)
            .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
            .header("i-twilio-idempotency-token", "5a9c2f4e-0000-4000-8000-1d2c3b4a5968")
            .header("user-agent", "TwilioProxy/1.1")
            .header("x-twilio-signature", &signature)
            .body(body)
    }
}

/// `X-Twilio-Signature`, as <https://www.twilio.com/docs/usage/security#validating-requests> describes it.
pub(crate) fn sign(token: &str, url: &str, params: &[(String, String)]) -> String {
    let params: BTreeSet<_> = params.iter().collect();
    let text = params.into_iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    STANDARD.encode(Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap().chain_update(text).finalize().into_bytes())
}

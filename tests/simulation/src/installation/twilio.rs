//! Webhooks as Twilio signs and sends them.
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use recordings::recording::RecordingRef;
use serde_json::{Value, json};
use sha1::Sha1;

use super::BASE_URL;

/// Twilio's own patience with one webhook, its retries included, and the most of them that `rc=5` asks for.
/// Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
pub(crate) const RETRIES: u32 = 5;

/// Somebody's telephone number, which nobody may ever read in a log.
pub const PHONE: &str = "+14158675309";
/// A URL that a webhook may name as much as it likes.
pub const FOREIGN_URL: &str = "https://elsewhere.example/not-to-be-fetched";

/// A form that is sent to us.
#[derive(Debug, Clone)]
pub struct Form {
    /// The recording that it is about, if we are to believe it.
    pub about: Option<RecordingRef>,
    target: String,
    params: Vec<(String, String)>,
    token: String,
    raw: Option<String>,
}

impl Form {
    /// A signed form to a path of ours.
    pub fn to(target: String, params: Vec<(&str, String)>, token: String) -> Self {
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { about: None, target, params, token, raw: None }
    }

    /// What a recording's own status callback says.
    pub fn recording(
        recording: &RecordingRef,
        job: Option<&str>,
        status: &str,
        seconds: u32,
        start: Timestamp,
    ) -> Self {
        let organisation = recording.organisation.as_str();
        let account = if organisation == "acme" { 2 } else { 1 };
        let query = job.map(|job| format!("?job={job}")).unwrap_or_default();
        let mut params = vec![
            ("AccountSid", format!("AC{account:032x}")),
            ("CallSid", recording.call_id.to_string()),
            ("RecordingSid", recording.recording_id.to_string()),
            ("RecordingUrl", FOREIGN_URL.to_owned()),
            ("RecordingStatus", status.to_owned()),
            ("RecordingChannels", "1".to_owned()),
            ("RecordingStartTime", start.to_string()),
            ("From", PHONE.to_owned()),
        ];
        if status == "completed" {
            params.push(("RecordingDuration", seconds.to_string()));
        }
        let target = format!("/api/twilio/recording{query}");
        let form = Self::to(target, params, format!("the-auth-token-of-{organisation}"));
        Self { about: Some(recording.clone()), ..form }
    }

    /// The same, signed with something else.
    #[must_use]
    pub fn forged(self) -> Self {
        Self { about: None, token: "a guess".to_owned(), ..self }
    }

    /// The same, with another body than was signed.
    #[must_use]
    pub fn with_body(self, body: String) -> Self {
        Self { about: None, raw: Some(body), ..self }
    }

    /// The same, with one parameter changed before it is signed.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self.params.push((name.to_owned(), value.to_owned()));
        Self { about: None, ..self }
    }

    /// The path and query that it is sent to, its headers and its body.
    pub(crate) fn request(&self) -> (String, Value, String) {
        let signed = || form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish();
        let headers = json!({
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": sign(&self.token, &format!("{BASE_URL}{}", self.target), &self.params),
        });
        (self.target.clone(), headers, self.raw.clone().unwrap_or_else(signed))
    }

    /// What the form says, to be looked for where it must not be.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.params.iter().map(|(_, value)| value.as_str())
    }
}

fn sign(token: &str, url: &str, params: &[(String, String)]) -> String {
    let params: BTreeSet<_> = params.iter().collect();
    let text = params.into_iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("a key may be of any length");
    STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
}

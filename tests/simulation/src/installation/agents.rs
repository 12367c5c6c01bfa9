//! Webhooks as Vapi and ElevenLabs sign and send them.
//! Sources: <https://docs.vapi.ai/server-url/events>, <https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks>

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use recordings::recording::{Provider, RecordingRef};
use serde_json::{Value, json};
use sha2::Sha256;

use super::twilio::FOREIGN_URL;

/// The number of who speaks with an agent. The ledger and its messages know it, and nobody may ever read it in a log.
pub const PARTY: &str = "+4989123456789";
/// What was said, which nobody but the provider may ever write down before it is fetched.
pub const SAID: &str = "the boiler in the cellar leaks";

/// After so long ElevenLabs sends an event again, once for each. Vapi sends one once.
const ELEVENLABS_TRIES_AGAIN: [Duration; 4] =
    [Duration::from_secs(30), Duration::from_secs(120), Duration::from_secs(480), Duration::from_secs(1_800)];

/// An event that is sent to us.
#[derive(Debug, Clone)]
pub struct Event {
    /// The recording that it is about, if we are to believe it.
    pub about: Option<RecordingRef>,
    provider: Provider,
    query: String,
    body: String,
    secret: String,
    seconds_off: i64,
    sent: Option<String>,
}

/// What a provider says of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// There is audio.
    Completed,
    /// There is none.
    Absent,
}

impl Event {
    /// What a recording's provider says when its call is over.
    pub fn of(recording: &RecordingRef, job: Option<&str>, said: Said, seconds: u32, start: Timestamp) -> Self {
        let (call, is_completed) = (recording.call_id.as_str(), said == Said::Completed);
        let event = match recording.provider {
            Provider::ElevenLabs => transcription(call, is_completed, seconds, start),
            _ => report(call, is_completed, seconds, start),
        };
        let (organisation, provider) = (&recording.organisation, recording.provider);
        Self {
            about: Some(recording.clone()),
            provider,
            query: job.map(|job| format!("job={job}")).unwrap_or_default(),
            body: event.to_string(),
            secret: format!("the-{provider}-secret-of-{organisation}"),
            seconds_off: 0,
            sent: None,
        }
    }

    /// The same, signed with something else.
    #[must_use]
    pub fn forged(self) -> Self {
        Self { about: None, secret: "a guess".to_owned(), ..self }
    }

    /// The same, signed so many seconds ago, or ahead.
    #[must_use]
    pub fn signed_at(self, seconds_off: i64) -> Self {
        Self { about: None, seconds_off, ..self }
    }

    /// The same, with another body than was signed.
    #[must_use]
    pub fn with_body(self, body: String) -> Self {
        Self { about: None, sent: Some(body), ..self }
    }

    /// The same, with a word among what it says.
    #[must_use]
    pub fn saying(self, word: &str) -> Self {
        Self { body: self.body.replace(SAID, word), ..self }
    }

    /// The path and query that it is sent to, its headers and its body, signed at an instant. ElevenLabs repeats an event as
    /// it first signed it.
    pub(crate) fn request(&self, first_sent: Timestamp) -> (String, Value, String) {
        let time = first_sent.as_second() + self.seconds_off;
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key may be of any length");
        let signature = hex::encode(mac.chain_update(format!("{time}.{}", self.body)).finalize().into_bytes());
        let headers = match self.provider {
            Provider::ElevenLabs => json!({ "elevenlabs-signature": format!("t={time},v0={signature}") }),
            _ => json!({ "x-timestamp": time.to_string(), "x-signature": signature }),
        };
        let target = format!("/api/{}/webhook?{}", self.provider, self.query);
        (target, headers, self.sent.clone().unwrap_or_else(|| self.body.clone()))
    }

    /// When it is sent again behind so many tries, the last of which was answered so.
    pub(crate) fn again_after(&self, tries: u32, status: u16) -> Option<Duration> {
        let may_be_repeated = self.provider == Provider::ElevenLabs && (status >= 500 || matches!(status, 408 | 429));
        ELEVENLABS_TRIES_AGAIN.get(tries as usize - 1).copied().filter(|_| may_be_repeated)
    }
}

fn report(call: &str, is_completed: bool, seconds: u32, start: Timestamp) -> Value {
    let artifact = match is_completed {
        true => json!({ "recordingUrl": FOREIGN_URL, "transcript": SAID }),
        false => json!({ "transcript": SAID }),
    };
    json!({ "message": {
        "type": "end-of-call-report",
        "endedReason": "customer-ended-call",
        "startedAt": start.to_string(),
        "durationSeconds": seconds,
        "call": { "id": call, "type": "inboundPhoneCall", "customer": { "number": PARTY } },
        "artifact": artifact,
        "analysis": {},
    } })
}

fn transcription(call: &str, is_completed: bool, seconds: u32, start: Timestamp) -> Value {
    json!({
        "type": "post_call_transcription",
        "event_timestamp": start.as_second(),
        "data": {
            "conversation_id": call,
            "status": "done",
            "transcript": [{ "role": "user", "message": SAID, "time_in_call_secs": 1 }],
            "metadata": {
                "start_time_unix_secs": start.as_second(),
                "call_duration_secs": seconds,
                "phone_call": { "direction": "inbound", "external_number": PARTY },
            },
            "has_audio": is_completed,
        },
    })
}

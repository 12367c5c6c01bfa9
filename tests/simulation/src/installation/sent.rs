use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lambda_http::request::LambdaRequest;
use recordings::recording::RecordingRef;
use serde_json::json;

use super::agents::Event;
use super::twilio::{Form, PATIENCE, RETRIES};

/// How long Vapi waits for an answer; ElevenLabs does not say.
/// Source: <https://docs.vapi.ai/server-url/setting-server-urls>
const AGENTS_PATIENCE: Duration = Duration::from_secs(20);

/// Something that a provider sends us.
#[derive(Debug, Clone)]
pub enum Sent {
    /// A form of Twilio's.
    Twilio(Form),
    /// An event of a voice agent's provider.
    Agent(Event),
}

impl From<Form> for Sent {
    fn from(form: Form) -> Self {
        Self::Twilio(form)
    }
}

impl From<Event> for Sent {
    fn from(event: Event) -> Self {
        Self::Agent(event)
    }
}

impl Sent {
    /// The recording that it is about, if we are to believe it.
    pub fn about(&self) -> Option<&RecordingRef> {
        match self {
            Self::Twilio(form) => form.about.as_ref(),
            Self::Agent(event) => event.about.as_ref(),
        }
    }

    /// For how long its provider waits: Twilio for all its tries together, the others for each.
    pub(crate) fn patience_ends(&self, began: Timestamp, tried: Timestamp) -> Timestamp {
        match self {
            Self::Twilio(_) => began + PATIENCE,
            Self::Agent(_) => tried + AGENTS_PATIENCE,
        }
    }

    /// When it is sent again behind so many tries, the last of which was answered so.
    pub(crate) fn again_after(&self, tries: u32, status: u16) -> Option<Duration> {
        match self {
            Self::Twilio(_) => (tries <= RETRIES).then_some(Duration::ZERO),
            Self::Agent(event) => event.again_after(tries, status),
        }
    }

    /// The event that API Gateway makes of it.
    pub(crate) fn event(&self, began: Timestamp) -> LambdaRequest {
        let (target, mut headers, body) = match self {
            Self::Twilio(form) => form.request(),
            Self::Agent(event) => event.request(began),
        };
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        headers["host"] = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com".into();
        let event = json!({
            "version": "2.0",
            "routeKey": format!("POST {path}"),
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9" },
                "requestId": "UnqGshq4FiAEPUw=",
                "routeKey": format!("POST {path}"),
                "stage": "$default",
                "time": "15/Mar/2024:14:30:22 +0000",
                "timeEpoch": 1_710_513_022_000_u64,
            },
            "isBase64Encoded": true,
            "body": STANDARD.encode(body),
        });
        serde_json::from_value(event).expect("the event is one of an HTTP API")
    }
}

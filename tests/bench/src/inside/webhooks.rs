//! A verified webhook without the wire: from the event to the answer, with its message and marker written as JSON.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use recordings::fakes::{World, sample};
use recordings::messages::TransferRequest;
use recordings::ports::{OpenMarkerWrite, PortError, TransferQueue, Version};
use serde_json::json;
use simulation::installation::figures::Figures;
use simulation::installation::ports::WebhookPorts;

use crate::api::{answer, settings};
use crate::measured::{Found, megabytes, microseconds};

/// What a storm of them is.
const BURST: u64 = 10_000;
const BASE: &str = "https://calls.example.com";

/// Takes everything, as a queue and a bucket do that have it written on the wire.
#[derive(Clone, Default)]
struct Taken(Arc<AtomicUsize>);

impl Taken {
    fn take(&self, event: &TransferRequest) -> Result<(), PortError> {
        black_box(json!(event).to_string());
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl TransferQueue for Taken {
    async fn send(&self, request: &TransferRequest) -> Result<(), PortError> {
        self.take(request)
    }
}

impl OpenMarkerWrite for Taken {
    async fn put(&self, event: &TransferRequest) -> Result<(), PortError> {
        self.take(event)
    }

    async fn renew(&self, event: &TransferRequest, _: Option<&Version>) -> Result<(), PortError> {
        self.take(event)
    }
}

pub(crate) fn measure(found: &mut Found) {
    let world = World::new(1);
    let taken = Taken::default();
    let ports = WebhookPorts {
        world: world.worker("webhook"),
        transfer_queue: taken.clone(),
        open_markers: taken.clone(),
        figures: Figures::default(),
    };
    let router = webhook::router(ports, settings());
    let events: Vec<String> = (1..=BURST).map(event).collect();
    let (before, mut times) = (megabytes(), Vec::new());
    let mut refused = 0;
    for event in &events {
        let (time, answer) = microseconds(|| answer(&world, &router, event));
        refused += u64::from(answer["statusCode"].as_u64().is_none_or(|status| status >= 300));
        times.push(time);
    }
    let what = "a verified webhook, our own work";
    found.add(what, "webhook", "us of processor", &times);
    let a_second: Vec<f64> = times.iter().map(|time| 1e6 / time).collect();
    found.add(what, "webhook", "a second on one core", &a_second);
    let what = "a burst of 10,000 verified webhooks";
    found.add(what, "webhook", "not answered 2xx", &[refused as f64]);
    let missing = BURST as f64 * 2.0 - taken.0.load(Ordering::Relaxed) as f64;
    found.add(what, "webhook", "messages and markers missing", &[missing]);
    found.add(what, "webhook", "MB more than before", &[megabytes() - before]);
}

/// As API Gateway hands over what Twilio sent.
fn event(number: u64) -> String {
    let target = format!("/api/twilio/recording?job=JOB{number}");
    let recording = sample::recording(number);
    let parameters = [
        ("AccountSid", format!("AC{:032x}", 1)),
        ("CallSid", recording.call_id.to_string()),
        ("RecordingChannels", "1".to_owned()),
        ("RecordingDuration", "62".to_owned()),
        ("RecordingSid", recording.recording_id.to_string()),
        ("RecordingStartTime", "Fri, 15 Mar 2024 14:29:20 +0000".to_owned()),
        ("RecordingStatus", "completed".to_owned()),
        ("RecordingUrl", "https://api.twilio.com/not-to-be-fetched".to_owned()),
    ];
    let signature = signature(&target, &parameters);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
    crate::api::event("POST", &target, &body, &[("x-twilio-signature", &signature)])
}

/// Source: <https://www.twilio.com/docs/usage/security#validating-requests>; the parameters are in the order of their names.
fn signature(target: &str, parameters: &[(&str, String)]) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};

    let text = parameters.iter().fold(format!("{BASE}{target}"), |text, (name, value)| text + name + value);
    let key = sample::TWILIO_AUTH_TOKEN.as_bytes();
    let mac = Hmac::<sha1::Sha1>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes());
    mac.map_or_else(|_| String::new(), |mac| base64::prelude::BASE64_STANDARD.encode(mac))
}

//! `end-of-call-report`: a call has ended, and whatever was recorded is there.
//! Source: <https://docs.vapi.ai/server-url/events#end-of-call-report>

use jiff::Timestamp;
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::recording::{Channels, Direction, JobNumber, Outcome, PhoneNumber, Provider, RecordingRef};
use serde::Deserialize;
use serde_json::Value;

use super::Authentic;
use crate::job;
use crate::lenient::{CustomParameters, Text, lenient};

/// The parts of a report that say anything of a recording.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    call: Call,
    #[serde(default)]
    artifact: Option<Artifact>,
    #[serde(default)]
    ended_reason: Text,
    #[serde(default, deserialize_with = "lenient")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    ended_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    duration_seconds: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    customer: Option<Party>,
    #[serde(default, deserialize_with = "lenient")]
    phone_number: Option<Party>,
}

/// The members that may name a recording: those of old, and those of the private and the presigned ones. The transcript
/// beside them is not read here; it may be long.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Artifact {
    recording: Option<Value>,
    recording_url: Option<Value>,
    stereo_recording_url: Option<Value>,
    presigned_mono_url: Option<Value>,
    presigned_stereo_url: Option<Value>,
    presigned_assistant_url: Option<Value>,
    presigned_customer_url: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    id: String,
    #[serde(default, rename = "type")]
    kind: Text,
    #[serde(default, deserialize_with = "lenient")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    ended_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Timestamp>,
    #[serde(default)]
    phone_call_provider_id: Text,
    #[serde(default, deserialize_with = "lenient")]
    transport: Option<Transport>,
    #[serde(default, deserialize_with = "lenient")]
    metadata: Option<CustomParameters>,
    #[serde(default, deserialize_with = "lenient")]
    assistant_overrides: Option<Overrides>,
    #[serde(default, deserialize_with = "lenient")]
    customer: Option<Party>,
    #[serde(default, deserialize_with = "lenient")]
    phone_number: Option<Party>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transport {
    #[serde(default)]
    call_sid: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Overrides {
    #[serde(default, deserialize_with = "lenient")]
    variable_values: Option<CustomParameters>,
    #[serde(default, deserialize_with = "lenient")]
    metadata: Option<CustomParameters>,
}

#[derive(Deserialize)]
struct Party {
    #[serde(default)]
    number: Text,
}

#[derive(Deserialize)]
struct Envelope {
    message: Report,
}

impl Report {
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        let read = serde_json::from_slice(body).map(|Envelope { message }| message);
        read.map_err(|_| "the report names no call")
    }

    /// The event as a request for the recording with these channels.
    pub(super) fn request(
        &self,
        webhook: &Authentic,
        channels: Channels,
        now: Timestamp,
    ) -> Result<TransferRequest, &'static str> {
        let (organisation, variant) = (webhook.organisation.as_str(), channels.vapi_variant());
        let recording = RecordingRef::parse(organisation, Provider::Vapi, &self.call.id, variant);
        Ok(TransferRequest {
            version: MESSAGE_VERSION,
            recording: recording.map_err(|_| "the call's id is none")?,
            job_number: self.job_number(webhook),
            report: self.report(),
            received_at: now,
            origin: Origin::Webhook,
            attempt: 0,
            not_before: None,
            continuation: None,
            retrieval: None,
        })
    }

    /// The job that the webhook's URL names, else the one among the parameters that the call was made with.
    fn job_number(&self, webhook: &Authentic) -> Option<JobNumber> {
        let overrides = self.call.assistant_overrides.as_ref();
        let variables = overrides.and_then(|overrides| overrides.variable_values.as_ref());
        let metadata = overrides.and_then(|overrides| overrides.metadata.as_ref());
        let custom = [variables, metadata, self.call.metadata.as_ref()];
        let custom = custom.into_iter().map(|custom| custom.and_then(|custom| custom.job.get()));
        job::first_of(&webhook.organisation, [webhook.query.get(job::PARAMETER)].into_iter().chain(custom))
    }

    fn report(&self) -> recordings::recording::Report {
        let direction = match self.call.kind.get() {
            Some("inboundPhoneCall") => Some(Direction::Inbound),
            Some("outboundPhoneCall") => Some(Direction::Outbound),
            _ => None,
        };
        let number = |of_report: &Option<Party>, of_call: &Option<Party>| -> Option<PhoneNumber> {
            [of_report, of_call].into_iter().flatten().find_map(|party| party.number.get()?.parse().ok())
        };
        let customer = number(&self.customer, &self.call.customer);
        let ours = number(&self.phone_number, &self.call.phone_number);
        let (from, to) = if direction == Some(Direction::Outbound) { (ours, customer) } else { (customer, ours) };
        let transport = self.call.transport.as_ref();
        let carrier = [Some(&self.call.phone_call_provider_id), transport.map(|transport| &transport.call_sid)];
        let started_at = self.started_at.or(self.call.started_at);
        recordings::recording::Report {
            duration_seconds: self.duration_seconds(started_at),
            started_at: started_at.or(self.call.created_at),
            direction,
            from,
            to,
            carrier_call_id: carrier.into_iter().flatten().find_map(|id| id.get()?.parse().ok()),
            ..recordings::recording::Report::of(self.outcome())
        }
    }

    fn duration_seconds(&self, started_at: Option<Timestamp>) -> Option<u32> {
        let ended_at = self.ended_at.or(self.call.ended_at);
        let lasted = started_at.zip(ended_at).map(|(start, end)| end.duration_since(start).as_secs_f64());
        let seconds = self.duration_seconds.or(lasted)?.round();
        (0.0..=f64::from(u32::MAX)).contains(&seconds).then_some(seconds as u32)
    }

    /// A report without artifacts says nothing of a recording; one whose artifacts name none says that there is none.
    fn outcome(&self) -> Outcome {
        match &self.artifact {
            Some(artifact) if !artifact.names_a_recording() => Outcome::Absent { reason: self.why_absent() },
            _ => Outcome::Completed,
        }
    }

    /// Why there is no recording, with Vapi's own word for how the call ended, if that is a word.
    fn why_absent(&self) -> String {
        let is_word = |text: &&str| {
            text.len() <= 100
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte))
        };
        match self.ended_reason.get().filter(is_word) {
            Some(word) => format!("no recording was made ({word})"),
            None => "no recording was made".to_owned(),
        }
    }
}

impl Artifact {
    fn names_a_recording(&self) -> bool {
        let members = [
            &self.recording,
            &self.recording_url,
            &self.stereo_recording_url,
            &self.presigned_mono_url,
            &self.presigned_stereo_url,
            &self.presigned_assistant_url,
            &self.presigned_customer_url,
        ];
        members.into_iter().flatten().any(names_anything)
    }
}

/// Whether there is a text anywhere in it.
fn names_anything(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => members.values().any(names_anything),
        _ => false,
    }
}

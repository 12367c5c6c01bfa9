use jiff::Timestamp;
use recordings::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use recordings::recording::{
    CallRef, Direction, InvalidId, JobNumber, Outcome, PhoneNumber, Provider, RecordingId, RecordingRef, Report,
};
use serde::Deserialize;

use super::Authentic;
use crate::job;
use crate::lenient::{CustomParameters, Text, lenient};

/// What we hear of a conversation.
pub(super) enum Heard {
    /// All that there is to say of its recording.
    Told(TransferRequest),
    /// That there is audio, and nothing else.
    Hinted(TransferRequest),
    /// It did not come about, and nobody could be told.
    NeverBegan(CallRef),
    /// Nothing of a recording.
    Other,
}

/// The parts of an event that say anything of a recording. The audio in it is never read: it is fetched, as any other, and
/// a long call's does not come through at all.
#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    conversation_id: Text,
    #[serde(default, deserialize_with = "lenient")]
    has_audio: Option<bool>,
    #[serde(default)]
    failure_reason: Text,
    #[serde(default, deserialize_with = "lenient")]
    metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "lenient")]
    conversation_initiation_client_data: Option<ClientData>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default, deserialize_with = "lenient")]
    start_time_unix_secs: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    call_duration_secs: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    phone_call: Option<PhoneCall>,
    /// What the carrier said of a call that did not come about.
    #[serde(default, deserialize_with = "lenient")]
    body: Option<CarrierBody>,
}

#[derive(Deserialize)]
struct PhoneCall {
    #[serde(default)]
    direction: Text,
    #[serde(default)]
    agent_number: Text,
    #[serde(default)]
    external_number: Text,
    #[serde(default)]
    call_sid: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CarrierBody {
    #[serde(default)]
    call_sid: Text,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(default, deserialize_with = "lenient")]
    dynamic_variables: Option<CustomParameters>,
}

impl Event {
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        serde_json::from_slice(body).map_err(|_| "the body is no event of ElevenLabs'")
    }

    pub(super) fn heard(&self, webhook: &Authentic, now: Timestamp) -> Result<Heard, &'static str> {
        let outcome = match self.kind.as_str() {
            "post_call_transcription" if self.data.has_audio == Some(false) => {
                Outcome::Absent { reason: "no audio was kept at ElevenLabs".to_owned() }
            }
            "post_call_transcription" => Outcome::Completed,
            "post_call_audio" => return self.request(webhook, Report::of(Outcome::Completed), now).map(Heard::Hinted),
            "call_initiation_failure" => Outcome::Absent { reason: self.why_it_failed() },
            _ => return Ok(Heard::Other),
        };
        let never_began = self.kind == "call_initiation_failure";
        let request = self.request(webhook, self.report(outcome), now)?;
        // Where nothing names a job there is no history to tell, and nobody waits for a recording.
        if never_began && request.job_number.is_none() && request.report.carrier_call_id.is_none() {
            let RecordingRef { organisation, provider, call_id, .. } = request.recording;
            return Ok(Heard::NeverBegan(CallRef { organisation, provider, call_id }));
        }
        Ok(Heard::Told(request))
    }

    fn request(&self, webhook: &Authentic, report: Report, now: Timestamp) -> Result<TransferRequest, &'static str> {
        let call = self.data.conversation_id.get().ok_or("the event names no conversation")?;
        Ok(TransferRequest {
            version: MESSAGE_VERSION,
            recording: recording(webhook.organisation.as_str(), call).map_err(|_| "the conversation's id is none")?,
            job_number: self.job_number(webhook),
            report,
            received_at: now,
            origin: Origin::Webhook,
            attempt: 0,
            not_before: None,
            continuation: None,
            retrieval: None,
        })
    }

    /// The job that the webhook's URL names, else the one among the variables that the conversation began with.
    fn job_number(&self, webhook: &Authentic) -> Option<JobNumber> {
        let client_data = self.data.conversation_initiation_client_data.as_ref();
        let variables = client_data.and_then(|data| data.dynamic_variables.as_ref());
        job::first_of(
            &webhook.organisation,
            [webhook.query.get(job::PARAMETER), variables.and_then(|variables| variables.job.get())],
        )
    }

    fn report(&self, outcome: Outcome) -> Report {
        let Some(metadata) = &self.data.metadata else { return Report::of(outcome) };
        let phone = metadata.phone_call.as_ref();
        let direction = match phone.and_then(|phone| phone.direction.get()) {
            Some("inbound") => Some(Direction::Inbound),
            Some("outbound") => Some(Direction::Outbound),
            _ => None,
        };
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<PhoneNumber>().ok());
        let person = number(phone.and_then(|phone| phone.external_number.get()));
        let agent = number(phone.and_then(|phone| phone.agent_number.get()));
        let (from, to) = if direction == Some(Direction::Outbound) { (agent, person) } else { (person, agent) };
        let carrier = [phone.map(|phone| &phone.call_sid), metadata.body.as_ref().map(|body| &body.call_sid)];
        let seconds = metadata.call_duration_secs.map(f64::round);
        Report {
            duration_seconds: seconds.filter(|s| (0.0..=f64::from(u32::MAX)).contains(s)).map(|seconds| seconds as u32),
            started_at: metadata.start_time_unix_secs.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            direction,
            from,
            to,
            carrier_call_id: carrier.into_iter().flatten().find_map(|id| id.get()?.parse().ok()),
            ..Report::of(outcome)
        }
    }

    /// The documented reasons are told; another one is not repeated, because it is shown as it is.
    fn why_it_failed(&self) -> String {
        let reason = match self.data.failure_reason.get() {
            Some("busy") => "the line was busy",
            Some("no-answer") => "nobody answered",
            _ => "the call did not come about",
        };
        reason.to_owned()
    }
}

fn recording(organisation: &str, call: &str) -> Result<RecordingRef, InvalidId> {
    let call = CallRef::parse(organisation, Provider::ElevenLabs, call)?;
    let CallRef { organisation, provider, call_id } = call;
    Ok(RecordingRef { organisation, provider, call_id, recording_id: RecordingId::parse(provider, "audio")? })
}

//! Recordings, audio, jobs and secrets to put into a world, the same for the same number.

use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;

use super::random::Dice;
use crate::messages::{MESSAGE_VERSION, Origin, TransferRequest};
use crate::ports::{JobRecord, RecordingList};
use crate::recording::{
    AirtableBaseId, JobNumber, JobRecordId, LegacyUrl, Organisation, Outcome, Provider, RecordingRef, Report, Speaker,
    Transcript, Turn,
};
use crate::secrets::Secrets;

/// The installation's base, which holds the jobs of `default`.
pub const AIRTABLE_BASE: &str = "appTapelineFake01";

/// The base that is `acme`'s own.
pub const AIRTABLE_BASE_OF_ACME: &str = "appTapelineFake02";

/// What Twilio signs the webhooks of `default` with.
pub const TWILIO_AUTH_TOKEN: &str = "the-auth-token-of-default";

/// The secrets of two organisations: `default`, and `acme`, which has a base of its own.
pub fn secrets() -> Secrets {
    secrets_of(&[("default", None), ("acme", Some(AIRTABLE_BASE_OF_ACME))])
}

/// The secrets of organisations, each with an Airtable base of its own or else the installation's. The first has the
/// first Twilio account, and so on.
///
/// # Panics
/// When an organisation's or a base's id is none.
pub fn secrets_of(organisations: &[(&str, Option<&str>)]) -> Secrets {
    let organisation = |(at, (name, base)): (usize, &(&str, Option<&str>))| {
        let base = base.map_or("null".to_owned(), |base| format!("\"{base}\""));
        format!(
            r#""{name}": {{
                "twilio": {{"account_sid": "AC{:032x}", "auth_token": "the-auth-token-of-{name}"}},
                "airtable": {{"token": "the-airtable-token-of-{name}", "base_id": {base}}},
                "legacy_hosts": ["recordings.{name}.example"]
            }}"#,
            at + 1
        )
    };
    let organisations: Vec<String> = organisations.iter().enumerate().map(organisation).collect();
    let text = format!(
        r#"{{
            "link_keys": {{"current": "k1", "keys": {{"k1": "a key that seals links, 32 long or more"}}}},
            "organisations": {{{}}}
        }}"#,
        organisations.join(", ")
    );
    valid(Secrets::parse(&text))
}

/// The installation's base.
///
/// # Panics
/// Never: the text is fixed.
pub fn airtable_base() -> AirtableBaseId {
    valid(AIRTABLE_BASE.parse())
}

/// The same, with credentials of every provider. What a provider signs with says whose it is.
///
/// # Panics
/// Never: the text is fixed.
pub fn secrets_of_all_providers() -> Secrets {
    let mut secrets = secrets();
    for (name, of) in &mut secrets.organisations {
        let vapi = format!(
            r#"{{"api_key": "v", "webhook": {{"scheme": "hmac", "secret_key": "the-vapi-secret-of-{name}"}}}}"#
        );
        let elevenlabs = format!(r#"{{"api_key": "e", "webhook_secret": "the-elevenlabs-secret-of-{name}"}}"#);
        of.vapi = Some(valid(serde_json::from_str(&vapi)));
        of.elevenlabs = Some(valid(serde_json::from_str(&elevenlabs)));
    }
    secrets
}

/// The nth recording of Twilio, of the nth call, of `default`.
pub fn recording(n: u64) -> RecordingRef {
    recording_of("default", n, n)
}

/// A recording of Twilio by the numbers of its call and itself.
///
/// # Panics
/// When the organisation's id is none.
pub fn recording_of(organisation: &str, call: u64, recording: u64) -> RecordingRef {
    let (call, recording) = (format!("CA{call:032x}"), format!("RE{recording:032x}"));
    valid(RecordingRef::parse(organisation, Provider::Twilio, &call, &recording))
}

/// A recording of any provider by the numbers of its call and itself.
///
/// # Panics
/// When the organisation's id is none.
pub fn recording_at(provider: Provider, organisation: &str, call: u64, recording: u64) -> RecordingRef {
    let (call, recording) = match provider {
        Provider::Twilio => return recording_of(organisation, call, recording),
        Provider::Vapi => (format!("{call:08x}-0000-4000-8000-{recording:012x}"), "mono"),
        Provider::ElevenLabs => (format!("conv_{call:016x}{recording:016x}"), "audio"),
    };
    valid(RecordingRef::parse(organisation, provider, &call, recording))
}

/// What an agent and a person said to each other.
pub fn transcript() -> Transcript {
    let turn = |speaker, text: &str, seconds: u64| {
        let offset_ms = Some(seconds * 1_000);
        Turn { speaker, text: text.to_owned(), offset_ms }
    };
    Transcript::of_turns(vec![
        turn(Speaker::Agent, "Good morning, how can I help?", 0),
        turn(Speaker::Customer, "The boiler in the cellar leaks.", 3),
    ])
}

/// The number of the nth job, such as `JOB7`.
///
/// # Panics
/// Never: every number makes a job number.
pub fn job_number(n: u64) -> JobNumber {
    valid(format!("JOB{n}").parse())
}

/// The record of the nth job.
///
/// # Panics
/// When the number has more than fourteen digits.
pub fn job_record_id(n: u64) -> JobRecordId {
    valid(format!("rec{n:014}").parse())
}

/// The nth job, naming these recordings' calls, with an empty history.
pub fn job(n: u64, calls: &[&RecordingRef]) -> JobRecord {
    let call_ids: Vec<&str> = calls.iter().map(|recording| recording.call_id.as_str()).collect();
    JobRecord {
        id: job_record_id(n),
        number: Some(job_number(n)),
        call_ids: call_ids.join(", "),
        history: String::new(),
    }
}

/// A provider's report that a recording of so many seconds is complete.
pub fn report(seconds: u32, started_at: Timestamp) -> Report {
    Report {
        duration_seconds: Some(seconds),
        channels: Some(1),
        started_at: Some(started_at),
        ..Report::of(Outcome::Completed)
    }
}

/// A webhook's request to bring home a recording that started a minute before.
pub fn transfer_request(
    recording: &RecordingRef,
    job: Option<JobNumber>,
    seconds: u32,
    at: Timestamp,
) -> TransferRequest {
    TransferRequest {
        version: MESSAGE_VERSION,
        recording: recording.clone(),
        job_number: job,
        report: report(seconds, at - jiff::SignedDuration::from_mins(1)),
        received_at: at,
        origin: Origin::Webhook,
        attempt: 0,
        not_before: None,
        continuation: None,
        retrieval: None,
    }
}

/// Where the nth recording of an organisation lay before it was imported.
///
/// # Panics
/// Never where the organisation's id is one.
pub fn legacy_url(organisation: &str, n: u64) -> LegacyUrl {
    valid(LegacyUrl::parse(&format!("https://recordings.{organisation}.example/{n}.wav")))
}

/// The list of what Twilio made for an organisation in a time.
///
/// # Panics
/// When the organisation's id is none.
pub fn list_of(organisation: &str, window: Range<Timestamp>) -> RecordingList {
    RecordingList::CreatedWithin { organisation: valid(organisation.parse()), provider: Provider::Twilio, window }
}

/// The organisation of an installation without tenants.
pub fn organisation() -> Organisation {
    Organisation::default_organisation()
}

/// A WAV file that plays for so many seconds: mono, 8 kHz, 8 bits, of a noise that differs by `n`.
pub fn wav(seconds: u32, n: u64) -> Bytes {
    const RATE: u32 = 8_000;
    let samples = seconds * RATE;
    let mut file = Vec::with_capacity(44 + samples as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + samples).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&8_u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&samples.to_le_bytes());
    let mut noise = Dice::new(n);
    file.extend((0..samples).map(|_| noise.roll() as u8));
    file.into()
}

fn valid<T, E: std::fmt::Display>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("a sample is not valid: {error}"))
}

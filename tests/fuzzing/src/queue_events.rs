//! Whatever is on a queue, as Lambda hands it over: to the real handler, in a world where nothing fails by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use jiff::Timestamp;
use recordings::env::Environment;
use recordings::fakes::{ProviderRecording, QueueName, World, sample};
use recordings::messages::{self, HistoryRequest, TransferRequest};
use recordings::ports::{
    AudioLook, AudioRead, AudioSource, AudioStore, AudioTag, CallControlRead, CallControlWrite, CallEntries, Clock,
    DayIndex, ErasureReceipts, HistoryQueue, JobRecord, Jobs, LedgerRead, LedgerWrite, LegacyAudio, LinkSigner,
    ListenersRead, ListenersWrite, LiveChannel, OpenMarkerRemove, OpenMarkerWrite, ProviderCopies, Random,
    RetrievalRead, RetryQueue, SecretSource, TraceRemove, Traces, TranscriptSource, TranscriptStore, TransferQueue,
    WaveformStore,
};
use recordings::recording::{Provider, RecordingRef};
use recordings::telemetry::{Metric, Metrics};
use serde_json::{Value, json};
use transfer::config::Settings;
use transfer::{Deadline, NewsDesk, Pacer, Ports, event};

use crate::canary::{CANARIES, assert_silent};
use crate::input::{Input, parts};
use crate::log::logged;
use crate::messages::continued;
use crate::targets::{Target, Verdict};

/// As the template has it.
const TIMEOUT: Duration = Duration::from_secs(120);
const ONE: &str = include_str!("../../../events/transfer-queue-one.json");

pub(crate) const TARGET: Target = Target { name: "queue_events", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    // A whole event, or up to four bodies in an event as SQS makes them.
    let kind = input.byte();
    let text = match kind % 4 {
        0 => String::from_utf8_lossy(input.rest()).into_owned(),
        of_bodies => event_of(&mut input, of_bodies == 3),
    };
    let Ok(event) = serde_json::from_str::<SqsEvent>(&text) else { return Verdict::Refused };
    let messages: Vec<(String, String)> = event.records.iter().map(id_and_body).collect();
    let is_history = event.records.first().is_some_and(|first| arn(first).ends_with(".fifo"));
    let (transfers, histories): (Vec<TransferRequest>, Vec<HistoryRequest>) = match is_history {
        false => (messages.iter().filter_map(|(_, body)| messages::read(body).ok()).collect(), Vec::new()),
        true => (Vec::new(), messages.iter().filter_map(|(_, body)| messages::read(body).ok()).collect()),
    };
    let unreadable = messages.len() - transfers.len() - histories.len();

    let world = world();
    let before = world.journal().len();
    let (again, log) = answer(&world, event);
    // A message that is understood was written by us: what it says of a job or a reason may be told to operators. Its id
    // was chosen by SQS.
    if !messages.iter().any(|(id, body)| names_somebody(id) || (is_understood(body) && names_somebody(body))) {
        assert_silent(&log);
    }

    let ids: BTreeSet<&String> = messages.iter().map(|(id, _)| id).collect();
    assert!(again.iter().all(|id| ids.contains(id)), "{again:?} are not all in {ids:?}");
    assert!(again.len() >= unreadable, "{unreadable} messages are not understood, and {again:?} come again");
    if transfers.is_empty() && histories.is_empty() {
        assert_eq!(world.journal().len(), before, "what nobody understands has an effect");
        return Verdict::Refused;
    }
    for request in &transfers {
        assert!(is_remembered(&world, &request.recording) || !again.is_empty(), "{} is lost", request.recording);
    }
    Verdict::Taken
}

fn is_understood(body: &str) -> bool {
    messages::read::<TransferRequest>(body).is_ok() || messages::read::<HistoryRequest>(body).is_ok()
}

fn names_somebody(body: &str) -> bool {
    CANARIES.iter().any(|canary| body.contains(canary))
}

/// Whether anything still knows of a recording that was asked for.
fn is_remembered(world: &World, recording: &RecordingRef) -> bool {
    let id = recording.recording_id.as_str();
    let queues = [QueueName::Transfer, QueueName::History, QueueName::Retry];
    world.entry(recording).is_some()
        || world.open_markers().iter().any(|(marked, _)| marked == recording)
        || queues.into_iter().any(|queue| world.bodies(queue).iter().any(|body| body.contains(id)))
}

/// The ids of the messages that have to come again, and the log.
fn answer(world: &World, event: SqsEvent) -> (Vec<String>, String) {
    let variables = [("PUBLIC_BASE_URL", "https://calls.example.com"), ("AIRTABLE_BASE_ID", "appA1b2C3d4E5f6G7")];
    let environment: Environment =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let settings = Settings::from(&environment).unwrap();
    let ports = Outside {
        world: world.worker("transfer"),
        pacer: Pacer::new(1.5, Duration::from_secs(900)),
        news_desk: NewsDesk::default(),
    };
    let end = ports.world.now() + TIMEOUT;
    let deadline = Deadline::at(end);
    let (response, log) = logged(|| ports.world.run(event::answer(&ports, &settings, event, deadline)));
    assert!(world.time() <= end, "an invocation outlives its time");
    let written = serde_json::to_value(&response).unwrap();
    assert!(written["batchItemFailures"].is_array(), "{written}");
    (response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect(), log)
}

/// A world in which the recordings of the fixtures are at Twilio, and their jobs in Airtable.
fn world() -> World {
    let world = World::new(1);
    for (body, n) in bodies(include_str!("../../../events/transfer-queue-ten.json")).iter().zip(1..).take(3) {
        let request: TransferRequest = messages::read(body).unwrap();
        world.put_provider_recording(&request.recording, ProviderRecording::completed(sample::wav(12, n)));
        let job = JobRecord { number: request.job_number.clone(), ..sample::job(n, &[]) };
        world.put_job(&request.recording.organisation, job);
    }
    world
}

fn event_of(input: &mut Input<'_>, is_history: bool) -> String {
    let arn =
        if is_history { "arn:aws:sqs:eu-central-1:1:history.fifo" } else { "arn:aws:sqs:eu-central-1:1:transfer" };
    let mut records = Vec::new();
    while records.len() < 4 && !input.is_empty() {
        let receives = input.byte() % 5;
        records.push(json!({
            "messageId": format!("message-{}", records.len()), "body": input.text(), "eventSourceARN": arn,
            "attributes": {"ApproximateReceiveCount": receives.to_string()}, "messageAttributes": {},
        }));
    }
    json!({ "Records": records }).to_string()
}

fn id_and_body(message: &aws_lambda_events::event::sqs::SqsMessage) -> (String, String) {
    (message.message_id.clone().unwrap_or_default(), message.body.clone().unwrap_or_default())
}

fn arn(message: &aws_lambda_events::event::sqs::SqsMessage) -> &str {
    message.event_source_arn.as_deref().unwrap_or_default()
}

fn bodies(event: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(event).unwrap();
    event["Records"].as_array().unwrap().iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let event = |text: &str| [&[0][..], text.as_bytes()].concat();
    let of_bodies = |kind: u8, bodies: &[String]| {
        let bodies: Vec<Vec<u8>> = bodies.iter().map(|body| [b"\x01", body.as_bytes()].concat()).collect();
        parts(&[kind], &bodies.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let transfers = bodies(include_str!("../../../events/transfer-queue-ten.json"));
    let histories = bodies(include_str!("../../../events/transfer-history-ten.json"));
    let absent = r#""outcome":{"kind":"absent","reason":"too short (16101)"}"#;
    let absent = transfers[0].replace(r#""outcome":{"kind":"completed"}"#, absent);
    let continued = serde_json::to_string(&continued(&transfers[0])).unwrap();
    vec![
        event(ONE),
        event(include_str!("../../../events/transfer-history-one.json")),
        event(include_str!("../../../events/transfer-queue-poison-among-good.json")),
        of_bodies(1, &transfers[..1]),
        of_bodies(2, &[absent, CANARIES[1].to_owned(), transfers[1].clone()]),
        of_bodies(1, &[continued]),
        of_bodies(3, &histories[..3]),
    ]
}

struct Outside {
    world: World,
    pacer: Pacer,
    news_desk: NewsDesk,
}

struct Uncounted;

impl Metrics for Uncounted {
    fn take(&self, _: Timestamp, _: Option<Provider>, _: &[Metric]) {}
}

impl Ports for Outside {
    fn ledger(&self) -> &(impl LedgerRead + LedgerWrite) {
        &self.world
    }

    fn decisions(&self) -> &impl CallControlWrite {
        &self.world
    }

    fn controls(&self) -> &impl CallControlRead {
        &self.world
    }

    fn entries(&self) -> &impl CallEntries {
        &self.world
    }

    fn tags(&self) -> &impl AudioTag {
        &self.world
    }

    fn traces(&self) -> &(impl Traces + TraceRemove) {
        &self.world
    }

    fn receipts(&self) -> &impl ErasureReceipts {
        &self.world
    }

    fn days(&self) -> &impl DayIndex {
        &self.world
    }

    fn open_markers(&self) -> &(impl OpenMarkerWrite + OpenMarkerRemove) {
        &self.world
    }

    fn audio(&self) -> &(impl AudioStore + AudioLook + AudioRead) {
        &self.world
    }

    fn source(&self) -> &(impl AudioSource + TranscriptSource) {
        &self.world
    }

    fn transcripts(&self) -> &impl TranscriptStore {
        &self.world
    }
    fn waveforms(&self) -> &impl WaveformStore {
        &self.world
    }

    fn legacy(&self) -> &impl LegacyAudio {
        &self.world
    }

    fn copies(&self) -> &impl ProviderCopies {
        &self.world
    }

    fn retrievals(&self) -> &impl RetrievalRead {
        &self.world
    }
    fn jobs(&self) -> &impl Jobs {
        &self.world
    }

    fn history_queue(&self) -> &impl HistoryQueue {
        &self.world
    }

    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.world
    }

    fn retry_queue(&self) -> &impl RetryQueue {
        &self.world
    }

    fn signer(&self) -> &impl LinkSigner {
        &self.world
    }
    fn secrets(&self) -> &impl SecretSource {
        &self.world
    }

    fn clock(&self) -> &impl Clock {
        &self.world
    }

    fn random(&self) -> &impl Random {
        &self.world
    }

    fn metrics(&self) -> &impl Metrics {
        &Uncounted
    }

    fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.world
    }

    fn live(&self) -> &impl LiveChannel {
        &self.world
    }

    fn news_desk(&self) -> &NewsDesk {
        &self.news_desk
    }
}

//! What one recording may cost of requests, whichever way it takes. A number may be lowered; one that has to rise is a
//! decision, because each recording pays for it. `make cost` reckons with the same numbers.

use std::time::Duration;

use recordings::fakes::{Call, Fault, Plan, ProviderRecording, Settings, Where, World, sample};
use recordings::messages::TransferRequest;
use recordings::ports::ErrorKind;
use recordings::recording::{RecordingRef, Report};

use crate::invariants::broken;
use crate::stage::{Stage, recorded, recorded_as};

/// As the template deploys it, a page may listen, which one look tells.
const LIVE: (&str, &str) = ("LIVE_ENDPOINT", "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live");
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);
const A_WHILE: Duration = Duration::from_secs(1_800);

/// Requests by what they cost. What SQS is asked by Lambda's pollers, and the sweeper's looks at what is nobody's in
/// particular, are not in it.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
struct Requests {
    /// PUT, POST and LIST, which cost alike.
    s3_writes: usize,
    /// GET and HEAD.
    s3_reads: usize,
    sqs: usize,
    airtable: usize,
    provider: usize,
}

impl Requests {
    /// What is budgeted for a way.
    fn budget(way: &str) -> Self {
        let budgets = include_str!("../../../../tests/template/src/requests.json");
        let budgets: serde_json::Value = serde_json::from_str(budgets).unwrap();
        serde_json::from_value(budgets[way].clone()).unwrap()
    }

    fn of(stage: &Stage) -> Self {
        let mut requests = Self::default();
        for call in stage.world.calls().iter().filter(|call| call.process != "sweeper") {
            if let Some(kind) = requests.kind(call) {
                *kind += 1;
            }
        }
        requests
    }

    /// Where a call counts. One that nobody thought of fails the test, so that nothing is free by being forgotten.
    fn kind(&mut self, call: &Call) -> Option<&mut usize> {
        Some(match (call.port, call.operation) {
            // S3 takes nothing for a deletion, and the secret is kept for minutes.
            ("OpenMarkerRemove" | "SecretSource", _) | ("AudioStore", "abort") => return None,
            ("OpenMarkerWrite" | "DayIndex" | "LedgerWrite" | "AudioStore" | "CallControlWrite", _) => {
                &mut self.s3_writes
            }
            ("LedgerRead" | "CallControlRead" | "AudioLook" | "AudioRead" | "ListenersRead", _) => &mut self.s3_reads,
            ("TransferQueue" | "HistoryQueue" | "RetryQueue", _) => &mut self.sqs,
            ("Jobs", _) => &mut self.airtable,
            ("AudioSource" | "ProviderCopies", _) => &mut self.provider,
            (port, operation) => panic!("{port}::{operation} is in no budget"),
        })
    }
}

fn deployed(world: World) -> Stage {
    Stage::configured(world, &[LIVE])
}

/// The bytes that were fetched at the provider and sent to the bucket again and again.
fn copies(stage: &Stage) -> usize {
    stage.called("AudioSource", "open")
}

fn settled(stage: &Stage, recording: &RecordingRef) {
    assert!(stage.becomes_quiet_within(A_WHILE));
    assert_eq!(broken(stage, std::slice::from_ref(recording)), Vec::<String>::new());
}

#[test]
fn when_all_goes_well() {
    let (stage, recording) = (deployed(World::new(1)), sample::recording(1));
    stage.report(&recorded(&stage.world, &recording, 1));
    settled(&stage, &recording);
    let expected = Requests::budget("normal");
    assert_eq!((Requests::of(&stage), copies(&stage)), (expected, 1));
}

#[test]
fn a_duplicate_is_a_message_a_marker_and_a_look() {
    let (stage, recording) = (deployed(World::new(1)), sample::recording(1));
    let request = recorded(&stage.world, &recording, 1);
    stage.report(&request);
    stage.report(&request);
    settled(&stage, &recording);
    assert_eq!((Requests::of(&stage), copies(&stage)), (Requests::budget("duplicate"), 1));
}

#[test]
fn in_fallback_until_the_bucket_is_back() {
    let (stage, recording) = (deployed(World::new(1)), sample::recording(1));
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioStore"]), DOWN));
    stage.report(&recorded(&stage.world, &recording, 1));
    stage.world.set_plan(Plan::none());
    settled(&stage, &recording);
    let expected = Requests::budget("fallback");
    assert_eq!((Requests::of(&stage), copies(&stage)), (expected, 4), "three quick tries, and the one that does it");
}

#[test]
fn when_the_provider_is_not_ready_yet() {
    let (stage, recording) = (deployed(World::new(1)), sample::recording(1));
    let not_ready = Fault::ErrorBefore(ErrorKind::NotFound);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), not_ready));
    stage.report(&recorded(&stage.world, &recording, 1));
    stage.world.set_plan(Plan::none());
    settled(&stage, &recording);
    let expected = Requests::budget("not_ready");
    assert_eq!((Requests::of(&stage), copies(&stage)), (expected, 2));
}

/// A recording of 8,000 bytes a second.
fn of_length(seconds: u32) -> (Requests, usize) {
    let settings = Settings { chunk_bytes: 1024 * 1024, ..Settings::default() };
    let (stage, recording) = (deployed(World::with(settings)), sample::recording(1));
    let held = ProviderRecording::completed(sample::wav(seconds, 1));
    let request = recorded_as(&stage.world, &recording, 1, held);
    let report = Report { duration_seconds: Some(seconds), ..request.report.clone() };
    stage.report(&TransferRequest { report, ..request });
    settled(&stage, &recording);
    (Requests::of(&stage), copies(&stage))
}

#[test]
fn an_hour_of_mp3_costs_no_more_than_a_minute() {
    const HOUR: u32 = 60 * 60 * 4_000 / 8_000;
    assert_eq!(of_length(HOUR), (Requests::budget("normal"), 1));
}

/// 16 MB: four parts, with what begins and completes them in place of one PUT, and a look whether the key is free.
#[test]
fn in_parts() {
    assert_eq!(of_length(2_000), (Requests::budget("in_parts"), 1));
}

/// Ten of one batch share a find and a PATCH: 0.2 requests a recording.
#[test]
fn ten_that_wait_together_cost_airtable_two_requests() {
    let stage = deployed(World::new(1));
    let recordings: Vec<RecordingRef> = (1..=10).map(sample::recording).collect();
    for (recording, job) in recordings.iter().zip(1..) {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    while stage.transfer() {}
    stage.history();
    assert!(stage.becomes_quiet_within(A_WHILE));
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
    let expected = Requests::budget("ten_together");
    assert_eq!(Requests::of(&stage), expected);
}

//! Sources so slow that a transfer outlives its invocation. The test plays TransferQueue; the wire keeps real time, so
//! these tests take minutes and hardly any work.

use std::time::{Duration, Instant};

use runtime::{Environment, Rie};
use serde_json::Value;
use standins::speech::Format;
use standins::{Fault, FaultRule, JournalQuery, Service, TwilioBehaviour};

use crate::stage::{Call, LIMIT, MEGABYTE, Stage, deliver, program, say};

const PART: u64 = 5 * MEGABYTE;
/// A time-out in whose 25 seconds of sending a part of 16 seconds fits, and no second one.
const SHORT: &str = "50";
const A_PART_IN_16_SECONDS: u64 = PART / 16;

/// The real thing: the function's own time-out of two minutes, of which a part of five megabytes takes 80 seconds.
#[tokio::test]
async fn a_source_of_64_kilobytes_a_second_completes_through_continuation() {
    let slow = Slow { bytes: 9_000_000, bytes_per_second: 65_536, ..Slow::default() };
    assert_eq!(slow.bring_home(None).await, [0, PART]);
}

#[tokio::test]
async fn a_transfer_may_outlive_one_invocation_after_another() {
    let slow = Slow { bytes: 2 * PART + 2 * MEGABYTE, ..Slow::default() };
    assert_eq!(slow.bring_home(Some(SHORT)).await, [0, PART, 2 * PART]);
}

/// It is small enough to be sent at once, had anybody known.
#[tokio::test]
async fn what_is_slow_and_of_unknown_length_completes_as_well() {
    let slow = Slow { bytes: PART + 2 * MEGABYTE, content_length: false, ..Slow::default() };
    assert_eq!(slow.bring_home(Some(SHORT)).await, [0, PART]);
}

#[tokio::test]
async fn where_the_provider_serves_no_ranges_it_is_too_slow() {
    let slow = Slow { bytes: 2 * PART, ranges: false, ..Slow::default() };
    let (stage, call) = slow.place().await;
    let function = slow.start(&stage, Some(SHORT)).await;

    slow.deliver_until_quiet(&stage, &function, &call).await;

    let entry = stage.entry(&call);
    assert_eq!(entry.last_error.unwrap().code, "too_slow");
    assert!(entry.next_attempt_at.is_some(), "it is tried again");
    assert_eq!((stage.store.uploads_under_way(), stage.store.keys("recordings/")), (0, Vec::new()));
    assert!(!stage.is_deleted_at_twilio(&call));
}

/// A slow source, and the recording that it holds.
struct Slow {
    bytes: u64,
    bytes_per_second: u64,
    content_length: bool,
    ranges: bool,
}

impl Default for Slow {
    fn default() -> Self {
        Self { bytes: 0, bytes_per_second: A_PART_IN_16_SECONDS, content_length: true, ranges: true }
    }
}

impl Slow {
    async fn place(&self) -> (Stage, Call) {
        let stage = Stage::set().await;
        let Self { content_length, ranges, .. } = *self;
        stage.world().set_twilio_behaviour(TwilioBehaviour { content_length, ranges, ..TwilioBehaviour::default() });
        let trickle = Fault::Trickle { bytes_per_second: self.bytes_per_second };
        stage.world().inject(FaultRule::new(Service::Media, trickle)).unwrap();
        let call = stage.place(Format::Mp3, self.bytes);
        (stage, call)
    }

    async fn start(&self, stage: &Stage, timeout: Option<&str>) -> Rie {
        let with_timeout = |environment: Environment| match timeout {
            Some(seconds) => environment.with("AWS_LAMBDA_FUNCTION_TIMEOUT", seconds),
            None => environment,
        };
        Rie::start_within(LIMIT, program(), &with_timeout(stage.environment(Format::Mp3))).await
    }

    /// Where each invocation began, once the recording is stored and nothing of it came or went twice.
    async fn bring_home(&self, timeout: Option<&str>) -> Vec<u64> {
        let (stage, call) = self.place().await;
        let function = self.start(&stage, timeout).await;
        let started = Instant::now();

        let begun_at = self.deliver_until_quiet(&stage, &function, &call).await;

        self.report(begun_at.len(), started.elapsed());
        let stored = stage.assert_stored(&call);
        assert_eq!(u64::from(stored.requests), call.track.length().div_ceil(PART), "no part is sent twice");
        let asked = stage.world().journal(JournalQuery::of(Service::Media)).into_iter().map(|request| request.range);
        let expected = begun_at.iter().map(|offset| (*offset > 0).then(|| format!("bytes={offset}-")));
        assert_eq!(asked.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "what is stored is not fetched again");
        begun_at
    }

    /// Does what TransferQueue does, until the function puts nothing on it any more; where each invocation began.
    async fn deliver_until_quiet(&self, stage: &Stage, function: &Rie, call: &Call) -> Vec<u64> {
        let mut begun_at = Vec::new();
        let mut next = Some(call.message.clone());
        while let Some(message) = next {
            begun_at.push(message["continuation"]["stopped"]["offset"].as_u64().unwrap_or_default());
            deliver(function, &message).await;
            let mut queued = stage.surroundings.aws.take_messages(&stage.surroundings.queues.transfer).await;
            next = queued.pop();
            assert_eq!(queued, Vec::<Value>::new(), "one message for one recording");
        }
        begun_at
    }

    fn report(&self, invocations: usize, taken: Duration) {
        let length = if self.content_length { "announced" } else { "unknown" };
        say(&format!(
            "transfer: {} bytes (length {length}) at {} bytes/s in {:.0} s and {invocations} invocations",
            self.bytes,
            self.bytes_per_second,
            taken.as_secs_f64(),
        ));
    }
}

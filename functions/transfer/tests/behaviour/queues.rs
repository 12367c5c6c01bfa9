//! When SQS refuses: the message that led here stays, or the marker brings the recording back.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{ErrorKind, TransferQueue};

use crate::invariants::broken;
use crate::stage::{Stage, recorded};

const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

#[test]
fn a_queue_that_is_down_for_half_an_hour_loses_nothing() {
    let sends = |port: &'static str| Where::ports(&[port]).operation("send");
    for queues in [Where::sqs(), sends("TransferQueue"), sends("HistoryQueue"), sends("RetryQueue")] {
        for provider_fails_too in [false, true] {
            let stage = Stage::new(World::new(1));
            let recording = sample::recording(1);
            let (from, until) = (stage.world.time(), stage.world.time() + Duration::from_secs(1_800));
            let mut plan = Plan::none().between(from, until, queues.clone(), DOWN);
            if provider_fails_too {
                plan = plan.between(from, until, Where::ports(&["AudioSource"]), DOWN);
            }
            stage.world.set_plan(plan);
            stage.report(&recorded(&stage.world, &recording, 1));
            assert!(stage.becomes_quiet_within(Duration::from_secs(6 * 3_600)), "{queues:?}");
            assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{queues:?}");
        }
    }
}

#[test]
fn a_recording_whose_marker_was_never_written_comes_home_although_airtable_is_down_at_first() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let (from, until) = (stage.world.time(), stage.world.time() + Duration::from_secs(1_800));
    let plan = Plan::none().always(Where::ports(&["OpenMarkerWrite"]).process("webhook"), DOWN).between(
        from,
        until,
        Where::airtable(),
        DOWN,
    );
    stage.world.set_plan(plan);
    stage.report(&recorded(&stage.world, &recording, 1));
    assert!(stage.becomes_quiet_within(Duration::from_secs(3_600)));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn a_recording_whose_marker_was_never_written_comes_home_although_its_copy_cannot_be_deleted_at_first() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let plan = Plan::none().always(Where::ports(&["OpenMarkerWrite"]).process("webhook"), DOWN).nth(
        1,
        Where::ports(&["ProviderCopies"]),
        DOWN,
    );
    stage.world.set_plan(plan);
    stage.report(&recorded(&stage.world, &recording, 1));
    assert!(stage.becomes_quiet_within(Duration::from_secs(3_600)));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn a_recording_whose_marker_was_never_written_and_that_was_tried_again_outlives_a_day_without_the_bucket() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let unmarked = Plan::none().always(Where::ports(&["OpenMarkerWrite"]).process("webhook"), DOWN);
    let (from, soon) = (stage.world.time(), stage.world.time() + Duration::from_secs(60));
    stage.world.set_plan(unmarked.between(from, soon, Where::ports(&["AudioSource"]), DOWN));
    assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
    stage.transfer();
    stage.world.advance_to(stage.world.time() + Duration::from_secs(600));
    stage.sweep();
    stage.transfer();
    assert_eq!(stage.state(&recording), State::Stored);

    let day = Duration::from_secs(24 * 3_600);
    let (from, until) = (stage.world.time(), stage.world.time() + day);
    stage.world.set_plan(Plan::none().between(from, until, Where::s3(), DOWN));
    stage.live_for(day);
    assert_eq!(stage.lines(1), Vec::<String>::new(), "its pointer died many times");
    assert!(stage.becomes_quiet_within(day));
    assert_eq!((stage.state(&recording), stage.lines(1).len()), (State::Settled, 1));
}

#[test]
fn a_swept_recording_whose_retry_could_not_be_queued_is_tried_again_when_its_message_comes_again() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let swept = TransferRequest { origin: Origin::Sweep, ..recorded(&stage.world, &recording, 1) };
    let soon = stage.world.time() + Duration::from_secs(60);
    let plan = Plan::none().between(stage.world.time(), soon, Where::ports(&["AudioSource"]), DOWN).between(
        stage.world.time(),
        soon,
        Where::ports(&["RetryQueue"]).operation("send"),
        DOWN,
    );
    stage.world.set_plan(plan);
    stage.world.run(TransferQueue::send(&stage.world, &swept)).unwrap();
    stage.transfer();
    assert_eq!((stage.state(&recording), stage.world.queued(QueueName::Transfer)), (State::Received, 1));

    stage.world.advance_to(stage.world.next_delivery(QueueName::Transfer).unwrap());
    stage.transfer();
    assert_eq!(stage.state(&recording), State::Stored);
}

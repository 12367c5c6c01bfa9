//! Somebody waits for audio that is not in the bucket yet.

use std::time::Duration;

use recordings::fakes::{AtProvider, Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::{Change, State, Status};
use recordings::messages::TransferRequest;
use recordings::ports::{ErrorKind, TransferQueue};
use recordings::recording::{Outcome, RecordingRef};

use crate::invariants::broken;
use crate::stage::{Stage, audio_of, recorded};

const A_DAY: Duration = Duration::from_secs(86_400);

fn provider() -> Where {
    Where::ports(&["AudioSource"])
}

/// Asks for a recording, as the API does, and lets everything follow that follows at once.
pub(crate) fn ask(stage: &Stage, recording: &RecordingRef) {
    let request = TransferRequest::on_demand(&stage.world.entry(recording).unwrap());
    stage.world.run(TransferQueue::send(&stage.world, &request)).unwrap();
    stage.deliver();
}

/// A recording whose first try failed, because Twilio was away.
fn waiting() -> (Stage, RecordingRef) {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.set_plan(Plan::none().always(provider(), Fault::ErrorBefore(ErrorKind::Unavailable)));
    stage.report(&recorded(&stage.world, &recording, 1));
    (stage, recording)
}

#[test]
fn what_waits_for_its_retry_is_fetched_at_once() {
    let (stage, recording) = waiting();
    stage.world.set_plan(Plan::none());
    ask(&stage, &recording);
    assert_eq!(stage.world.entry(&recording).unwrap().status(), Status::Available);
    assert!(stage.becomes_quiet_within(Duration::from_secs(900)), "the retry that is on its way finds it there");
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn a_demand_in_vain_is_told_and_leaves_the_schedule_as_it_is() {
    let (stage, recording) = waiting();
    let before = stage.world.entry(&recording).unwrap();
    stage.world.advance(Duration::from_secs(1));
    for _ in 0..5 {
        ask(&stage, &recording);
    }
    let after = stage.world.entry(&recording).unwrap();
    assert_eq!((after.attempts, after.next_attempt_at), (before.attempts, before.next_attempt_at));
    assert_ne!(after.last_error, before.last_error, "who waits sees that it was tried");
    assert_eq!(stage.world.queued(QueueName::Retry), 1, "no second chain of retries");
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(Duration::from_secs(900)));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn what_failed_and_is_in_the_slow_lane_is_fetched_at_once() {
    let (stage, recording) = waiting();
    stage.live_for(Duration::from_secs(4_000));
    assert_eq!(stage.state(&recording), State::Failed);
    stage.world.set_plan(Plan::none());
    ask(&stage, &recording);
    assert_eq!(stage.state(&recording), State::Settled);
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

/// A recording that Twilio called too short.
fn absent() -> (Stage, RecordingRef) {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let mut request = recorded(&stage.world, &recording, 1);
    request.report.outcome = Outcome::Absent { reason: "too short (16101)".to_owned() };
    let held = ProviderRecording { state: AtProvider::Absent, ..ProviderRecording::completed("") };
    stage.world.put_provider_recording(&recording, held);
    stage.report(&request);
    assert_eq!(stage.state(&recording), State::Absent);
    (stage, recording)
}

#[test]
fn what_is_absent_is_asked_for_again_and_stays_so_where_it_is() {
    let (stage, recording) = absent();
    ask(&stage, &recording);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.last_error.unwrap().code, "provider_gone");
    assert_eq!((stage.state(&recording), stage.lines(1).len()), (State::Absent, 1));
    assert!(stage.becomes_quiet_within(A_DAY), "nothing is left of it");
}

#[test]
fn what_is_absent_no_longer_comes_home() {
    let (stage, recording) = absent();
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
    ask(&stage, &recording);
    assert_eq!(stage.state(&recording), State::Settled);
}

#[test]
fn what_is_absent_and_cannot_be_asked_about_becomes_unfinished_business() {
    let (stage, recording) = absent();
    stage.world.set_plan(Plan::none().always(provider(), Fault::ErrorBefore(ErrorKind::Unavailable)));
    ask(&stage, &recording);
    assert!(stage.world.entry(&recording).unwrap().is_being_fetched_after_all());
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(stage.state(&recording), State::Absent);
}

#[test]
fn what_is_erased_or_expired_is_never_fetched() {
    for change in [Change::Erased, Change::Expired] {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        stage.report(&recorded(&stage.world, &recording, 1));
        stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
        let gone = stage.world.entry(&recording).unwrap().apply(change, stage.world.time()).unwrap();
        stage.world.put_entry(&gone);
        let opened = stage.called("AudioSource", "open");
        ask(&stage, &recording);
        assert_eq!(stage.called("AudioSource", "open"), opened);
        assert_eq!(stage.world.entry(&recording).unwrap(), gone);
    }
}

#[test]
fn many_demands_at_once_are_one() {
    let (stage, recording) = waiting();
    stage.world.set_plan(Plan::none());
    let request = TransferRequest::on_demand(&stage.world.entry(&recording).unwrap());
    for _ in 0..12 {
        stage.world.run(TransferQueue::send(&stage.world, &request)).unwrap();
    }
    assert!(stage.becomes_quiet_within(Duration::from_secs(900)));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    assert_eq!(stage.lines(1).len(), 1);
}

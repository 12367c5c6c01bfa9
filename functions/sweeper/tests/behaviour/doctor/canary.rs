//! A recording of the doctor's own is sent, looked for by a later run, and taken back.

use recordings::fakes::{Plan, QueueName, World, sample};
use recordings::messages::{self, TransferRequest};
use recordings::object_key::utc_day;
use recordings::recording::{Outcome, RecordingRef};
use sweeper::Job;
use sweeper::config::Settings;

use super::{examine, findings, organisation, world};
use crate::stage::{job_for, settings, try_job_with, with_twice_at_once};

fn with_a_canary() -> Settings {
    Settings { canary_job: Some(sample::job_number(1)), ..settings() }
}

fn canary(world: &World) -> RecordingRef {
    RecordingRef::canary(organisation(), utc_day(world.time()))
}

/// What TransferQueue was told.
fn told(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| messages::read(body).unwrap()).collect()
}

#[test]
fn a_canary_is_told_of_as_the_webhook_tells_and_written_down_before() {
    let world = world();
    let checkup = examine(&world, &with_a_canary());
    let checked = checkup.checks.iter().find(|check| check.name == "canary").unwrap();
    assert_eq!((checked.looked_at, checked.failed, checked.findings.len()), (0, None, 0));
    let told = told(&world);
    assert_eq!(told, [TransferRequest::of_canary(&canary(&world), sample::job_number(1), told[0].received_at)]);
    assert_eq!(world.open_markers().into_iter().map(|(recording, _)| recording).collect::<Vec<_>>(), [canary(&world)]);
    assert!(world.document("cursors/canary.json").unwrap().contains("default"));
    let order: Vec<_> = world.calls().iter().map(|call| (call.port, call.operation)).collect();
    let at = |call| order.iter().position(|one| *one == call).unwrap();
    assert!(at(("Cursors", "write")) < at(("OpenMarkerWrite", "put")), "{order:?}");
}

#[test]
fn whatever_fails_the_next_run_tells_of_the_canary_and_hides_no_other_check() {
    let calm = world();
    examine(&calm, &with_a_canary());
    for plan in Plan::each_single(&calm.calls()) {
        let world = world();
        world.set_plan(plan);
        try_job_with(&world, &with_a_canary(), Job::Doctor);
        world.set_plan(Plan::none());
        let checkup = examine(&world, &with_a_canary());
        assert!(checkup.checks.iter().all(|check| check.failed.is_none()), "{}", world.replay());
        assert!(checkup.checks.iter().any(|check| check.name == "canary"));
        let told = told(&world);
        assert!(!told.is_empty() && told.iter().all(|told| told.recording == canary(&world)), "{}", world.replay());
    }
}

#[test]
fn two_doctors_at_once_tell_of_the_same_canary() {
    let world = world();
    for outcome in with_twice_at_once(&world, &with_a_canary(), Job::Doctor) {
        assert!(outcome.is_ok());
    }
    assert!(told(&world).iter().all(|told| told.recording == canary(&world)));
    assert_eq!(world.open_markers().len(), 1);
}

#[test]
fn a_run_whose_time_is_up_sends_no_canary() {
    let world = world();
    let soon = std::time::Duration::from_secs(10);
    let checkup = job_for(&world, &with_a_canary(), Job::Doctor, soon).unwrap().doctor.unwrap();
    let checked = checkup.checks.iter().find(|check| check.name == "canary").unwrap();
    assert_eq!(checked.failed, Some("no_time"));
    assert!(told(&world).is_empty());
}

#[test]
fn one_that_never_came_is_told_and_taken_back() {
    let world = world();
    examine(&world, &with_a_canary());
    let (lost, before) = (canary(&world), told(&world).len());
    world.advance(std::time::Duration::from_secs(86_400));
    let checkup = examine(&world, &with_a_canary());
    let found = ("", lost.call_id.as_str(), "canary_not_stored", false);
    assert!(findings(&checkup).contains(&found), "{checkup:?}");
    let told = &told(&world)[before..];
    assert!(told.iter().any(|told| told.report.outcome == Outcome::CanaryOver && told.recording.call() == lost.call()));
    assert!(told.iter().any(|told| told.recording == canary(&world)), "and today's goes out");
}

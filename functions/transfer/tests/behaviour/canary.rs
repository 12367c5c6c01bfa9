//! The doctor's canary goes the way of every recording, is looked for, and leaves nothing behind but its receipts.

use std::time::Duration;

use recordings::audio::canary;
use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::TransferRequest;
use recordings::object_key::utc_day;
use recordings::ports::{ErrorKind, TransferQueue};
use recordings::recording::RecordingRef;
use sweeper::{Check, Job};

use crate::stage::{Stage, recorded};

const A_DAY: Duration = Duration::from_secs(24 * 3_600);
/// An erasure is over behind its second or third pass.
const PATIENCE: Duration = Duration::from_secs(2 * 3_600);

/// Two organisations, each with the canary's job.
fn stage() -> Stage {
    with_job(true)
}

fn with_job(there_is_one: bool) -> Stage {
    let world = World::new(1);
    if there_is_one {
        for organisation in world.secrets().organisations.keys() {
            world.put_job(organisation, sample::job(1, &[]));
        }
    }
    Stage::configured(world, &[("DOCTOR_CANARY_JOB", "JOB1")])
}

fn todays(stage: &Stage) -> RecordingRef {
    RecordingRef::canary(sample::organisation(), utc_day(stage.world.time()))
}

/// The checks of the canaries of `default` and `acme`.
fn examine(stage: &Stage) -> Vec<Check> {
    let checkup = stage.outcome_of(Job::Doctor).unwrap().doctor.unwrap();
    checkup.checks.into_iter().filter(|check| check.name == "canary").collect()
}

fn findings(checks: &[Check]) -> Vec<&'static str> {
    assert!(checks.iter().all(|check| check.failed.is_none()), "{checks:?}");
    checks.iter().flat_map(|check| check.findings.iter().map(|finding| finding.what)).collect()
}

/// What is left of a canary that should be gone.
fn left_of(stage: &Stage, canary: &RecordingRef) -> Vec<String> {
    let world = &stage.world;
    let mut left = world.audio_left(canary.call_id.as_str());
    left.extend(world.entry(canary).filter(|entry| !entry.is_forgotten()).map(|entry| format!("{entry:?}")));
    left.extend(world.open_markers().iter().map(|(recording, _)| format!("a marker of {recording}")));
    left.extend(stage.lines(1).into_iter().filter(|line| line.contains("/r/")));
    left
}

#[test]
fn it_comes_home_as_any_recording_and_the_next_look_takes_it_back() {
    let stage = stage();
    stage.world.adjust(|settings| settings.latency = Duration::from_millis(10));
    let canary_of_today = todays(&stage);
    assert_eq!(findings(&examine(&stage)), Vec::<&str>::new());
    stage.deliver();
    let entry = stage.world.entry(&canary_of_today).unwrap();
    assert_eq!((entry.state(), entry.job_number.clone()), (State::Settled, Some(sample::job_number(1))));
    let stored = &stage.world.objects()[entry.recording_storage_path.as_ref().unwrap()];
    assert_eq!(stored.bytes, canary());
    assert!(stage.lines(1)[0].contains(&stage.link(&canary_of_today)), "{:?}", stage.lines(1));

    let checks = examine(&stage);
    assert_eq!(findings(&checks), Vec::<&str>::new());
    assert_eq!(checks.iter().map(|check| check.looked_at).collect::<Vec<_>>(), [1, 1]);
    assert!(stage.metrics.of("canary_to_history") > 0.0);
    assert!(stage.becomes_quiet_within(PATIENCE));
    assert_eq!(left_of(&stage, &canary_of_today), Vec::<String>::new());
    assert_eq!(stage.lines(1).len(), 1, "the line says that it was erased");
    assert!(stage.world.objects().is_empty());

    examine(&stage);
    examine(&stage);
    assert!(stage.becomes_quiet_within(PATIENCE));
    assert_eq!(stage.lines(1).len(), 1, "one a day");
    assert_eq!(stage.world.document("cursors/canary.json").as_deref(), Some("null"), "none is out");
    stage.live_for(A_DAY);
    examine(&stage);
    stage.deliver();
    assert_eq!(stage.lines(1).len(), 2, "the next day has its own");
}

#[test]
fn without_a_job_for_it_there_is_none() {
    let stage = Stage::new(World::new(1));
    assert_eq!(examine(&stage), []);
    assert!(stage.world.open_markers().is_empty() && stage.world.queued(QueueName::Transfer) == 0);
}

#[test]
fn one_that_is_out_when_canaries_are_switched_off_is_taken_back() {
    let with = stage();
    examine(&with);
    with.deliver();
    let without = Stage::new(with.world.clone());
    assert_eq!(examine(&without).len(), 2);
    assert!(without.becomes_quiet_within(PATIENCE));
    assert_eq!(left_of(&without, &todays(&with)), Vec::<String>::new());
    examine(&without);
    assert_eq!(examine(&without), [], "nothing is left to look for");
}

#[test]
fn a_bucket_that_takes_no_audio_is_told_and_the_canary_goes_when_it_does() {
    let stage = stage();
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioStore"]), down));
    let canary = todays(&stage);
    examine(&stage);
    stage.deliver();
    assert_eq!(findings(&examine(&stage)), Vec::<&str>::new(), "it may be on its way");
    stage.live_for(A_DAY);
    assert_eq!(findings(&examine(&stage)), ["canary_not_stored"; 2]);
    stage.live_for(PATIENCE);
    stage.world.set_plan(Plan::none());
    stage.live_for(A_DAY);
    assert_eq!(findings(&examine(&stage)), ["canary_late"; 2], "that of the second day");
    assert!(stage.becomes_quiet_within(3 * A_DAY));
    assert_eq!(stage.world.audio_left(canary.call_id.as_str()), Vec::<String>::new());
    assert!(stage.world.entry(&canary).unwrap().is_forgotten());
}

#[test]
fn a_history_that_lacks_its_line_is_told() {
    let stage = with_job(false);
    let canary = todays(&stage);
    examine(&stage);
    stage.live_for(A_DAY);
    assert_eq!(findings(&examine(&stage)), ["canary_not_in_history"; 2]);
    stage.live_for(PATIENCE);
    assert!(stage.world.audio_left(canary.call_id.as_str()).is_empty());
}

#[test]
fn one_that_is_held_is_told_of_until_it_may_go() {
    let stage = stage();
    let canary = todays(&stage);
    examine(&stage);
    stage.deliver();
    stage.decide(&stage.world.control(&canary.call()).held().unwrap());
    examine(&stage);
    stage.live_for(A_DAY);
    assert!(stage.world.entry(&canary).unwrap().state() == State::Settled, "a hold is a hold");
    stage.decide(&stage.world.control(&canary.call()).released());
    examine(&stage);
    assert!(stage.becomes_quiet_within(PATIENCE) || stage.lines(1).len() == 2);
    assert!(stage.world.audio_left(canary.call_id.as_str()).is_empty());
}

#[test]
fn neither_reconcile_nor_the_search_for_orphans_takes_it_for_a_loss() {
    let stage = stage();
    for _ in 0..10 {
        examine(&stage);
        stage.live_for(A_DAY);
        for job in [Job::Reconcile, Job::Orphans] {
            let outcome = stage.outcome_of(job).unwrap();
            let (held, found, expired) = (&outcome.held, &outcome.orphans, &outcome.expired);
            assert_eq!((held.acts.repaired, held.acts.lost_at_provider), (0, 0));
            assert_eq!((found.orphans_adopted, found.orphans_moved, found.audio_unclaimed), (0, 0, 0), "{found:?}");
            assert_eq!(format!("{expired:?}"), format!("{:?}", sweeper::Expired::default()));
        }
    }
    assert_eq!(stage.lines(1).len(), 10);
}

#[test]
fn no_other_call_is_erased_because_a_message_says_so() {
    let stage = stage();
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    let over = TransferRequest::of_canary_over(&recording, stage.world.time());
    stage.world.run(TransferQueue::send(&stage.world, &over)).unwrap();
    assert!(stage.becomes_quiet_within(PATIENCE));
    assert_eq!(stage.state(&recording), State::Settled);
    assert!(stage.world.control(&recording.call()).erasure().is_none());
}

#[test]
fn whatever_fails_once_it_is_gone_in_the_end_and_nothing_else_is() {
    let one_life = |stage: &Stage| {
        examine_if_it_lives(stage);
        stage.live_for(A_DAY);
        examine_if_it_lives(stage);
        stage.live_for(A_DAY);
    };
    let prepared = || {
        let world = World::new(1);
        world.set_secrets(sample::secrets_of(&[("default", None)]));
        world.put_job(&sample::organisation(), sample::job(1, &[]));
        Stage::configured(world, &[("DOCTOR_CANARY_JOB", "JOB1")])
    };
    let calm = prepared();
    one_life(&calm);
    let of_the_doctor: Vec<_> = calm.world.calls().into_iter().filter(|call| is_about_the_canary(&call.key)).collect();
    let plans: Vec<Plan> = Plan::each_single(&of_the_doctor).collect();
    assert!(plans.len() > 200, "{} faults are not all", plans.len());
    for plan in plans {
        let stage = prepared();
        let first = todays(&stage);
        stage.world.set_plan(plan);
        one_life(&stage);
        examine_if_it_lives(&stage);
        assert!(stage.becomes_quiet_within(A_DAY), "{}", stage.world.replay());
        assert_eq!(stage.world.audio_left(first.call_id.as_str()), Vec::<String>::new(), "{}", stage.world.replay());
        let entry = stage.world.entry(&first);
        assert!(entry.is_none_or(|entry| entry.is_forgotten()), "{}", stage.world.replay());
        let recorded = stage.lines(1).iter().filter(|line| line.contains("Event: Recording |")).count();
        assert!(recorded <= 3, "{}: {:?}", stage.world.replay(), stage.lines(1));
    }
}

fn examine_if_it_lives(stage: &Stage) {
    stage.sweep_for(Job::Doctor);
}

/// The rest is what the sweep does of itself every five minutes.
fn is_about_the_canary(key: &str) -> bool {
    key.contains("canary") || key.contains("63616e617279") || key.contains("doctor")
}

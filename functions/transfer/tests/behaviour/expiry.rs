//! What the bucket's rule deleted is noted, after one more look; whatever still is there, or is held, stays as it is.

use std::time::Duration;

use recordings::fakes::{Plan, QueueName, World, sample};
use recordings::ledger_entry::{Change, State, Status};
use recordings::messages::{Origin, TransferRequest};
use recordings::recording::{Outcome, RecordingRef, Report};

use crate::invariants::dead_letters;
use crate::stage::{Stage, recorded};

const HOURS: Duration = Duration::from_secs(6 * 3_600);

fn recording() -> RecordingRef {
    sample::recording(1)
}

/// A settled recording, and the sweeper's word that its audio is gone.
fn settled() -> (Stage, TransferRequest) {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &recording(), 1);
    stage.report(&request);
    assert_eq!(stage.state(&recording()), State::Settled);
    let report = Report { outcome: Outcome::NotInBucket, ..request.report.clone() };
    (stage, TransferRequest { report, origin: Origin::Bucket, ..request })
}

fn remove_audio(stage: &Stage) {
    let key = stage.world.entry(&recording()).unwrap().recording_storage_path.unwrap();
    stage.world.remove_object(&key).unwrap();
}

fn say(stage: &Stage, word: &TransferRequest) {
    stage.world.send_raw(QueueName::Transfer, &serde_json::to_string(word).unwrap());
}

#[test]
fn audio_that_is_gone_is_noted_once() {
    let (stage, word) = settled();
    let lines = stage.lines(1);
    remove_audio(&stage);
    (0..3).for_each(|_| say(&stage, &word));
    assert!(stage.becomes_quiet_within(HOURS));
    let entry = stage.world.entry(&recording()).unwrap();
    assert_eq!((entry.state(), entry.status()), (State::Expired, Status::Unavailable));
    assert_eq!(entry.states().iter().filter(|reached| reached.state == State::Expired).count(), 1);
    assert_eq!(stage.lines(1), lines);
    assert!(stage.metrics.of("expired") >= 1.0);
    assert_eq!(stage.called("AudioSource", "open"), 1, "nothing is fetched again");
}

#[test]
fn audio_that_is_there_or_held_stays_as_it_is() {
    let (stage, word) = settled();
    say(&stage, &word);
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!(stage.state(&recording()), State::Settled, "the bucket has it after all");

    let held = stage.world.entry(&recording()).unwrap().apply(Change::HoldPlaced, stage.world.time()).unwrap();
    stage.world.put_entry(&held);
    remove_audio(&stage);
    say(&stage, &word);
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!(stage.world.entry(&recording()), Some(held), "no rule deletes what is held");
}

#[test]
fn a_word_about_nobody_changes_nothing() {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &recording(), 1);
    let report = Report { outcome: Outcome::NotInBucket, ..request.report.clone() };
    say(&stage, &TransferRequest { report, ..request });
    assert!(stage.becomes_quiet_within(HOURS));
    assert!(stage.world.entry(&recording()).is_none() && stage.called("AudioSource", "open") == 0);
}

#[test]
fn whatever_fails_once_it_is_noted() {
    let play = |plan: Plan| {
        let (stage, word) = settled();
        remove_audio(&stage);
        let before = stage.world.calls().len();
        stage.world.set_plan(plan);
        say(&stage, &word);
        assert!(stage.becomes_quiet_within(HOURS), "{}", stage.world.replay());
        (stage, before)
    };
    let (calm, before) = play(Plan::none());
    for plan in Plan::each_single(&calm.world.calls()[before..]) {
        let (stage, _) = play(plan);
        assert_eq!(stage.state(&recording()), State::Expired, "{}", stage.world.replay());
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{}", stage.world.replay());
    }
}

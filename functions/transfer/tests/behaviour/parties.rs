//! Who spoke: written into the entry by a word that changes nothing else, and never into an erased one.

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::ledger_entry::{Change, State};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{ErrorKind, TransferQueue};
use recordings::recording::{Direction, Outcome, Parties, RecordingRef, Report};

use crate::logs;
use crate::stage::{Stage, recorded};

fn parties() -> Parties {
    Parties { direction: Some(Direction::Outbound), from: "+18005551212".parse().ok(), to: "+14158675309".parse().ok() }
}

fn word(stage: &Stage, recording: &RecordingRef) -> TransferRequest {
    TransferRequest {
        report: Report::of(Outcome::Parties).between(&parties()),
        origin: Origin::Reconcile,
        ..sample::transfer_request(recording, None, 12, stage.world.time())
    }
}

fn say(stage: &Stage, recording: &RecordingRef) {
    stage.world.run(TransferQueue::send(&stage.world, &word(stage, recording))).unwrap();
    stage.deliver();
}

#[test]
fn an_entry_learns_who_spoke_and_nothing_else_happens() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    let before = stage.world.entry(&recording).unwrap();
    let said = logs::during(|| say(&stage, &recording));
    let after = stage.world.entry(&recording).unwrap();
    assert_eq!(after, before.apply(Change::PartiesLearned(parties()), stage.world.time()).unwrap());
    assert_eq!((after.from.clone(), after.to.clone(), after.state()), (parties().from, parties().to, State::Settled));
    assert!(!format!("{said:?}").contains("4158675309"), "no number is in the log");
    let written = stage.called("LedgerWrite", "replace");
    say(&stage, &recording);
    assert_eq!(stage.called("LedgerWrite", "replace"), written, "what is known costs nothing more");
    assert_eq!((stage.world.open_markers().len(), stage.world.queued(QueueName::History)), (0, 0));
}

#[test]
fn nothing_is_learned_of_what_is_erased_or_not_known() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    let erased = stage.world.entry(&recording).unwrap().apply(Change::Erased, stage.world.time()).unwrap();
    stage.world.put_entry(&erased);
    say(&stage, &recording);
    assert_eq!(stage.world.entry(&recording).unwrap(), erased);
    say(&stage, &sample::recording(2));
    assert!(stage.world.entry(&sample::recording(2)).is_none());
    assert_eq!(stage.world.queued(QueueName::Transfer), 0);
}

#[test]
fn an_erasure_between_the_look_and_the_write_wins() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    stage.world.run(TransferQueue::send(&stage.world, &word(&stage, &recording))).unwrap();
    stage.world.set_plan(Plan::none().nth(1, Where::ports(&["LedgerWrite"]), Fault::ErrorBefore(ErrorKind::Conflict)));
    let erased = stage.world.entry(&recording).unwrap().apply(Change::Erased, stage.world.time()).unwrap();
    stage.world.put_entry(&erased);
    stage.deliver();
    assert_eq!(stage.world.entry(&recording).unwrap().from, None);
}

#[test]
fn a_word_that_comes_again_leaves_no_marker() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    let down = Where::ports(&["LedgerRead"]);
    stage.world.set_plan(Plan::none().nth(1, down.clone(), Fault::ErrorBefore(ErrorKind::Unavailable)).nth(
        2,
        down,
        Fault::ErrorBefore(ErrorKind::Unavailable),
    ));
    say(&stage, &recording);
    assert!(stage.becomes_quiet_within(std::time::Duration::from_secs(7_200)));
    assert_eq!(stage.world.entry(&recording).unwrap().from, parties().from);
    let marked = stage.world.calls().into_iter().filter(|call| call.port == "OpenMarkerWrite").count();
    assert_eq!(marked, 1, "the webhook's alone");
}

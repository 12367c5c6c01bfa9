//! Anything may come twice, late or out of order, and takes effect once.

use std::time::Duration;

use recordings::fakes::{Effect, QueueName, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::{HistoryRequest, MESSAGE_VERSION, TransferRequest};
use recordings::recording::RecordingRef;

use crate::invariants::broken;
use crate::stage::{Stage, recorded};

fn two_of_one_call() -> [RecordingRef; 2] {
    [1, 2].map(|n| sample::recording_of("default", 1, n))
}

#[test]
fn two_recordings_of_one_call_are_two_objects_whichever_comes_first() {
    for order in [[0, 1], [1, 0]] {
        for at_once in [false, true] {
            let stage = Stage::new(World::new(1));
            let recordings = two_of_one_call();
            for n in order {
                assert!(stage.webhook(&recorded(&stage.world, &recordings[n], 1)));
                if !at_once {
                    stage.deliver();
                }
            }
            stage.deliver();
            assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{order:?}, at once: {at_once}");
            let later = stage.world.entry(&recordings[order[1]]).unwrap().recording_storage_path.unwrap();
            assert!(at_once || later.names(&recordings[order[1]]), "{later}");
        }
    }
}

#[test]
fn two_recordings_of_a_job_in_one_batch_are_one_patch_with_both_lines_in_order() {
    let stage = Stage::new(World::new(1));
    let recordings = two_of_one_call();
    for recording in &recordings {
        assert!(stage.webhook(&recorded(&stage.world, recording, 1)));
    }
    while stage.transfer() {}
    assert_eq!(stage.world.queued(QueueName::History), 2);
    assert!(stage.history());
    assert_eq!((stage.called("Jobs", "find"), stage.called("Jobs", "update")), (1, 1));
    let mut pinned: Vec<_> =
        recordings.iter().map(|one| stage.world.entry(one).unwrap().lines[0].text.clone()).collect();
    let mut written = stage.lines(1);
    assert_eq!(written.len(), 2);
    pinned.sort();
    written.sort();
    assert_eq!(written, pinned);
}

#[test]
fn a_duplicate_changes_nothing_whenever_it_comes() {
    for wait in [0, 1, 600, 86_400] {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        let request = recorded(&stage.world, &recording, 1);
        stage.report(&request);
        let settled = stage.world.entry(&recording);
        stage.live_for(Duration::from_secs(wait));
        let later = TransferRequest { received_at: stage.world.time(), ..request };
        stage.report(&later);
        assert_eq!(stage.world.entry(&recording), settled);
        assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new());
        assert_eq!(stage.called("AudioSource", "open"), 1);
    }
}

#[test]
fn a_message_that_was_handled_and_comes_again_changes_nothing() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
    let body = stage.world.bodies(QueueName::Transfer).remove(0);
    assert!(stage.transfer());
    let pointer = stage.world.bodies(QueueName::History).remove(0);
    stage.deliver();
    let settled = stage.world.entry(&recording);
    stage.world.send_raw(QueueName::History, &pointer);
    stage.world.send_raw(QueueName::Transfer, &body);
    stage.deliver();
    assert_eq!(stage.world.entry(&recording), settled);
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn what_belongs_together_and_what_follows_a_failure_comes_again_in_order_and_nothing_else() {
    let stage = Stage::new(World::new(1));
    let [first, second, other] = [1, 2, 3].map(sample::recording);
    for (recording, job) in [(&second, 1), (&other, 2)] {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    while stage.transfer() {}
    let lost = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: first,
        job_number: Some(sample::job_number(1)),
        received_at: stage.world.time(),
        entry_version: "1".to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: false,
    };
    let mut bodies = vec![serde_json::to_string(&lost).unwrap()];
    bodies.extend(stage.world.bodies(QueueName::History));
    let incoming = bodies.into_iter().zip(["lost", "second", "other"]).map(|(body, id)| transfer::Incoming {
        id: id.into(),
        body,
        receives: 1,
        group: None,
    });
    let again = stage.handle(&transfer::Batch::Histories(incoming.collect())).unwrap();
    assert_eq!(again, ["lost", "second"], "what is behind a failed message of its job comes again with it");
    assert_eq!((stage.lines(1).len(), stage.lines(2).len()), (1, 1), "and nothing held up the lines themselves");
}

#[test]
fn poison_comes_again_alone_until_it_is_dead() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    for poison in ["poison", "{}", r#"{"version":2}"#, r#"{"version":1,"organisation":"../x"}"#] {
        stage.world.send_raw(QueueName::Transfer, poison);
        stage.world.send_raw(QueueName::History, poison);
    }
    stage.report(&recorded(&stage.world, &recording, 1));
    assert_eq!(stage.lines(1).len(), 1, "nothing waits for it");
    stage.live_for(Duration::from_secs(2 * 3600));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    let dead = [QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters].map(|queue| stage.world.queued(queue));
    assert_eq!(dead, [4, 4]);
    let died = |entry: &&recordings::fakes::Entry| matches!(entry.effect, Effect::MessageDied { .. });
    assert_eq!(stage.world.journal().iter().filter(died).count(), 8);
}

#[test]
fn poison_in_the_midst_of_a_batch_of_pointers_comes_again_alone() {
    let stage = Stage::new(World::new(1));
    let recordings = [1, 2].map(sample::recording);
    for (recording, job) in recordings.iter().zip(1..) {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    while stage.transfer() {}
    let mut bodies = stage.world.bodies(QueueName::History);
    bodies.insert(1, r#"{"version":2,"organisation":"default"}"#.to_owned());
    let incoming = bodies.into_iter().zip(["first", "poison", "second"]).map(|(body, id)| transfer::Incoming {
        id: id.into(),
        body,
        receives: 1,
        group: None,
    });
    let again = stage.handle(&transfer::Batch::Histories(incoming.collect())).unwrap();
    assert_eq!(again, ["poison"]);
    assert!(recordings.iter().all(|recording| stage.state(recording) == State::Settled));
    assert_eq!((stage.called("Jobs", "find"), stage.called("Jobs", "update")), (1, 1), "it splits no batch");
}

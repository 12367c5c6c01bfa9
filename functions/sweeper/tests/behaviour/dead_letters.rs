//! What a queue gave up goes on its way again, and is deleted only after that is durable.

use std::collections::BTreeSet;
use std::time::Duration;

use recordings::fakes::{Delivery, Fault, Plan, QueueName, Settings as WorldSettings, Where, World, sample};
use recordings::messages::{HistoryRequest, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::ports::{DeadLetters, ErrorKind, HistoryQueue, TransferQueue};
use sweeper::Outcome;

use crate::stage::{settings, sweep, sweep_for, sweep_twice_at_once, try_sweep};

/// Longer than HistoryQueue needs to give a message up, thirty times 150 seconds.
const UNTIL_DEAD: Duration = Duration::from_secs(31 * 150);

pub(crate) fn transfer(world: &World, n: u64) -> TransferRequest {
    let request = sample::transfer_request(&sample::recording(n), Some(sample::job_number(n)), 12, world.time());
    world.run(TransferQueue::send(world, &request)).unwrap();
    request
}

pub(crate) fn history(world: &World, n: u64, job: u64) -> HistoryRequest {
    let request = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: sample::recording(n),
        job_number: Some(sample::job_number(job)),
        received_at: world.time(),
        entry_version: "1".to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: false,
    };
    world.run(HistoryQueue::send(world, &request)).unwrap();
    request
}

/// Delivers what is on a queue until its queue gives it up.
pub(crate) fn let_die(world: &World, queue: QueueName) {
    while world.queued(queue) > 0 {
        world.receive(queue, 10);
        world.advance(Duration::from_secs(if queue == QueueName::History { 150 } else { 720 }));
    }
}

fn words(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn pointers(deliveries: &[Delivery]) -> Vec<HistoryRequest> {
    deliveries.iter().map(|delivery| delivery.request().unwrap()).collect()
}

#[test]
fn a_dead_transfer_goes_back_as_word_of_its_death() {
    let world = World::new(1);
    let dead = [1, 2].map(|n| transfer(&world, n));
    let_die(&world, QueueName::Transfer);
    assert_eq!(sweep(&world).unwrap(), Outcome { dead_letters: 2, ..Outcome::default() });
    assert_eq!(words(&world), dead.map(|request| TransferRequest { origin: Origin::DeadLetter, ..request }));
    assert_eq!(world.queued(QueueName::TransferDeadLetters), 0);
    assert_eq!(sweep(&world).unwrap(), Outcome::default());
}

#[test]
fn a_dead_pointer_returns_three_times_in_its_group_and_then_stays_where_everybody_sees_it() {
    let world = World::new(1);
    let first = history(&world, 1, 7);
    for returns in 1..=3 {
        let_die(&world, QueueName::History);
        assert_eq!(sweep(&world).unwrap(), Outcome { dead_letters: 1, ..Outcome::default() });
        let delivered = world.receive_history(10);
        assert_eq!(pointers(&delivered), [HistoryRequest { dead_letters: returns, ..first.clone() }]);
        assert_eq!(delivered[0].group.as_deref(), Some(first.group(&sample::airtable_base()).as_str()));
        assert_eq!(world.queued(QueueName::HistoryDeadLetters), 0);
    }
    world.advance(UNTIL_DEAD);
    let_die(&world, QueueName::History);
    for _ in 0..3 {
        assert_eq!(sweep(&world).unwrap(), Outcome { left_dead: 1, ..Outcome::default() });
        assert_eq!((world.queued(QueueName::History), world.queued(QueueName::HistoryDeadLetters)), (0, 1));
        assert_eq!(world.next_delivery(QueueName::HistoryDeadLetters), Some(world.time()), "it is not hidden");
    }
}

#[test]
fn what_stays_in_the_dead_letter_queue_holds_up_neither_its_own_job_nor_another() {
    let world = World::new(1);
    let stays = HistoryRequest { dead_letters: 3, ..history(&world, 1, 1) };
    let [behind, other] = [(2, 1), (3, 2)].map(|(n, job)| history(&world, n, job));
    let body = serde_json::to_string(&stays).unwrap();
    let_die(&world, QueueName::History);
    let letters = world.history_dead_letters();
    let received = world.run(letters.receive()).unwrap();
    // The same letter, as it is after its last return.
    for letter in &received {
        world.run(letters.delete(letter)).unwrap();
    }
    for (letter, body) in received.iter().zip([body, again(&behind), again(&other)]) {
        world.bury(QueueName::HistoryDeadLetters, letter.group.as_deref(), &body);
    }
    assert_eq!(sweep(&world).unwrap(), Outcome { dead_letters: 2, left_dead: 1, ..Outcome::default() });
    let returned: BTreeSet<_> = pointers(&world.receive_history(10)).into_iter().map(|one| one.recording).collect();
    assert_eq!(returned, BTreeSet::from([behind.recording, other.recording]));
}

fn again(request: &HistoryRequest) -> String {
    serde_json::to_string(request).unwrap()
}

#[test]
fn what_cannot_be_read_stays_is_counted_once_a_run_and_holds_up_nothing() {
    let world = World::new(1);
    let newer = r#"{"version":2,"organisation":"default"}"#;
    for (queue, dead) in
        [(QueueName::Transfer, QueueName::TransferDeadLetters), (QueueName::History, QueueName::HistoryDeadLetters)]
    {
        for poison in ["poison", newer] {
            world.send_raw(queue, poison);
        }
        match queue {
            QueueName::Transfer => drop(transfer(&world, 1)),
            _ => drop(history(&world, 1, 1)),
        }
        let_die(&world, queue);
        assert_eq!(world.queued(dead), 3);
    }
    assert_eq!(sweep(&world).unwrap(), Outcome { dead_letters: 2, unreadable: 4, ..Outcome::default() });
    assert_eq!(sweep(&world).unwrap(), Outcome { unreadable: 4, ..Outcome::default() });
    for dead in [QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters] {
        assert_eq!(world.bodies(dead), ["poison", newer]);
        assert_eq!(world.receive(dead, 10).len(), 2, "whoever looks sees them");
    }
}

#[test]
fn a_run_meets_each_message_once_however_many_stay() {
    for settings in
        [WorldSettings::default(), WorldSettings { reorder: true, duplicate_percent: 50, ..WorldSettings::default() }]
    {
        let world = World::with(settings);
        (0..45).for_each(|n| world.send_raw(QueueName::TransferDeadLetters, &format!("poison {n}")));
        assert_eq!(sweep(&world).unwrap().unreadable, 45);
    }
}

#[test]
fn whatever_fails_in_a_run_no_dead_letter_is_lost() {
    let prepare = || {
        let world = World::new(1);
        let dead = (transfer(&world, 1), history(&world, 2, 2));
        let_die(&world, QueueName::Transfer);
        let_die(&world, QueueName::History);
        (world, dead)
    };
    let (calm, _) = prepare();
    let before = calm.calls().len();
    try_sweep(&calm);
    for plan in Plan::each_single(&calm.calls()[before..]) {
        let (world, (dead, pointer)) = prepare();
        world.set_plan(plan);
        for _ in 0..4 {
            try_sweep(&world);
            world.advance(Duration::from_secs(300));
        }
        let replay = world.replay();
        let words = words(&world);
        assert!((1..=2).contains(&words.len()), "{replay}: {} words", words.len());
        assert!(words.iter().all(|word| word.recording == dead.recording), "{replay}");
        let returned = pointers(&world.receive_history(10));
        assert!(returned.contains(&HistoryRequest { dead_letters: 1, ..pointer }), "{replay}: {returned:?}");
        for queue in [QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters] {
            assert_eq!(world.queued(queue), 0, "{replay}");
        }
    }
}

#[test]
fn a_pointer_whose_deletion_failed_is_not_sent_twice_within_a_moment() {
    let world = World::new(1);
    history(&world, 1, 1);
    let_die(&world, QueueName::History);
    let deletion = Where::ports(&["HistoryDeadLetters"]).operation("delete");
    world.set_plan(Plan::none().nth(1, deletion, Fault::ErrorBefore(ErrorKind::Unavailable)));
    assert_eq!(sweep(&world).unwrap_err().kind, ErrorKind::Unavailable);
    sweep(&world).unwrap();
    assert_eq!((world.queued(QueueName::History), world.queued(QueueName::HistoryDeadLetters)), (1, 0));
}

#[test]
fn two_runs_at_once_do_the_work_of_one() {
    let world = World::new(1);
    (1..=25).for_each(|n| drop((transfer(&world, n), history(&world, n, n))));
    let_die(&world, QueueName::Transfer);
    let_die(&world, QueueName::History);
    let [one, other] = sweep_twice_at_once(&world).map(Result::unwrap);
    assert_eq!(one.dead_letters + other.dead_letters, 50, "{one:?} {other:?}");
    assert_eq!((world.queued(QueueName::Transfer), world.queued(QueueName::History)), (25, 25));
}

#[test]
fn a_run_whose_time_is_up_leaves_the_rest_to_the_next() {
    let world = World::with(WorldSettings { latency: Duration::from_secs(2), ..WorldSettings::default() });
    (1..=60).for_each(|n| drop(transfer(&world, n)));
    let_die(&world, QueueName::Transfer);
    let start = world.time();
    let first = sweep_for(&world, &settings(), Duration::from_secs(60)).unwrap();
    assert!((5..60).contains(&first.dead_letters), "{first:?}");
    assert!(world.time().duration_since(start).as_secs() < 60);
    for _ in 0..20 {
        world.advance(Duration::from_secs(300));
        sweep_for(&world, &settings(), Duration::from_secs(60)).unwrap();
    }
    assert_eq!((words(&world).len(), world.queued(QueueName::TransferDeadLetters)), (60, 0));
}

#[test]
fn one_letter_that_sqs_never_takes_holds_up_nothing() {
    let world = World::new(1);
    let [stuck, free] = [1, 2].map(|n| transfer(&world, n));
    let_die(&world, QueueName::Transfer);
    let of_the_first = Where::ports(&["TransferQueue"]).key(stuck.recording.recording_id.as_str());
    world.set_plan(Plan::none().always(of_the_first, Fault::ErrorBefore(ErrorKind::Invalid)));
    assert_eq!(sweep(&world).unwrap().dead_letters, 1);
    assert_eq!(words(&world)[0].recording, free.recording);
    assert_eq!(world.queued(QueueName::TransferDeadLetters), 1);
}

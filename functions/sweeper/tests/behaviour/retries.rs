//! What waits for another try is forwarded in time, and deleted only after that is durable.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{ErrorKind, OpenMarkerWrite, RetryQueue};
use sweeper::Outcome;

use crate::dead_letters::{history, let_die, transfer};
use crate::stage::{sweep, try_sweep};

/// A retry of the nth recording that is due so long after the beginning.
fn wait(world: &World, n: u64, seconds: u64) -> TransferRequest {
    let request = TransferRequest {
        origin: Origin::Retry,
        attempt: 1,
        not_before: Some(world.time() + Duration::from_secs(seconds)),
        ..sample::transfer_request(&sample::recording(n), None, 12, world.time())
    };
    world.run(RetryQueue::send(world, &request, Duration::from_secs(seconds.min(900)))).unwrap();
    request
}

fn transfers(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

#[test]
fn what_is_due_goes_as_it_is_and_the_rest_waits_on() {
    let world = World::new(1);
    let (due, later) = (wait(&world, 1, 300), wait(&world, 2, 1_200));
    assert_eq!(sweep(&world).unwrap(), Outcome::default(), "neither is visible yet");
    world.advance(Duration::from_secs(900));
    assert_eq!(sweep(&world).unwrap(), Outcome { forwarded: 1, waiting: 1, ..Outcome::default() });
    assert_eq!(transfers(&world), [due]);
    world.advance(Duration::from_secs(299));
    assert_eq!(sweep(&world).unwrap(), Outcome::default());
    world.advance(Duration::from_secs(1));
    assert_eq!(sweep(&world).unwrap().forwarded, 1);
    assert_eq!((transfers(&world).pop(), world.queued(QueueName::Retry)), (Some(later), 0));
}

#[test]
fn a_backlog_goes_in_one_run_and_twelve_hours_are_waited_for() {
    let world = World::new(1);
    (1..=35).for_each(|n| drop(wait(&world, n, 60)));
    wait(&world, 99, 12 * 3_600);
    world.advance(Duration::from_secs(900));
    assert_eq!(sweep(&world).unwrap(), Outcome { forwarded: 35, waiting: 1, ..Outcome::default() });
    for _ in 0..(12 * 12) {
        world.advance(Duration::from_secs(300));
        sweep(&world).unwrap();
    }
    assert_eq!((transfers(&world).len(), world.queued(QueueName::Retry)), (36, 0));
}

#[test]
fn a_retry_that_cannot_be_read_stays_and_holds_up_nothing() {
    let world = World::new(1);
    world.send_raw(QueueName::Retry, "poison");
    wait(&world, 1, 60);
    world.advance(Duration::from_secs(900));
    assert_eq!(sweep(&world).unwrap(), Outcome { forwarded: 1, unreadable: 1, ..Outcome::default() });
    assert_eq!(world.bodies(QueueName::Retry), ["poison"]);
}

#[test]
fn whatever_fails_in_a_run_no_retry_is_lost() {
    let prepare = || {
        let world = World::new(1);
        let requests = [wait(&world, 1, 60), wait(&world, 2, 3_600)];
        world.advance(Duration::from_secs(900));
        (world, requests)
    };
    let (calm, _) = prepare();
    let before = calm.calls().len();
    try_sweep(&calm);
    for plan in Plan::each_single(&calm.calls()[before..]) {
        let (world, requests) = prepare();
        world.set_plan(plan);
        try_sweep(&world);
        for _ in 0..24 {
            world.advance(Duration::from_secs(300));
            try_sweep(&world);
        }
        let forwarded = transfers(&world);
        assert!(requests.iter().all(|request| forwarded.contains(request)), "{}", world.replay());
        assert!(forwarded.len() <= 3, "{}: at most the one that failed goes twice", world.replay());
        assert_eq!(world.queued(QueueName::Retry), 0, "{}", world.replay());
    }
}

#[test]
fn a_failing_part_does_not_stop_the_others_and_is_told() {
    for port in ["RetryQueueConsume", "TransferDeadLetters", "HistoryDeadLetters", "OpenMarkerList"] {
        let world = World::new(1);
        transfer(&world, 1);
        let_die(&world, QueueName::Transfer);
        history(&world, 2, 2);
        let_die(&world, QueueName::History);
        wait(&world, 3, 60);
        let event = sample::transfer_request(&sample::recording(4), None, 12, world.time());
        world.run(OpenMarkerWrite::put(&world, &event)).unwrap();
        world.advance(Duration::from_secs(900));
        let down = Fault::ErrorBefore(ErrorKind::Unavailable);
        world.set_plan(Plan::none().always(Where::ports(&[port]), down));
        assert_eq!(sweep(&world).unwrap_err().kind, ErrorKind::Unavailable);
        let done = world.queued(QueueName::Transfer) + world.queued(QueueName::History);
        assert_eq!(done, 3, "{port}");
    }
}

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{join3, select};
use jiff::SignedDuration;

use crate::fakes::{Fault, Halted, Plan, Where, World, sample};
use crate::ports::{Clock, LedgerRead, Random};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn sleepers_wake_in_the_order_of_their_times_and_days_pass_at_once() {
    let world = World::new(1);
    let start = world.time();
    let woken = Mutex::new(Vec::new());
    let sleeper = async |seconds| {
        world.sleep(seconds * SECOND).await;
        woken.lock().unwrap().push((seconds, world.now()));
    };
    world.run(join3(sleeper(200_000), sleeper(1), sleeper(86_400)));
    let expected = [1, 86_400, 200_000].map(|seconds| (seconds, start + seconds * SECOND));
    assert_eq!(*woken.lock().unwrap(), expected);
}

#[test]
fn no_time_passes_while_something_can_go_on() {
    let world = World::new(1);
    let recording = sample::recording(1);
    let reads = Box::pin(async {
        for _ in 0..10 {
            world.get(&recording).await.unwrap();
        }
    });
    let deadline = Box::pin(world.sleep(SECOND));
    world.run(select(reads, deadline));
    assert_eq!(world.time(), World::new(1).time());
}

#[test]
fn a_sleep_that_is_dropped_holds_nothing_up() {
    let world = World::new(1);
    drop(world.wait(SECOND));
    assert_eq!(world.next_timer(), None);
}

#[test]
fn time_passes_as_told_and_wakes_who_slept() {
    let world = World::new(1);
    let start = world.time();
    world.advance(90 * SECOND);
    assert_eq!(world.time(), start + 90 * SECOND);
    world.advance_to(start);
    assert_eq!(world.time(), start + 90 * SECOND, "time never goes back");
}

#[test]
fn a_process_whose_clock_is_off_sees_it_alone() {
    let world = World::new(1);
    let late = world.worker_with_skew("late", SignedDuration::from_mins(-5));
    assert_eq!(late.now(), world.now() - SignedDuration::from_mins(5));
    late.run(late.sleep(SECOND));
    assert_eq!(world.now(), World::new(1).now() + SECOND);
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let numbers = |seed| {
        let world = World::new(seed);
        [world.number(), world.number(), world.number()]
    };
    assert_eq!(numbers(5), numbers(5));
    assert_ne!(numbers(5), numbers(6));
}

#[test]
fn waiting_for_what_never_comes_is_told_from_dying() {
    let world = World::new(1);
    assert_eq!(world.try_run(std::future::pending::<()>()), Err(Halted::Stuck));

    world.set_plan(Plan::none().always(Where::any(), Fault::Crash));
    let worker = world.worker("transfer-1");
    assert!(matches!(worker.try_run(worker.get(&sample::recording(1))), Err(Halted::Died)));
}

//! What fails is counted, also where nobody knows whose it is.

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::object_key::ObjectKey;
use recordings::ports::{ErrorKind, OpenMarkerWrite};
use recordings::recording::Provider;
use sweeper::Job;

use crate::dead_letters::{let_die, transfer};
use crate::stage::{all_counts, counts};

const REDRIVE: Job = Job::Redrive { queue: None };

#[test]
fn what_cannot_be_read_is_counted_wherever_it_lies() {
    let world = World::new(1);
    for queue in [QueueName::Retry, QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters] {
        world.send_raw(queue, "poison");
    }
    assert_eq!(counts(&world, Job::Retry), [(("message_unreadable", None), 3)]);
}

#[test]
fn a_marker_that_cannot_be_read_is_counted() {
    let world = World::new(1);
    let event = sample::transfer_request(&sample::recording(1), None, 12, world.time());
    world.run(OpenMarkerWrite::put(&world, &event)).unwrap();
    world.put_document(&ObjectKey::Open(&event.recording).to_string(), "poison");
    world.advance(std::time::Duration::from_secs(900));
    assert_eq!(counts(&world, Job::Retry), [(("open_marker_unreadable", Some(Provider::Twilio)), 1)]);
}

#[test]
fn a_letter_that_cannot_be_moved_is_counted() {
    for (job, port) in [(Job::Retry, "TransferQueue"), (REDRIVE, "TransferDeadLetters")] {
        let world = World::new(1);
        transfer(&world, 1);
        let_die(&world, QueueName::Transfer);
        let sending = Where::ports(&[port]).operation(if job == REDRIVE { "send_again" } else { "send" });
        world.set_plan(Plan::none().always(sending, Fault::ErrorBefore(ErrorKind::Invalid)));
        assert_eq!(counts(&world, job), [(("dead_letter_stuck", None), 1)], "{job:?}");
    }
}

/// The alarms that nothing has run stand on this.
#[test]
fn each_job_that_comes_to_its_end_is_counted() {
    for (job, done) in [(Job::Retry, "retry_done"), (Job::Reconcile, "reconcile_done"), (Job::Orphans, "orphans_done")]
    {
        assert!(all_counts(&World::new(1), job).contains(&((done, None), 1)), "{done}");
    }
}

#[test]
fn each_part_of_a_run_that_fails_is_counted() {
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    for (job, ports, failed) in [
        (Job::Retry, &["RetryQueueConsume"][..], 1),
        (Job::Retry, &["RetryQueueConsume", "TransferDeadLetters", "HistoryDeadLetters", "Cursors"], 5),
        (REDRIVE, &["TransferDeadLetters", "HistoryDeadLetters"], 2),
    ] {
        let world = World::new(1);
        world.set_plan(Plan::none().always(Where::ports(ports), down));
        assert_eq!(counts(&world, job), [(("sweep_failed", None), failed)], "{ports:?}");
    }
}

//! On request, everything that lies in the dead-letter queues goes back to its queue as it is.

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::messages::HistoryRequest;
use recordings::ports::{ErrorKind, HistoryQueue};
use sweeper::{Job, Outcome, Source};

use crate::dead_letters::{history, let_die, transfer};
use crate::stage::job;

const BOTH: Job = Job::Redrive { queue: None };

/// A letter that can be read and one that cannot in each dead-letter queue; the pointer returned three times before.
fn dead(world: &World) -> HistoryRequest {
    transfer(world, 1);
    world.send_raw(QueueName::Transfer, "poison");
    let_die(world, QueueName::Transfer);
    let pointer = HistoryRequest { dead_letters: 3, entry_version: "2".to_owned(), ..history(world, 2, 2) };
    world.receive_history(10).iter().for_each(|delivery| assert!(world.ack(delivery)));
    world.run(HistoryQueue::send(world, &pointer)).unwrap();
    world.send_raw(QueueName::History, "poison");
    let_die(world, QueueName::History);
    pointer
}

#[test]
fn everything_goes_back_in_its_group_and_only_the_count_starts_anew() {
    let world = World::new(1);
    let pointer = dead(&world);
    let transfers = world.bodies(QueueName::TransferDeadLetters);
    assert_eq!(job(&world, BOTH).unwrap(), Outcome { redriven: 4, ..Outcome::default() });
    assert_eq!(world.bodies(QueueName::Transfer), transfers);
    let delivered = world.receive_history(10);
    let returned: HistoryRequest = delivered[0].request().unwrap();
    assert_eq!(returned, HistoryRequest { dead_letters: 0, ..pointer });
    assert_eq!(delivered[0].group.as_deref(), Some(returned.group(&sample::airtable_base()).as_str()));
    assert_eq!((delivered[1].body.as_str(), delivered[1].group.as_deref()), ("poison", Some("raw poison")));
    assert_eq!(job(&world, BOTH).unwrap(), Outcome::default());
}

#[test]
fn one_queue_can_be_asked_for_alone() {
    for (source, left) in [(Source::Transfer, (0, 2)), (Source::History, (2, 0))] {
        let world = World::new(1);
        dead(&world);
        assert_eq!(job(&world, Job::Redrive { queue: Some(source) }).unwrap().redriven, 2);
        let dead = [QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters].map(|queue| world.queued(queue));
        assert_eq!((dead[0], dead[1]), left, "{source:?}");
    }
}

#[test]
fn a_queue_that_fails_does_not_stop_the_other_and_loses_nothing() {
    let world = World::new(1);
    dead(&world);
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    let sending = Where::ports(&["TransferDeadLetters"]).operation("send_again");
    world.set_plan(Plan::none().always(sending, down));
    assert_eq!(job(&world, BOTH).unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!((world.queued(QueueName::TransferDeadLetters), world.queued(QueueName::History)), (2, 2));
    world.set_plan(Plan::none());
    assert_eq!(job(&world, BOTH).unwrap().redriven, 2, "what was left is not hidden");
}

#[test]
fn what_is_asked_for_has_to_make_sense() {
    let read = |event: &str| serde_json::from_str::<Job>(event).ok();
    assert_eq!(read(include_str!("../../../../events/sweeper-retry.json")), Some(Job::Retry));
    assert_eq!(read(include_str!("../../../../events/sweeper-redrive.json")), Some(BOTH));
    let history = Job::Redrive { queue: Some(Source::History) };
    assert_eq!(read(r#"{"job":"redrive","queue":"history"}"#), Some(history));
    for odd in [r#"{"job":"redrive","queue":"retry"}"#, r#"{"job":"redrive","queues":"transfer"}"#, r#"{"job":"x"}"#] {
        assert_eq!(read(odd), None, "{odd}");
    }
}

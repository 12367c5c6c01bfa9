use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;

use crate::fakes::{Delivery, Effect, QueueName, Settings, World, sample};
use crate::messages::{HistoryRequest, MESSAGE_VERSION, TransferRequest};
use crate::ports::{HistoryQueue, RetryQueue, RetryQueueConsume, TransferQueue};

fn send_transfers(world: &World, count: u64) {
    for n in 0..count {
        let request = sample::transfer_request(&sample::recording(n), None, 12, world.time());
        world.run(TransferQueue::send(world, &request)).unwrap();
    }
}

fn send_history(world: &World, job: u64, recording: u64, entry_version: &str) {
    let request = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: sample::recording(recording),
        job_number: Some(sample::job_number(job)),
        received_at: world.time(),
        entry_version: entry_version.to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: false,
    };
    world.run(HistoryQueue::send(world, &request)).unwrap();
}

fn recordings(deliveries: &[Delivery]) -> Vec<u64> {
    let number = |delivery: &Delivery| {
        let id = delivery.request::<serde_json::Value>().unwrap()["recording_id"].as_str().unwrap().to_owned();
        u64::from_str_radix(&id[2..], 16).unwrap()
    };
    deliveries.iter().map(number).collect()
}

#[test]
fn a_delivered_message_is_hidden_until_its_time_and_comes_again() {
    let world = World::new(1);
    send_transfers(&world, 1);
    let first = world.receive_transfer(10);
    assert_eq!(first[0].request::<TransferRequest>().unwrap().recording, sample::recording(0));
    assert_eq!(world.receive_transfer(10), []);
    assert_eq!(world.next_delivery(QueueName::Transfer), Some(world.time() + SignedDuration::from_secs(720)));

    world.nack(&first[0]);
    world.advance(Duration::from_secs(719));
    assert_eq!(world.receive_transfer(10), []);
    world.advance(Duration::from_secs(1));
    let second = world.receive_transfer(10);
    assert_eq!((second[0].receive_count, &second[0].message_id), (2, &first[0].message_id));

    assert!(!world.ack(&first[0]), "an old receipt deletes nothing");
    assert!(world.ack(&second[0]) && !world.ack(&second[0]));
    assert_eq!((world.queued(QueueName::Transfer), world.next_delivery(QueueName::Transfer)), (0, None));
}

#[test]
fn visibility_can_be_changed_by_who_received() {
    let world = World::new(1);
    send_transfers(&world, 1);
    let delivery = world.receive_transfer(1).remove(0);
    assert!(world.change_visibility(&delivery, Duration::ZERO));
    assert_eq!(world.receive_transfer(1)[0].receive_count, 2);
    assert!(!world.change_visibility(&delivery, Duration::ZERO), "an old receipt changes nothing");
}

#[test]
fn poison_goes_to_the_dead_letters_and_delays_nobody() {
    let world = World::new(1);
    world.send_raw(QueueName::Transfer, "poison");
    for _ in 0..5 {
        assert_eq!(world.receive_transfer(1)[0].body, "poison");
        world.advance(Duration::from_secs(720));
    }
    send_transfers(&world, 1);
    assert_eq!(recordings(&world.receive_transfer(1)), [0]);
    assert_eq!(world.bodies(QueueName::TransferDeadLetters), ["poison"]);
    assert!(world.journal().iter().any(|entry| matches!(entry.effect, Effect::MessageDied { .. })));
}

#[test]
fn a_retry_waits_for_its_delay_and_never_dies() {
    let world = World::new(1);
    let request = sample::transfer_request(&sample::recording(1), None, 12, world.time());
    world.run(RetryQueue::send(&world, &request, Duration::from_secs(900))).unwrap();
    world.advance(Duration::from_secs(899));
    assert_eq!(world.receive_retry(10), []);
    for count in 1..=50 {
        world.advance(Duration::from_secs(60));
        assert_eq!(world.receive_retry(10)[0].receive_count, count);
    }
}

#[test]
fn messages_are_kept_for_fourteen_days() {
    let world = World::new(1);
    send_transfers(&world, 1);
    world.advance(Duration::from_secs(14 * 86_400));
    assert_eq!(world.receive_transfer(1), []);
    assert!(matches!(world.journal().last().unwrap().effect, Effect::MessageExpired { .. }));
}

#[test]
fn a_job_keeps_its_order_and_waits_for_what_is_in_flight_while_others_go_on() {
    let world = World::new(1);
    for recording in [1, 2, 3] {
        send_history(&world, 1, recording, "1");
    }
    send_history(&world, 2, 4, "1");
    let first = world.receive_history(2);
    assert_eq!(recordings(&first), [1, 2], "a batch holds a job's messages in order");
    assert!(world.ack(&first[0]));
    assert_eq!(recordings(&world.receive_history(10)), [4], "the job is blocked, another is not");

    assert!(world.ack(&first[1]));
    assert_eq!(recordings(&world.receive_history(10)), [3]);
}

#[test]
fn what_fails_in_a_job_comes_again_before_what_follows_it() {
    let world = World::new(1);
    send_history(&world, 1, 1, "1");
    send_history(&world, 1, 2, "1");
    let failed = world.receive_history(1).remove(0);
    assert_eq!(world.next_delivery(QueueName::History), Some(world.time() + SignedDuration::from_secs(150)));
    world.advance(Duration::from_secs(150));
    assert!(!world.ack(&failed), "its time is over");
    assert_eq!(recordings(&world.receive_history(10)), [1, 2]);
}

#[test]
fn the_same_state_of_an_entry_is_dropped_for_five_minutes_even_after_it_was_deleted() {
    let world = World::new(1);
    send_history(&world, 1, 1, "1");
    assert!(world.ack(&world.receive_history(1)[0]));
    for (wait, queued) in [(0, 0), (299, 0), (1, 1)] {
        world.advance(Duration::from_secs(wait));
        send_history(&world, 1, 1, "1");
        assert_eq!(world.queued(QueueName::History), queued, "{wait}");
    }
    send_history(&world, 2, 1, "1");
    send_history(&world, 1, 1, "2");
    assert_eq!(world.queued(QueueName::History), 3, "another group, or another state, is another message");
}

#[test]
fn a_standard_queue_may_deliver_in_any_order_and_twice_but_loses_nothing() {
    let orders: BTreeSet<Vec<u64>> = (0..5)
        .map(|seed| {
            let world = World::with(Settings { seed, reorder: true, duplicate_percent: 50, ..Settings::default() });
            send_transfers(&world, 10);
            let mut delivered = Vec::new();
            while let Some(at) = world.next_delivery(QueueName::Transfer) {
                world.advance_to(at);
                let batch = world.receive_transfer(3);
                batch.iter().for_each(|delivery| assert!(world.ack(delivery)));
                delivered.extend(recordings(&batch));
            }
            assert_eq!(delivered.iter().collect::<BTreeSet<_>>().len(), 10, "nothing is lost");
            assert!((11..=20).contains(&delivered.len()), "some come twice: {delivered:?}");
            delivered
        })
        .collect();
    assert!(orders.len() > 1, "the order differs");
}

#[test]
fn a_job_keeps_its_order_in_a_restless_world_too() {
    let world = World::with(Settings { reorder: true, duplicate_percent: 50, ..Settings::default() });
    for n in 0..12 {
        send_history(&world, n % 3, n, "1");
    }
    let delivered = recordings(&world.receive_history(100));
    assert_eq!(delivered.len(), 12);
    for job in 0..3 {
        let of_job: Vec<u64> = delivered.iter().copied().filter(|n| n % 3 == job).collect();
        assert!(of_job.is_sorted(), "{delivered:?}");
    }
}

#[test]
fn a_retry_that_cannot_be_read_is_delivered_without_its_request() {
    let world = World::new(1);
    world.send_raw(QueueName::Retry, "poison");
    let waiting = world.run(RetryQueueConsume::receive(&world)).unwrap();
    assert_eq!(waiting.iter().map(|waiting| &waiting.request).collect::<Vec<_>>(), [&None]);
    world.run(RetryQueueConsume::delete(&world, &waiting[0])).unwrap();
    assert_eq!(world.queued(QueueName::Retry), 0);
}

//! Recordings that the ledger knows and that are not home: none is forgotten, and the one with the least time goes first.

use jiff::{SignedDuration, Timestamp};
use recordings::fakes::{World, sample};
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::Origin;
use recordings::object_key::ObjectKey;
use recordings::ports::OpenMarkerWrite;
use sweeper::Acts;

use super::{LATER, made, reconcile, sent};
use crate::stage::received;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An unfinished recording that its provider keeps until then, or for ever.
fn unfinished(world: &World, n: u64, until: Option<Timestamp>) -> LedgerEntry {
    let mut entry = received(world, &sample::recording(n));
    entry.provider_expires_at = until;
    world.put_entry(&entry);
    let event = sample::transfer_request(&entry.recording, None, 1, entry.received_at);
    world.run(OpenMarkerWrite::put(world, &event)).unwrap();
    entry
}

#[test]
fn a_day_before_its_end_a_recording_is_tried_at_once_the_nearest_end_first() {
    let world = World::new(1);
    let now = world.time();
    for (n, hours) in [(1, Some(23)), (2, Some(1)), (3, Some(25)), (4, None), (5, Some(-1))] {
        unfinished(&world, n, hours.map(|hours| now + HOUR * hours));
    }
    assert_eq!(reconcile(&world).acts, Acts { at_risk: 3, ..Acts::default() });
    let ids: Vec<_> = sent(&world).into_iter().map(|request| (request.recording, request.origin)).collect();
    assert_eq!(ids, [5, 2, 1].map(|n| (sample::recording(n), Origin::Reconcile)));
}

#[test]
fn what_is_home_is_at_no_risk() {
    let world = World::new(1);
    let mut entry = crate::stage::settled(&world, &sample::recording(1), world.time());
    entry.provider_expires_at = Some(world.time());
    world.put_entry(&entry);
    let event = sample::transfer_request(&entry.recording, None, 1, world.time());
    world.run(OpenMarkerWrite::put(&world, &event)).unwrap();
    assert_eq!(reconcile(&world).acts, Acts::default());
}

#[test]
fn an_unfinished_recording_gets_its_marker_back_and_is_sent_when_it_is_due() {
    let world = World::new(1);
    let entry = unfinished(&world, 1, None);
    made(&world, 1);
    world.remove_document(&ObjectKey::Open(&entry.recording).to_string());
    world.advance(LATER);
    assert_eq!(reconcile(&world).acts, Acts { remembered: 1, ..Acts::default() });
    assert_eq!((world.open_markers().len(), sent(&world)), (1, vec![]));
    assert_eq!(reconcile(&world).acts, Acts::default());
}

#[test]
fn the_oldest_of_what_is_open_is_told_whatever_its_marker_says() {
    let world = World::new(1);
    unfinished(&world, 1, None);
    world.advance(LATER);
    let entry = unfinished(&world, 2, None);
    // The sweep touched the older one in the meantime.
    let event = sample::transfer_request(&sample::recording(1), None, 1, entry.received_at - LATER);
    world.run(OpenMarkerWrite::put(&world, &event)).unwrap();
    let meter = reconcile(&world).loss_meter.unwrap();
    assert_eq!((meter.open, meter.oldest_open), (2, Some(entry.received_at - LATER)));
}

//! Whatever fails, dies or takes too long: the next run makes up for it, and nobody else waits.

use std::collections::BTreeSet;
use std::time::Duration;

use recordings::fakes::{
    AtProvider, Call, Fault, Plan, ProviderRecording, Settings as WorldSettings, Where, World, sample,
};
use recordings::object_key::ObjectKey;
use recordings::ports::{Cursors, ErrorKind};
use recordings::recording::RecordingRef;
use sweeper::Job;

use super::{LATER, completed, made, reconcile, reconcile_with, sent_ids, try_reconcile, with};
use crate::stage::{counts, job_twice_at_once, try_job};

/// Recordings that nobody told us of: three of one organisation and one of another, an absence and a loss.
fn prepared(page_size: usize) -> (World, BTreeSet<RecordingRef>) {
    let world = World::with(WorldSettings { page_size, ..WorldSettings::default() });
    let mut recordings: BTreeSet<RecordingRef> = (1..=3).map(|n| made(&world, n)).collect();
    let theirs = sample::recording_of("acme", 7, 7);
    world.put_provider_recording(&theirs, completed(7));
    recordings.insert(theirs);
    for (n, state) in [(4, AtProvider::Absent), (5, AtProvider::Deleted)] {
        world.put_provider_recording(&sample::recording(n), ProviderRecording { state, ..completed(n) });
        recordings.insert(sample::recording(n));
    }
    world.advance(LATER);
    (world, recordings)
}

/// What is durable: a message or a marker for each.
fn carried(world: &World) -> BTreeSet<RecordingRef> {
    let marked = world.open_markers().into_iter().map(|(recording, _)| recording);
    sent_ids(world).into_iter().chain(marked).collect()
}

#[test]
fn whatever_fails_in_a_run_every_recording_is_brought_home() {
    for page_size in [2, 1_000] {
        let (calm, recordings) = prepared(page_size);
        let before = calm.calls().len();
        try_job(&calm, Job::Reconcile);
        assert_eq!(carried(&calm), recordings);
        for plan in Plan::each_single(&calm.calls()[before..]) {
            let (world, recordings) = prepared(page_size);
            world.set_plan(plan);
            for _ in 0..3 {
                try_job(&world, Job::Reconcile);
                world.advance(LATER);
            }
            assert_eq!(carried(&world), recordings, "{}", world.replay());
            let messages = sent_ids(&world).len();
            assert!(messages <= recordings.len() + 1, "{}: at most the one that failed goes twice", world.replay());
        }
    }
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let (world, recordings) = prepared(2);
    for outcome in job_twice_at_once(&world, Job::Reconcile) {
        assert!(outcome.unwrap().held.loss_meter.is_some());
    }
    assert_eq!(carried(&world), recordings);
    assert!(sent_ids(&world).len() <= 2 * recordings.len());
    assert_eq!(reconcile(&world).acts.repaired, 0);
}

#[test]
fn an_organisation_whose_list_is_refused_holds_up_nobody() {
    for (page_size, organisation) in [(1, "acme"), (1, "default"), (1_000, "acme")] {
        let (world, recordings) = prepared(page_size);
        let refused = Where::ports(&["ProviderList"]).key(&format!("{organisation}/"));
        world.set_plan(Plan::none().always(refused, Fault::ErrorBefore(ErrorKind::Refused)));
        let held = reconcile(&world);
        let meter = held.loss_meter.unwrap();
        assert_eq!((held.unlisted, meter.unlisted), (1, 1), "the meter says what it does not speak of");
        let others: BTreeSet<_> =
            recordings.into_iter().filter(|recording| recording.organisation.as_str() != organisation).collect();
        assert_eq!(carried(&world), others);
        let counted = counts(&world, Job::Reconcile);
        assert!(
            counted.iter().any(|((figure, _), times)| (*figure, *times) == ("provider_list_failed", 1)),
            "{counted:?}"
        );
    }
}

#[test]
fn a_place_that_the_provider_no_longer_knows_is_left_for_the_start_of_the_list_once() {
    let (world, recordings) = prepared(2);
    let second = Where::ports(&["ProviderList"]).key("default/");
    world.set_plan(Plan::none().nth(2, second.clone(), Fault::ErrorBefore(ErrorKind::Invalid)));
    let meter = reconcile(&world).loss_meter.unwrap();
    assert_eq!((meter.inventory.listed, meter.unlisted), (6, 0), "each recording counts once");
    assert_eq!(carried(&world), recordings);

    let (world, _) = prepared(2);
    let never = Plan::none().nth(2, second.clone(), Fault::ErrorBefore(ErrorKind::Invalid)).nth(
        4,
        second,
        Fault::ErrorBefore(ErrorKind::Invalid),
    );
    world.set_plan(never);
    assert_eq!(reconcile(&world).loss_meter.unwrap().unlisted, 1);
    assert_eq!(reconcile(&world).loss_meter.unwrap().unlisted, 0, "the next pass begins anew");
}

#[test]
fn a_run_whose_time_is_up_leaves_the_rest_to_the_next() {
    let world =
        World::with(WorldSettings { page_size: 5, latency: Duration::from_secs(2), ..WorldSettings::default() });
    let recordings: Vec<_> = (1..=60).map(|n| made(&world, n)).collect();
    world.advance(LATER);
    let settings = with(|_| ());
    let start = world.time();
    let first = reconcile_with(&world, &settings, Duration::from_secs(90));
    assert!(first.loss_meter.is_none() && (5..60).contains(&first.acts.repaired), "{first:?}");
    assert!(world.time().duration_since(start).as_secs() < 90);
    let mut repaired = first.acts.repaired;
    for _ in 0..30 {
        repaired += reconcile_with(&world, &settings, Duration::from_secs(90)).acts.repaired;
    }
    assert_eq!((repaired, sent_ids(&world)), (60, recordings));
}

#[test]
fn what_is_left_of_the_time_goes_to_others() {
    let world =
        World::with(WorldSettings { page_size: 1, latency: Duration::from_secs(2), ..WorldSettings::default() });
    (1..=200).for_each(|n| drop(made(&world, n)));
    world.advance(LATER);
    let start = world.time();
    reconcile_with(&world, &with(|_| ()), Duration::from_secs(240));
    let is_the_next_part = |call: &&Call| (call.port, call.operation, &*call.key) == ("Cursors", "read", "lines");
    let took = world.calls().iter().find(is_the_next_part).unwrap().at.duration_since(start).as_secs();
    assert!((100..=170).contains(&took), "{took} of 240 seconds");
}

#[test]
fn a_cursor_that_nobody_understands_is_no_obstacle() {
    for cursor in ["poison", "{}", r#"{"version":2,"place":"through"}"#] {
        let (world, recordings) = prepared(1_000);
        world.run(Cursors::write(&world, "reconcile-held", Some(cursor))).unwrap();
        assert!(reconcile(&world).loss_meter.is_some(), "{cursor}");
        assert_eq!(carried(&world), recordings);
    }
}

#[test]
fn an_entry_or_a_marker_that_cannot_be_read_holds_up_nothing() {
    let (world, recordings) = prepared(1_000);
    world.put_document(&ObjectKey::Ledger(&sample::recording(1)).to_string(), "poison");
    world.put_document(&ObjectKey::Open(&sample::recording(2)).to_string(), "poison");
    let meter = reconcile(&world).loss_meter.unwrap();
    assert_eq!(meter.inventory.unreadable, 1);
    let others: BTreeSet<_> = recordings
        .into_iter()
        .filter(|recording| ![sample::recording(1), sample::recording(2)].contains(recording))
        .collect();
    assert_eq!(sent_ids(&world).into_iter().collect::<BTreeSet<_>>(), others);
}

#[test]
fn a_repair_that_only_one_of_queue_and_bucket_takes_is_a_repair() {
    for port in ["TransferQueue", "OpenMarkerWrite"] {
        let (world, recordings) = prepared(1_000);
        world.set_plan(Plan::none().always(Where::ports(&[port]), Fault::ErrorBefore(ErrorKind::Unavailable)));
        assert_eq!(reconcile(&world).acts.repaired, 4, "{port}");
        assert_eq!(carried(&world), recordings, "{port}");
    }
    let (world, _) = prepared(1_000);
    let both = Where::ports(&["TransferQueue", "OpenMarkerWrite"]);
    world.set_plan(Plan::none().always(both, Fault::ErrorBefore(ErrorKind::Unavailable)));
    assert_eq!(try_reconcile(&world).unwrap_err().kind, ErrorKind::Unavailable);
    assert!(carried(&world).is_empty());
}

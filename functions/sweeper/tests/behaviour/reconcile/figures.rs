//! What the loss meter says, and what it costs.

use recordings::fakes::{
    AtProvider, Call, Fault, Plan, ProviderRecording, Settings as WorldSettings, Where, World, sample,
};
use recordings::ports::{CursorRead, DayIndex, ErrorKind};
use recordings::recording::Provider;
use serde_json::Value;
use sweeper::{Inventory, Job, LossMeter};

use super::{LATER, completed, made, reconcile, reconcile_with, sent_ids, try_reconcile, with};
use crate::stage::{counts, received, settled};

/// A recording that is settled, listed under its day, and in this state at its provider.
fn done(world: &World, n: u64, state: AtProvider) {
    let recording = sample::recording(n);
    settled(world, &recording, world.time());
    world.run(DayIndex::add(world, &recording, world.time())).unwrap();
    world.put_provider_recording(&recording, ProviderRecording { state, ..completed(n) });
}

#[test]
fn the_meter_tells_of_each_recording_what_became_of_it() {
    let world = World::new(1);
    done(&world, 1, AtProvider::Deleted);
    done(&world, 2, AtProvider::Deleted);
    done(&world, 3, AtProvider::Completed);
    received(&world, &sample::recording(4));
    made(&world, 4);
    world.advance(LATER);
    made(&world, 5);
    world.advance(std::time::Duration::from_secs(1));
    let meter = reconcile_with(&world, &with(|s| s.delete_at.clear()), LATER).loss_meter.unwrap();
    let inventory = Inventory {
        listed: 5,
        held: 3,
        in_ledger: 4,
        stored: 3,
        settled: 3,
        on_their_way: 1,
        kept: 1,
        ..Inventory::default()
    };
    assert_eq!(meter.inventory, inventory);
    assert_eq!(meter.acts.remembered, 1);
    assert_eq!((meter.open, meter.unlisted), (1, 0));
}

#[test]
fn the_figures_come_with_a_whole_pass_and_not_before() {
    let world = World::with(WorldSettings { page_size: 1, ..WorldSettings::default() });
    (1..=4).for_each(|n| drop(made(&world, n)));
    world.advance(LATER);
    // Nothing of acme's, and the first of the four.
    for repaired in [0, 1] {
        let partial = reconcile_with(&world, &with(|_| ()), std::time::Duration::ZERO);
        assert_eq!((partial.acts.repaired, partial.loss_meter), (repaired, None));
    }
    let figures = counts(&world, Job::Reconcile);
    for name in ["meter_listed", "meter_held", "meter_repaired", "meter_oldest_open", "meter_unlisted"] {
        let published =
            figures.iter().filter(|((figure, provider), _)| (*figure, *provider) == (name, Some(Provider::Twilio)));
        // The end of the pass that was begun, and the pass behind it.
        assert_eq!(published.map(|(_, times)| *times).collect::<Vec<_>>(), [2], "{name}");
    }
}

#[test]
fn a_pass_that_is_resumed_counts_each_recording_once() {
    let world = World::with(WorldSettings { page_size: 2, ..WorldSettings::default() });
    (1..=9).for_each(|n| done(&world, n, AtProvider::Deleted));
    world.advance(LATER);
    let settings = with(|_| ());
    let meters: Vec<Option<LossMeter>> =
        (0..30).map(|_| reconcile_with(&world, &settings, std::time::Duration::ZERO).loss_meter).collect();
    let whole: Vec<&LossMeter> = meters.iter().flatten().collect();
    assert!(!whole.is_empty());
    for meter in whole {
        assert_eq!((meter.inventory.listed, meter.inventory.settled), (9, 9));
    }
}

/// What the webhook function reads; its tests take the same file.
const KEPT: &str = include_str!("loss-meter.json");

fn kept(world: &World) -> Option<Value> {
    let kept = world.run(CursorRead::last(world, "loss-meter")).unwrap();
    kept.map(|kept| serde_json::from_str(&kept).unwrap())
}

#[test]
fn the_figures_of_the_last_whole_pass_are_kept_by_organisation() {
    let world = World::new(1);
    done(&world, 1, AtProvider::Completed);
    made(&world, 2);
    let acme = sample::recording_of("acme", 3, 3);
    world.put_provider_recording(&acme, completed(3));
    world.advance(LATER);
    reconcile_with(&world, &with(|s| s.delete_at.clear()), LATER);
    assert_eq!(kept(&world).unwrap(), serde_json::from_str::<Value>(KEPT).unwrap(), "{}", kept(&world).unwrap());
}

#[test]
fn the_figures_of_a_pass_that_is_not_through_are_not_kept() {
    let world = World::with(WorldSettings { page_size: 1, ..WorldSettings::default() });
    (1..=4).for_each(|n| drop(made(&world, n)));
    world.advance(LATER);
    let settings = with(|_| ());
    let mut runs = 0;
    while reconcile_with(&world, &settings, std::time::Duration::ZERO).loss_meter.is_none() {
        assert_eq!(kept(&world), None);
        runs += 1;
    }
    assert!(runs > 1 && kept(&world).is_some());
}

#[test]
fn a_pass_whose_figures_cannot_be_kept_is_over_all_the_same() {
    let world = World::new(1);
    made(&world, 1);
    world.advance(LATER);
    let lost = Fault::ErrorBefore(ErrorKind::Unavailable);
    world.set_plan(Plan::none().always(Where::ports(&["Cursors"]).key("loss-meter"), lost));
    assert!(try_reconcile(&world).is_err());
    assert_eq!(sent_ids(&world).len(), 1);
    world.set_plan(Plan::none());
    assert_eq!(reconcile(&world).loss_meter.unwrap().acts.repaired, 0, "it is on its way");
    assert!(kept(&world).is_some());
}

/// The calls of the comparison with the provider: those of each run up to where histories are read back.
fn of_this_part(calls: &[Call]) -> Vec<&Call> {
    let mut is_ours = true;
    let mut ours = |call: &&Call| {
        if (call.port, call.operation) == ("Cursors", "read") {
            is_ours = call.key == "reconcile-held";
        }
        is_ours
    };
    calls.iter().filter(|call| ours(call)).collect()
}

#[test]
fn a_day_of_settled_recordings_costs_a_few_lists_and_reads_no_entry() {
    let world = World::new(1);
    (1..=200).for_each(|n| done(&world, n, AtProvider::Deleted));
    world.advance(LATER);
    let before = world.calls().len();
    let meter = reconcile(&world).loss_meter.unwrap();
    assert_eq!((meter.inventory.listed, meter.inventory.settled), (200, 200));
    let all = world.calls().split_off(before);
    let calls = of_this_part(&all);
    let count = |port: &str| calls.iter().filter(|call| call.port == port).count();
    assert_eq!((count("LedgerRead"), count("DayIndexList"), count("ProviderList")), (0, 1, 2), "two organisations");
    assert!(calls.len() <= 12, "{calls:#?}");
}

#[test]
fn copies_that_are_kept_on_purpose_are_read_once_a_day() {
    let world = World::new(1);
    (1..=100).for_each(|n| done(&world, n, AtProvider::Completed));
    let settings = with(|settings| settings.delete_at.clear());
    let before = world.calls().len();
    for _ in 0..24 {
        world.advance(LATER);
        let meter = reconcile_with(&world, &settings, LATER).loss_meter.unwrap();
        assert_eq!((meter.inventory.settled, meter.inventory.stored, meter.inventory.kept), (100, 100, 100));
    }
    let all = world.calls().split_off(before);
    let calls = of_this_part(&all);
    assert_eq!(calls.iter().filter(|call| call.port == "LedgerRead").count(), 100);
}

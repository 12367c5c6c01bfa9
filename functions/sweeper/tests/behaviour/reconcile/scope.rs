//! Nothing outside of the scope is imported or deleted, or even asked about.

use std::time::Duration;

use jiff::Timestamp;
use recordings::fakes::{AtProvider, Fault, Plan, ProviderRecording, Settings as WorldSettings, Where, World, sample};
use recordings::ports::ErrorKind;
use recordings::recording::RecordingRef;
use sweeper::{Acts, Job};

use super::{LATER, completed, made, reconcile, reconcile_with, sent, sent_ids, try_reconcile, with};
use crate::stage::settled;

const MINUTES: Duration = Duration::from_secs(240);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Recordings made at these times, the first of which is number 1.
fn made_at(world: &World, times: &[&str]) -> Vec<RecordingRef> {
    let make = |(n, time): (u64, &&str)| {
        let recording = sample::recording(n);
        let created_at = Some(at(time));
        world.put_provider_recording(&recording, ProviderRecording { created_at, ..completed(n) });
        recording
    };
    (1..).zip(times).map(make).collect()
}

#[test]
fn only_what_was_made_since_the_installation_was_is_ours() {
    let start = WorldSettings::default().start;
    let world = World::with(WorldSettings { made_at: Some(start), ..WorldSettings::default() });
    let before = start - jiff::SignedDuration::from_nanos(1);
    for (n, created_at) in [(1, before), (2, start)] {
        let held = ProviderRecording { created_at: Some(created_at), ..completed(n) };
        world.put_provider_recording(&sample::recording(n), held);
    }
    world.advance(LATER);
    let held = reconcile(&world);
    assert_eq!((held.acts.repaired, held.loss_meter.unwrap().inventory.listed), (1, 1));
    assert_eq!(sent_ids(&world), [sample::recording(2)]);
}

#[test]
fn a_scope_in_mid_window_holds_at_every_boundary_of_pages_and_days() {
    let times = [
        "2024-03-13T00:00:00Z",
        "2024-03-14T09:59:59Z",
        "2024-03-14T10:00:00Z",
        "2024-03-14T23:59:59Z",
        "2024-03-15T00:00:00Z",
        "2024-03-15T12:00:00Z",
    ];
    for page_size in [1, 2, 3, 4, 1_000] {
        let world =
            World::with(WorldSettings { page_size, made_at: Some(Timestamp::UNIX_EPOCH), ..WorldSettings::default() });
        let recordings = made_at(&world, &times);
        let settings = with(|settings| settings.since = Some(at("2024-03-14T10:00:00Z")));
        let held = reconcile_with(&world, &settings, MINUTES);
        assert_eq!(sent_ids(&world), recordings[2..], "{page_size} a page");
        assert_eq!(held.loss_meter.unwrap().inventory.listed, 4, "{page_size} a page");
        assert!(world.calls().iter().all(|call| !recordings[..2].iter().any(|r| call.key == r.to_string())));
    }
}

#[test]
fn the_window_has_whole_days_and_no_more() {
    let times = ["2024-03-12T23:59:59Z", "2024-03-13T00:00:00Z", "2024-03-15T13:00:00Z"];
    for (days, first) in [(2, 2), (3, 1), (4, 0)] {
        let world = World::new(1);
        let recordings = made_at(&world, &times);
        let settings = with(|settings| (settings.window_days, settings.since) = (days, Some(Timestamp::UNIX_EPOCH)));
        reconcile_with(&world, &settings, MINUTES);
        assert_eq!(sent_ids(&world), recordings[first..], "{days} days");
    }
}

#[test]
fn a_scope_that_is_narrowed_while_a_pass_goes_on_holds_at_once() {
    let world =
        World::with(WorldSettings { page_size: 1, made_at: Some(Timestamp::UNIX_EPOCH), ..WorldSettings::default() });
    let recordings = made_at(&world, &["2024-03-15T12:00:00Z", "2024-03-15T11:00:00Z", "2024-03-15T10:00:00Z"]);
    // No time at all: one page of acme's, one of ours, and the place of the next is kept.
    for _ in 0..2 {
        assert_eq!(reconcile_with(&world, &with(|_| ()), Duration::ZERO).loss_meter, None);
    }
    assert_eq!(sent_ids(&world), recordings[..1]);
    let narrowed = with(|settings| settings.since = Some(at("2024-03-15T10:30:00Z")));
    reconcile_with(&world, &narrowed, MINUTES);
    assert_eq!(sent_ids(&world), recordings[..2]);
}

#[test]
fn a_copy_that_is_due_is_left_alone_outside_of_the_scope() {
    for (since, asked_for) in [("2024-03-15T14:00:00Z", 1), ("2024-03-15T14:31:00Z", 0)] {
        let world = World::new(1);
        settled(&world, &sample::recording(1), world.time());
        made(&world, 1);
        world.advance(LATER);
        let settings = with(|settings| settings.since = Some(at(since)));
        assert_eq!(reconcile_with(&world, &settings, MINUTES).acts.deletions_asked_for, asked_for, "{since}");
        assert_eq!(sent(&world).len(), usize::try_from(asked_for).unwrap());
    }
}

#[test]
fn neither_absences_nor_losses_are_told_of_what_is_not_ours() {
    let world = World::new(1);
    for (n, state) in [(1, AtProvider::Absent), (2, AtProvider::Deleted)] {
        let created_at = Some(world.time() - LATER);
        world.put_provider_recording(&sample::recording(n), ProviderRecording { state, created_at, ..completed(n) });
    }
    world.advance(LATER);
    assert_eq!((reconcile(&world).acts, sent(&world)), (Acts::default(), vec![]));
}

#[test]
fn without_a_scope_nobody_is_asked_anything() {
    let world = World::new(1);
    made(&world, 1);
    world.advance(LATER);
    world.set_plan(Plan::none().always(Where::ports(&["Installation"]), Fault::ErrorBefore(ErrorKind::Refused)));
    assert_eq!(try_reconcile(&world).unwrap_err().kind, ErrorKind::Refused);
    assert!(world.calls().iter().all(|call| call.port != "ProviderList") && sent(&world).is_empty());
    let counted = crate::stage::counts(&world, Job::Reconcile);
    assert!(counted.contains(&(("sweep_failed", None), 1)), "{counted:?}");
}

#[test]
fn an_organisation_sees_its_own_recordings_alone() {
    let world = World::new(1);
    let theirs = sample::recording_of("acme", 1, 1);
    let nobodys = sample::recording_of("nobody", 2, 2);
    for recording in [&theirs, &nobodys] {
        world.put_provider_recording(recording, completed(1));
    }
    world.advance(LATER);
    assert_eq!(reconcile(&world).acts.repaired, 1);
    assert_eq!(sent_ids(&world), [theirs], "the secret knows no account of nobody's");
}

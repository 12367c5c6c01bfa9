//! Recordings of which nobody told us.

use recordings::fakes::{AtProvider, ProviderRecording, World, sample};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::OpenMarkerWrite;
use recordings::recording::{Outcome, Provider};
use sweeper::{Acts, Job};

use super::{LATER, completed, made, reconcile, sent, sent_ids};
use crate::stage::counts;

#[test]
fn every_lost_webhook_is_made_up_for_once() {
    let world = World::new(1);
    let lost: Vec<_> = (1..=5).map(|n| made(&world, n)).collect();
    world.advance(LATER);
    let held = reconcile(&world);
    assert_eq!(held.acts, Acts { repaired: 5, ..Acts::default() });
    assert_eq!(sent_ids(&world), lost);
    let marked: Vec<_> = world.open_markers().into_iter().map(|(recording, _)| recording).collect();
    assert_eq!(marked, lost, "what dies on its way comes back");
    let again = reconcile(&world);
    assert_eq!((again.acts, sent(&world).len()), (Acts::default(), 5), "they are on their way");
    assert_eq!(again.loss_meter.unwrap().inventory.on_their_way, 5);
}

#[test]
fn a_request_says_what_the_list_said_and_names_no_job() {
    let world = World::new(1);
    let recording = made(&world, 1);
    let made_at = world.time();
    world.advance(LATER);
    reconcile(&world);
    let [request] = &sent(&world)[..] else { panic!("one request") };
    let expected = TransferRequest {
        job_number: None,
        report: sample::report(1, made_at),
        origin: Origin::Reconcile,
        ..sample::transfer_request(&recording, None, 1, world.time())
    };
    assert_eq!(*request, expected);
}

#[test]
fn a_webhook_that_is_under_way_was_not_lost() {
    let world = World::new(1);
    made(&world, 1);
    let marked = made(&world, 2);
    world.run(OpenMarkerWrite::put(&world, &sample::transfer_request(&marked, None, 1, world.time()))).unwrap();
    assert_eq!(reconcile(&world).acts, Acts::default(), "both are new");
    world.advance(LATER);
    assert_eq!(reconcile(&world).acts.repaired, 1, "only the other one was heard of");
    assert_eq!(sent_ids(&world), [sample::recording(1)]);
}

#[test]
fn an_absence_is_explained_and_a_deletion_is_a_loss() {
    let world = World::new(1);
    for (n, state) in [(1, AtProvider::Absent), (2, AtProvider::Deleted)] {
        world.put_provider_recording(&sample::recording(n), ProviderRecording { state, ..completed(n) });
    }
    world.advance(LATER);
    let held = reconcile(&world);
    assert_eq!(held.acts, Acts { absences_repaired: 1, lost_at_provider: 1, ..Acts::default() });
    let outcomes: Vec<_> =
        sent(&world).into_iter().map(|request| (request.recording, request.report.outcome)).collect();
    let absent = Outcome::Absent { reason: "no recording was made".into() };
    assert!(outcomes.contains(&(sample::recording(1), absent)), "{outcomes:?}");
    // Whether it can still be had, transfer asks Twilio.
    assert!(outcomes.contains(&(sample::recording(2), Outcome::Completed)), "{outcomes:?}");
}

#[test]
fn what_is_not_ready_is_left_to_its_webhook() {
    let world = World::new(1);
    let ready_at = world.time() + 2 * LATER;
    world.put_provider_recording(&sample::recording(1), ProviderRecording { ready_at, ..completed(1) });
    world.advance(LATER);
    let held = reconcile(&world);
    assert_eq!((held.acts, held.loss_meter.unwrap().inventory.listed), (Acts::default(), 1));
    world.advance(2 * LATER);
    assert_eq!(reconcile(&world).acts.repaired, 1);
}

#[test]
fn each_is_counted_with_its_provider() {
    let world = World::new(1);
    for (n, state) in [(1, AtProvider::Completed), (2, AtProvider::Absent), (3, AtProvider::Deleted)] {
        world.put_provider_recording(&sample::recording(n), ProviderRecording { state, ..completed(n) });
    }
    world.advance(LATER);
    let counted = counts(&world, Job::Reconcile);
    for figure in ["repaired", "absences_repaired", "lost_at_provider"] {
        assert!(counted.contains(&((figure, Some(Provider::Twilio)), 1)), "{counted:?}");
    }
}

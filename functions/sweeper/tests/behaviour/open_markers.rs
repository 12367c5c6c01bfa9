//! What nobody touched for long is sent again, a bounded number a run, and nothing stands in the way of the rest.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, QueueName, Settings as WorldSettings, Where, World, sample};
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::ObjectKey;
use recordings::ports::{ErrorKind, OpenMarkerWrite};
use sweeper::Outcome;
use sweeper::config::Settings;

use crate::stage::{settings, sweep, sweep_for};

const UNTOUCHED: Duration = Duration::from_secs(15 * 60);

fn open(world: &World, n: u64) -> TransferRequest {
    let event = sample::transfer_request(&sample::recording(n), Some(sample::job_number(n)), 12, world.time());
    world.run(OpenMarkerWrite::put(world, &event)).unwrap();
    event
}

fn sent(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

#[test]
fn a_marker_is_sent_again_once_it_was_left_alone_for_long_enough() {
    let world = World::new(1);
    let event = TransferRequest { attempt: 3, not_before: Some(world.time()), ..open(&world, 1) };
    world.run(OpenMarkerWrite::put(&world, &event)).unwrap();
    world.advance(UNTOUCHED - Duration::from_secs(1));
    assert_eq!(sweep(&world).unwrap(), Outcome { looked_at: 1, ..Outcome::default() });
    world.advance(Duration::from_secs(1));
    assert_eq!(sweep(&world).unwrap(), Outcome { looked_at: 1, sent_again: 1, ..Outcome::default() });
    let again = TransferRequest { origin: Origin::Sweep, attempt: 0, not_before: None, ..event };
    assert_eq!(sent(&world), [again]);
    assert_eq!(world.open_markers()[0].1, world.time(), "and counts as touched from now on");
    assert_eq!(sweep(&world).unwrap().sent_again, 0);
}

#[test]
fn a_run_is_bounded_and_the_next_goes_on_where_it_stopped() {
    let world = World::with(WorldSettings { page_size: 3, ..WorldSettings::default() });
    (1..=10).for_each(|n| drop(open(&world, n)));
    world.advance(UNTOUCHED);
    let settings = Settings { markers_a_run: 4, ..settings() };
    let runs: Vec<u32> =
        (0..4).map(|_| sweep_for(&world, &settings, Duration::from_secs(240)).unwrap().sent_again).collect();
    assert_eq!(runs, [6, 4, 0, 0], "whole pages until enough were looked at");
    assert_eq!(sent(&world).len(), 10);
}

#[test]
fn a_run_whose_time_is_up_stops_within_a_page() {
    let world = World::with(WorldSettings { latency: Duration::from_secs(2), ..WorldSettings::default() });
    (1..=100).for_each(|n| drop(open(&world, n)));
    world.advance(UNTOUCHED);
    let start = world.time();
    let first = sweep_for(&world, &settings(), Duration::from_secs(60)).unwrap();
    assert!((5..60).contains(&first.sent_again), "{first:?}");
    assert!(world.time().duration_since(start).as_secs() < 60);
    for _ in 0..20 {
        sweep_for(&world, &settings(), Duration::from_secs(60)).unwrap();
    }
    let mut recordings: Vec<_> = sent(&world).into_iter().map(|request| request.recording).collect();
    recordings.sort();
    recordings.dedup();
    assert_eq!(recordings.len(), 100);
}

#[test]
fn what_is_no_marker_of_ours_holds_up_nothing() {
    let world = World::new(1);
    world.put_document("open/0-somebody-else", "x");
    world.put_document(&ObjectKey::Open(&sample::recording(1)).to_string(), "no event");
    open(&world, 2);
    world.advance(UNTOUCHED);
    let outcome = sweep(&world).unwrap();
    assert_eq!((outcome.sent_again, outcome.unreadable), (1, 1));
    assert_eq!(sent(&world)[0].recording, sample::recording(2));
}

#[test]
fn a_marker_that_could_not_be_sent_is_not_touched() {
    for port in ["TransferQueue", "OpenMarkerWrite"] {
        let world = World::new(1);
        open(&world, 1);
        world.advance(UNTOUCHED);
        world.set_plan(Plan::none().nth(1, Where::ports(&[port]), Fault::ErrorBefore(ErrorKind::Unavailable)));
        assert_eq!(sweep(&world).unwrap_err().kind, ErrorKind::Unavailable, "{port}");
        assert_eq!(sweep(&world).unwrap().sent_again, 1, "{port}");
        assert!(!sent(&world).is_empty());
    }
}

#[test]
fn a_run_over_nothing_costs_two_listings() {
    let world = World::new(1);
    sweep(&world).unwrap();
    let calls: Vec<_> = world.calls().iter().map(|call| (call.port, call.operation)).collect();
    let expected = [
        ("RetryQueueConsume", "receive"),
        ("TransferDeadLetters", "receive"),
        ("HistoryDeadLetters", "receive"),
        ("Cursors", "read"),
        ("OpenMarkerList", "organisations"),
        ("Cursors", "read"),
        ("CallNoteList", "page"),
    ];
    assert_eq!(calls, expected);
}

/// Puts the markers of so many recordings of an organisation.
fn open_of(world: &World, organisation: &str, count: u64) {
    for n in 1..=count {
        let recording = sample::recording_of(organisation, n, n);
        let event = sample::transfer_request(&recording, None, 12, world.time());
        world.put_document(&ObjectKey::Open(&recording).to_string(), &serde_json::to_string(&event).unwrap());
    }
}

fn sent_of(world: &World, organisation: &str) -> usize {
    sent(world).iter().filter(|request| request.recording.organisation.as_str() == organisation).count()
}

#[test]
fn an_organisation_with_a_hundred_thousand_markers_keeps_no_other_waiting() {
    let world = World::new(1);
    open_of(&world, "acme", 100_000);
    open_of(&world, "zeta", 250);
    world.advance(UNTOUCHED);
    let first = sweep(&world).unwrap();
    assert_eq!((first.looked_at, first.sent_again), (2_050, 2_050), "whole turns until enough were looked at");
    assert_eq!(sent_of(&world, "zeta"), 250);
    let second = sweep(&world).unwrap().sent_again;
    assert!(second >= 1_700, "{second}: the one goes on where it stopped, and the other's are only looked at");
    let mut recordings: Vec<_> = sent(&world).into_iter().map(|request| request.recording).collect();
    recordings.sort();
    recordings.dedup();
    assert_eq!(recordings.len(), 2_050 + second as usize, "none is sent twice");
}

#[test]
fn a_run_that_is_cut_off_in_one_organisations_turn_is_followed_by_one_that_begins_with_another() {
    let world = World::with(WorldSettings { latency: Duration::from_secs(2), ..WorldSettings::default() });
    open_of(&world, "acme", 1_000);
    open_of(&world, "zeta", 10);
    world.advance(UNTOUCHED);
    for _ in 0..5 {
        sweep_for(&world, &settings(), Duration::from_secs(60)).unwrap();
    }
    assert_eq!(sent_of(&world, "zeta"), 10);
    assert!(sent_of(&world, "acme") > 10);
}

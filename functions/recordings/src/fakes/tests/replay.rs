use std::time::Duration;

use crate::fakes::{Entry, Fault, Plan, Replay, Settings, World, sample};
use crate::messages::TransferRequest;
use crate::ports::{Clock, ErrorKind, OpenMarkerRemove, OpenMarkerWrite, Random, RetryQueue, TransferQueue};

#[test]
fn every_fault_survives_its_line() {
    let second = Duration::from_secs(1);
    let faults = [
        Fault::ErrorBefore(ErrorKind::Unavailable),
        Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None }),
        Fault::ErrorBefore(ErrorKind::Throttled { retry_after: Some(30 * second) }),
        Fault::ErrorBefore(ErrorKind::QuotaExhausted),
        Fault::ErrorBefore(ErrorKind::Conflict),
        Fault::ReplyLost,
        Fault::Hang,
        Fault::HangApplied,
        Fault::LandsLate(180 * second),
        Fault::Crash,
        Fault::CrashApplied,
        Fault::PartialBody(1_000),
        Fault::ShortBody(0),
        Fault::HangingBody(7),
    ];
    let replay = Replay(faults.into_iter().enumerate().map(|(at, fault)| (at as u64 * 3, fault)).collect());
    assert_eq!(replay.to_string().parse(), Ok(replay));
    assert_eq!("".parse(), Ok(Replay::default()));
}

#[test]
fn a_line_that_is_no_replay_is_refused() {
    for bad in ["crash", "x=crash", "1=crumble", "1=error:", "1=lands-late:", "1=partial-body:-1", "1=crash:2"] {
        assert!(bad.parse::<Replay>().is_err(), "{bad}");
    }
}

/// A little of everything, and what came of it.
fn story(plan: Plan) -> (Vec<Entry>, Replay) {
    let latency = Duration::from_millis(200);
    let world =
        World::with(Settings { seed: 42, latency, reorder: true, duplicate_percent: 30, ..Settings::default() });
    world.set_plan(plan);
    for n in 0..40 {
        let worker = world.worker(&format!("webhook-{n}"));
        let event: TransferRequest = sample::transfer_request(&sample::recording(n), None, 12, world.time());
        let told = async {
            OpenMarkerWrite::put(&worker, &event).await.ok();
            TransferQueue::send(&worker, &event).await.ok();
            RetryQueue::send(&worker, &event, Duration::from_secs(worker.number() % 900)).await.ok();
            worker.sleep(Duration::from_secs(worker.number() % 10)).await;
            worker.remove(&event.recording).await.ok();
        };
        worker.try_run(told).ok();
        for delivery in world.receive_transfer(2) {
            world.ack(&delivery);
        }
    }
    (world.journal(), world.replay())
}

#[test]
fn the_same_seed_gives_the_same_run_and_chance_strikes() {
    let (journal, replay) = story(Plan::none().by_chance(20));
    assert!(replay.0.len() > 10, "{replay}");
    assert_eq!(story(Plan::none().by_chance(20)), (journal, replay));
    assert_eq!(story(Plan::none()).1, Replay::default());
}

#[test]
fn what_went_wrong_by_chance_goes_wrong_again_as_a_plan() {
    let struck = {
        let world = World::new(9);
        world.set_plan(Plan::none().by_chance(50));
        run_markers(&world);
        (world.journal(), world.replay())
    };
    let again = World::new(9);
    again.set_plan(struck.1.clone());
    run_markers(&again);
    assert_eq!((again.journal(), again.replay()), struck);
}

fn run_markers(world: &World) {
    for n in 0..20 {
        let worker = world.worker("webhook");
        let event = sample::transfer_request(&sample::recording(n), None, 12, world.time());
        worker.try_run(OpenMarkerWrite::put(&worker, &event)).ok();
    }
}

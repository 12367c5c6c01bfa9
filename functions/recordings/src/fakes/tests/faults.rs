use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join;

use crate::fakes::{Call, Effect, Fault, Halted, Plan, ProviderRecording, Settings, Where, World, sample};
use crate::ledger_entry::{Change, LedgerEntry};
use crate::ports::{AudioSource, Clock, ErrorKind, LedgerRead, LedgerWrite, OpenMarkerWrite, PortError, Version};

fn entry(n: u64) -> LedgerEntry {
    let at = World::new(1).time();
    LedgerEntry::received(sample::recording(n), None, &sample::report(12, at), at)
}

/// What a worker hears of a creation that meets the fault, what it took, and whether the entry is there then.
fn create_with(fault: Fault) -> (Result<Result<Version, ErrorKind>, Halted>, Duration, bool) {
    let world = World::new(1);
    world.set_plan(Plan::none().at(1, fault));
    let worker = world.worker("transfer-1");
    let heard = worker.try_run(async { worker.create(&entry(1)).await.map_err(|error: PortError| error.kind) });
    let took = world.time().duration_since(World::new(1).time()).unsigned_abs();
    (heard, took, world.entry(&sample::recording(1)).is_some())
}

#[test]
fn each_fault_acts_as_told() {
    let (at_once, patience) = (Duration::ZERO, Duration::from_secs(30));
    let throttled = ErrorKind::Throttled { retry_after: None };
    let unavailable = Ok(Err(ErrorKind::Unavailable));
    let table = [
        (Fault::ErrorBefore(ErrorKind::Unavailable), unavailable.clone(), at_once, false),
        (Fault::ErrorBefore(throttled), Ok(Err(throttled)), at_once, false),
        (Fault::ReplyLost, unavailable.clone(), at_once, true),
        (Fault::Hang, unavailable.clone(), patience, false),
        (Fault::HangApplied, unavailable.clone(), patience, true),
        (Fault::LandsLate(Duration::from_secs(10)), unavailable.clone(), patience, true),
        (Fault::LandsLate(Duration::from_secs(60)), unavailable, patience, false),
        (Fault::Crash, Err(Halted::Died), at_once, false),
        (Fault::CrashApplied, Err(Halted::Died), at_once, true),
    ];
    for (fault, heard, took, is_there) in table {
        assert_eq!(create_with(fault), (heard, took, is_there), "{fault}");
    }
}

/// A worker whose creation of entry 1 is on its way for three minutes, and who dies of old age after one.
fn with_a_creation_on_its_way() -> World {
    let world = World::new(1);
    world.set_plan(Plan::none().at(1, Fault::LandsLate(Duration::from_secs(180))));
    let dying = world.worker("transfer-1");
    let halted = dying.try_run(join(dying.create(&entry(1)), async {
        dying.sleep(Duration::from_secs(10)).await;
        dying.kill();
    }));
    assert_eq!(halted.map(drop), Err(Halted::Died));
    assert_eq!(world.entries(), []);
    world
}

#[test]
fn what_lands_late_lands_although_its_process_is_dead() {
    let world = with_a_creation_on_its_way();
    world.advance(Duration::from_secs(200));
    let journal = world.journal();
    let late = journal.last().unwrap();
    assert!(matches!(&late.effect, Effect::LedgerWritten { entry, .. } if entry.recording == sample::recording(1)));
    assert_eq!((late.process.as_str(), late.at), ("transfer-1", World::new(1).time() + Duration::from_secs(180)));
}

#[test]
fn what_lands_late_meets_what_is_there_by_then() {
    let world = with_a_creation_on_its_way();
    let held = entry(1).apply(Change::HoldPlaced, world.time()).unwrap();
    world.run(world.create(&held)).unwrap();
    world.advance(Duration::from_secs(200));
    assert_eq!(world.entries(), [held]);
}

#[test]
fn a_crash_ends_one_worker_in_all_it_does_and_no_other() {
    let world = World::new(1);
    let (dying, living) = (world.worker("transfer-1"), world.worker("transfer-2"));
    world.set_plan(Plan::none().nth(1, Where::any().process("transfer-1"), Fault::Crash));
    let halted = dying.try_run(join(dying.create(&entry(1)), async {
        dying.sleep(Duration::from_secs(1)).await;
        dying.create(&entry(2)).await
    }));
    assert_eq!(halted.map(drop), Err(Halted::Died));
    assert!(dying.is_dead() && !living.is_dead());
    assert_eq!(world.next_timer(), None, "nothing of it is left");

    living.run(living.create(&entry(3))).unwrap();
    let reborn = world.worker("transfer-1");
    assert!(reborn.run(reborn.get(&sample::recording(3))).unwrap().is_some());
    assert_eq!(world.entries().len(), 1);
}

#[test]
fn a_crash_stops_what_its_process_was_about_to_do_at_the_same_moment() {
    let world = World::new(1);
    let dying = world.worker("transfer-1");
    world.set_plan(Plan::none().at(1, Fault::Crash));
    let (one, other) = (entry(1), entry(2));
    let both = join(dying.create(&one), dying.create(&other));
    assert_eq!(dying.try_run(both).map(drop), Err(Halted::Died));
    assert_eq!((world.calls().len(), world.entries()), (2, Vec::new()));
}

#[test]
fn without_patience_a_call_hangs_for_ever() {
    let world = World::with(Settings { patience: None, ..Settings::default() });
    world.set_plan(Plan::none().at(1, Fault::Hang));
    assert_eq!(world.try_run(world.create(&entry(1))).map(drop), Err(Halted::Stuck));
}

#[test]
fn an_outage_begins_and_ends_and_hits_what_it_is_about() {
    let world = World::new(1);
    let minute = Duration::from_secs(60);
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    world.set_plan(Plan::none().between(world.time() + minute, world.time() + 2 * minute, Where::s3(), down));
    let event = sample::transfer_request(&sample::recording(1), None, 12, world.time());
    for expected in [true, false, true] {
        assert_eq!(world.run(OpenMarkerWrite::put(&world, &event)).is_ok(), expected);
        world.run(crate::ports::TransferQueue::send(&world, &event)).unwrap();
        world.advance(minute);
    }
}

#[test]
fn a_rule_narrows_by_operation_and_key() {
    let world = World::new(1);
    let second = Where::ports(&["LedgerRead"]).operation("get").key(sample::recording(2).recording_id.as_str());
    world.set_plan(Plan::none().always(second, Fault::ErrorBefore(ErrorKind::Refused)));
    assert!(world.run(world.get(&sample::recording(1))).is_ok());
    assert_eq!(world.run(world.get(&sample::recording(2))).unwrap_err().kind, ErrorKind::Refused);
}

#[test]
fn calls_are_counted_and_each_has_its_faults() {
    let world = World::new(1);
    let worker = world.worker("transfer-1");
    worker.run(worker.get(&sample::recording(1))).unwrap();
    worker.run(worker.create(&entry(1))).unwrap();
    let calls = world.calls();
    let told: Vec<_> = calls.iter().map(|c| (c.number, c.process.as_str(), c.port, c.operation, c.writes)).collect();
    assert_eq!(told, [(1, "transfer-1", "LedgerRead", "get", false), (2, "transfer-1", "LedgerWrite", "create", true)]);
    let faults: usize = calls.iter().map(|call| call.possible_faults().len()).sum();
    assert_eq!(Plan::each_single(&calls).count(), faults);
    let applied_only = |call: &Call| call.possible_faults().contains(&Fault::ReplyLost);
    assert_eq!(calls.iter().map(applied_only).collect::<Vec<_>>(), [false, true]);
}

/// The bytes of a body, how it ended, and how long it took.
fn body_with(fault: Fault, announces_length: bool) -> (usize, bool, u64) {
    let world = World::new(1);
    let recording = sample::recording(1);
    let held = ProviderRecording { announces_length, ..ProviderRecording::completed(sample::wav(5, 1)) };
    world.put_provider_recording(&recording, held);
    world.set_plan(Plan::none().at(1, fault));
    let (bytes, whole) = world.run(async {
        let opened = world.open(&recording).await.unwrap();
        assert_eq!(opened.announced_bytes, announces_length.then_some(40_044));
        let chunks: Vec<_> = opened.body.collect().await;
        let bytes: usize = chunks.iter().flatten().map(|chunk| chunk.len()).sum();
        (bytes, chunks.iter().all(Result::is_ok))
    });
    (bytes, whole, world.time().duration_since(World::new(1).time()).as_secs().unsigned_abs())
}

#[test]
fn a_body_breaks_off_ends_early_or_hangs() {
    for announced in [true, false] {
        assert_eq!(body_with(Fault::PartialBody(20_000), announced), (20_000, false, 0));
        assert_eq!(body_with(Fault::PartialBody(0), announced), (0, false, 0));
        assert_eq!(body_with(Fault::ShortBody(20_000), announced), (20_000, true, 0));
        assert_eq!(body_with(Fault::HangingBody(20_000), announced), (20_000, false, 30));
        assert_eq!(body_with(Fault::PartialBody(99_999), announced), (40_044, false, 0));
    }
}

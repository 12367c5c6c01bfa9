//! Audio that is gone is noted where a rule deleted it, and told everybody where none was to.

use std::time::Duration;

use jiff::Timestamp;
use recordings::audio::Container;
use recordings::fakes::{FakeObject, Plan, QueueName, Settings as WorldSettings, World, sample};
use recordings::history_line::{LineEvent, LineStyle, PinnedLine};
use recordings::ledger_entry::{Change, LedgerEntry, Retention, State, VerifiedAudio};
use recordings::messages::TransferRequest;
use recordings::object_key::{AudioKey, AudioPrefix};
use recordings::ports::DayIndex;
use recordings::recording::{Outcome as Said, RecordingRef};
use sweeper::{Expired, Job};

use crate::stage::{counts, job, job_for, settings, try_job};

const HOUR: Duration = Duration::from_secs(3_600);
const A_DAY: Duration = Duration::from_secs(86_400);
const NOTHING: Expired = Expired { audio_expired: 0, audio_missing: 0 };
const MISSING: Expired = Expired { audio_missing: 1, ..NOTHING };

/// An entry in the index and in the ledger, without audio yet.
fn received(world: &World, recording: &RecordingRef, started_at: Timestamp) -> LedgerEntry {
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let mut key = prefix.audio_key(recording, started_at, None, Container::Wav);
    if world.objects().contains_key(&key) {
        key = key.naming(recording);
    }
    let entry = LedgerEntry::received(recording.clone(), None, &sample::report(1, started_at), world.time());
    let entry = entry.apply(Change::KeyPinned(key), world.time()).unwrap();
    world.run(DayIndex::add(world, recording, started_at)).unwrap();
    world.put_entry(&entry);
    entry
}

fn line(world: &World, recording: &RecordingRef) -> PinnedLine {
    let style = LineStyle { source: "IVR".to_owned(), time_zone: jiff::tz::TimeZone::UTC };
    PinnedLine::new(&style, world.time(), recording, &LineEvent::Stored { url: "https://calls.example.com/r/t" })
}

/// A recording that began at a time and is stored now.
fn stored_late(world: &World, recording: &RecordingRef, started_at: Timestamp) -> LedgerEntry {
    let bytes = sample::wav(1, 1);
    let entry = received(world, recording, started_at);
    let key = entry.recording_storage_path.clone().unwrap();
    let object = FakeObject { bytes, recording: Some(recording.clone()), container: Container::Wav };
    let audio = VerifiedAudio {
        bytes: object.bytes.len() as u64,
        sha256: String::new(),
        crc64nvme: object.look().crc64nvme.unwrap(),
        container: Container::Wav,
        content_type: "audio/wav".to_owned(),
        duration_measured_ms: Some(1_000),
        channels: Some(1),
        findings: Vec::new(),
    };
    world.put_object(&key, object);
    let stored = entry.apply(Change::Stored { audio, line: line(world, recording) }, world.time()).unwrap();
    world.put_entry(&stored);
    stored
}

fn stored(world: &World, n: u64) -> LedgerEntry {
    stored_late(world, &sample::recording(n), world.time())
}

fn key(entry: &LedgerEntry) -> AudioKey {
    entry.recording_storage_path.clone().unwrap()
}

fn found(world: &World) -> Expired {
    job(world, Job::Reconcile).unwrap().expired
}

/// Who transfer is told of.
fn told(world: &World) -> Vec<RecordingRef> {
    let requests: Vec<TransferRequest> =
        world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let expired = requests.into_iter().filter(|request| request.report.outcome == Said::NotInBucket);
    expired.map(|request| request.recording).collect()
}

/// What retention did, as far as it got until now.
fn expire(world: &World, entry: &LedgerEntry) {
    world.remove_object(&key(entry)).unwrap();
}

#[test]
fn what_retention_deleted_is_told_once() {
    let world = World::new(1);
    let entry = stored(&world, 1);
    let mut told_after = 0;
    world.advance(366 * A_DAY);
    assert_eq!(found(&world), NOTHING, "it is still there");
    expire(&world, &entry);
    for hours in 1..=200 {
        world.advance(HOUR);
        if found(&world).audio_expired > 0 {
            told_after = hours;
            world.put_entry(&entry.apply(Change::Expired, world.time()).unwrap());
        }
    }
    assert!((24..=96).contains(&told_after), "{told_after} hours");
    assert_eq!(told(&world), [sample::recording(1)]);
}

#[test]
fn what_came_late_expires_later() {
    let world = World::new(1);
    let started_at = world.time();
    world.advance(20 * A_DAY);
    let entry = stored_late(&world, &sample::recording(1), started_at);
    let written = world.time();
    world.advance(364 * A_DAY);
    let mut expired_at = None;
    for _ in 0..40 {
        world.advance(A_DAY);
        if world.time() >= written + 366 * A_DAY && world.objects().contains_key(&key(&entry)) {
            expire(&world, &entry);
        }
        assert_eq!(found(&world).audio_missing, 0, "it was not to be kept for longer");
        if !told(&world).is_empty() && expired_at.is_none() {
            expired_at = Some(world.time());
        }
    }
    assert!(expired_at.unwrap() <= written + 366 * A_DAY + 11 * A_DAY);
}

#[test]
fn audio_that_is_gone_within_the_window_is_an_alarm_for_as_long_as_it_is_gone() {
    let world = World::new(1);
    let [entry, other] = [1, 2].map(|n| stored(&world, n));
    assert_eq!(found(&world), NOTHING);
    expire(&world, &entry);
    for _ in 0..3 {
        world.advance(HOUR);
        assert_eq!(found(&world), MISSING);
    }
    let mut figures = counts(&world, Job::Reconcile);
    figures.retain(|((name, _), _)| !name.starts_with("meter_"));
    assert_eq!(figures, [(("stored_audio_missing", Some(recordings::recording::Provider::Twilio)), 1)]);
    stored_late(&world, &other.recording, other.started_at);
    stored_late(&world, &entry.recording, entry.started_at);
    assert_eq!(found(&world), NOTHING);
    assert!(told(&world).is_empty());
}

#[test]
fn audio_that_is_gone_behind_the_window_is_met_within_a_fortnight_and_two_days() {
    let world = World::new(1);
    world.advance(50 * A_DAY);
    let entry = stored(&world, 1);
    world.advance(100 * A_DAY);
    expire(&world, &entry);
    let hours = (1..=24 * 16).find(|_| {
        world.advance(HOUR);
        found(&world) == MISSING
    });
    assert!(hours.is_some() && told(&world).is_empty());
}

#[test]
fn what_is_held_or_kept_for_longer_never_expires() {
    let world = World::new(1);
    let held = stored(&world, 1).apply(Change::HoldPlaced, world.time()).unwrap();
    let mut longer = stored(&world, 2);
    longer.retention = Retention::Important;
    [&held, &longer].into_iter().for_each(|entry| world.put_entry(entry));
    world.advance(368 * A_DAY);
    [&held, &longer].into_iter().for_each(|entry| expire(&world, entry));
    let missing: u32 = (0..30)
        .map(|_| {
            world.advance(HOUR);
            found(&world).audio_missing
        })
        .sum();
    assert_eq!((missing, told(&world).len()), (2, 0));
}

#[test]
fn what_has_no_audio_is_no_loss() {
    let world = World::new(1);
    let [waits, absent, erased] = [1, 2, 3].map(sample::recording);
    received(&world, &waits, world.time());
    let reason = "too short (16101)".to_owned();
    let absent = received(&world, &absent, world.time());
    let line = line(&world, &absent.recording);
    world.put_entry(&absent.apply(Change::FoundAbsent { reason, line }, world.time()).unwrap());
    let gone = stored_late(&world, &erased, world.time());
    expire(&world, &gone);
    world.put_entry(&gone.apply(Change::Erased, world.time()).unwrap());
    world.run(DayIndex::add(&world, &sample::recording(4), world.time())).unwrap();
    assert_eq!(found(&world), NOTHING);
    assert_eq!(world.entry(&erased).unwrap().state(), State::Erased);
}

#[test]
fn one_of_two_recordings_of_a_call_is_missed_too() {
    for lost in [0, 1] {
        let world = World::new(1);
        let entries = [1, 2].map(|n| stored_late(&world, &sample::recording_of("default", 1, n), world.time()));
        assert_eq!(found(&world), NOTHING);
        expire(&world, &entries[lost]);
        assert_eq!(found(&world), MISSING);
    }
}

#[test]
fn a_calm_hour_costs_its_lists() {
    let world = World::new(1);
    (1..=100).for_each(|n| drop(stored(&world, n)));
    world.advance(HOUR);
    found(&world);
    world.advance(HOUR);
    let before = world.calls().len();
    found(&world);
    let made = &world.calls()[before..];
    let of = |port: &str| made.iter().filter(|call| call.port == port).count();
    // Three days of the window and one other, of two organisations; the days that ended were looked at an hour before.
    // What is read besides is for the lines.
    assert_eq!((of("AudioList"), of("AudioLook")), (8, 0));
}

#[test]
fn a_day_of_losses_takes_several_runs_and_misses_none() {
    let settings_of_world = WorldSettings { latency: Duration::from_secs(2), page_size: 7, ..WorldSettings::default() };
    let world = World::with(settings_of_world);
    let entries: Vec<_> = (1..=150).map(|n| stored(&world, n)).collect();
    entries.iter().for_each(|entry| expire(&world, entry));
    let mut alarms = 0;
    let mut runs = 0;
    while alarms < 150 {
        runs += 1;
        assert!(runs < 40, "{alarms} of 150");
        let began = world.time();
        let run = job_for(&world, &settings(), Job::Reconcile, Duration::from_secs(240)).unwrap();
        assert!(world.time() < began + Duration::from_secs(240));
        alarms += run.expired.audio_missing;
    }
    assert!(runs > 1);
}

#[test]
fn an_entry_that_cannot_be_read_holds_up_nothing() {
    let world = World::new(1);
    let [unreadable, lost] = [1, 2].map(|n| stored(&world, n));
    [&unreadable, &lost].into_iter().for_each(|entry| expire(&world, entry));
    world.put_document(&recordings::object_key::ObjectKey::Ledger(&unreadable.recording).to_string(), "poison");
    assert_eq!(found(&world), MISSING);
}

#[test]
fn whatever_fails_each_is_told() {
    let prepare = || {
        let world = World::new(1);
        let [expired, lost] = [stored(&world, 1), {
            world.advance(366 * A_DAY);
            stored(&world, 2)
        }];
        world.advance(2 * A_DAY);
        [&expired, &lost].into_iter().for_each(|entry| expire(&world, entry));
        world
    };
    let calm = prepare();
    let before = calm.calls().len();
    try_job(&calm, Job::Reconcile);
    assert_eq!(told(&calm).len(), 1);
    for plan in Plan::each_single(&calm.calls()[before..]) {
        let world = prepare();
        world.set_plan(plan);
        let mut missing = 0;
        try_job(&world, Job::Reconcile);
        for _ in 0..2 {
            world.advance(HOUR);
            missing += job(&world, Job::Reconcile).map_or(0, |run| run.expired.audio_missing);
        }
        assert!(missing > 0, "{}", world.replay());
        assert!(told(&world).iter().all(|recording| *recording == sample::recording(1)), "{}", world.replay());
        assert!(!told(&world).is_empty(), "{}", world.replay());
    }
}

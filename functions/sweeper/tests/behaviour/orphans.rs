//! Audio that no entry knows is adopted or moved aside, each once, nothing young is touched, and a run costs what its
//! days cost.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::audio::Container;
use recordings::fakes::{Effect, FakeObject, Fault, Plan, QueueName, Settings as WorldSettings, Where, World, sample};
use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::{AudioKey, AudioPrefix, utc_day};
use recordings::ports::{AudioObject, AudioStore, DayIndex, ErrorKind};
use recordings::recording::{Organisation, Outcome as Said, RecordingRef};
use sweeper::config::Settings;
use sweeper::{Job, Orphaned};

use crate::stage::{counts, job, job_for, job_twice_at_once, settings, try_job};

const A_DAY: Duration = Duration::from_secs(86_400);
/// Until a day is the newest of those that are old enough.
const OLD: Duration = Duration::from_secs(8 * 86_400);

fn prefix() -> AudioPrefix {
    AudioPrefix::parse("recordings/").unwrap()
}

fn key(recording: &RecordingRef, started_at: Timestamp) -> AudioKey {
    prefix().audio_key(recording, started_at, Some(&sample::job_number(7)), Container::Wav)
}

fn audio(n: u64, recording: Option<&RecordingRef>) -> FakeObject {
    FakeObject { bytes: sample::wav(1, n), recording: recording.cloned(), container: Container::Wav }
}

/// Puts the nth recording's audio there, named or not, without an entry.
fn orphan(world: &World, n: u64, is_named: bool) -> AudioKey {
    let recording = sample::recording(n);
    let key = key(&recording, world.time());
    world.put_object(&key, audio(n, is_named.then_some(&recording)));
    key
}

/// An entry with its place in the index, and its audio where it says.
fn at_home(world: &World, recording: &RecordingRef, key: AudioKey) -> LedgerEntry {
    let at = world.time();
    let received = LedgerEntry::received(recording.clone(), None, &sample::report(1, at), at);
    let entry = received.apply(Change::KeyPinned(key.clone()), at).unwrap();
    world.run(DayIndex::add(world, recording, at)).unwrap();
    world.put_entry(&entry);
    world.put_object(&key, audio(1, Some(recording)));
    entry
}

fn found(world: &World) -> Orphaned {
    job(world, Job::Orphans).unwrap().orphans
}

fn asked_for(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn receipts(world: &World) -> Vec<String> {
    world.document_keys().into_iter().filter(|key| key.starts_with("receipts/")).collect()
}

fn calls(world: &World, port: &str, operation: &str) -> usize {
    world.calls().iter().filter(|call| (call.port, call.operation) == (port, operation)).count()
}

#[test]
fn audio_that_names_its_recording_is_sent_to_be_adopted_once() {
    let world = World::new(1);
    let began = world.time();
    let key = orphan(&world, 1, true);
    world.advance(OLD - A_DAY);
    assert_eq!(found(&world), Orphaned::default(), "it is not old enough");
    world.advance(A_DAY);
    assert_eq!(found(&world), Orphaned { orphans_adopted: 1, ..Orphaned::default() });
    let [request] = &asked_for(&world)[..] else { panic!("one request") };
    assert_eq!((&request.recording, request.origin), (&sample::recording(1), Origin::Bucket));
    assert_eq!(request.report.outcome, Said::InBucket { key: key.clone() });
    assert_eq!((request.report.started_at, &request.job_number), (Some(began), &Some(sample::job_number(7))));
    assert!(world.objects().contains_key(&key) && receipts(&world).is_empty());
    world.advance(A_DAY);
    assert_eq!(found(&world), Orphaned::default(), "it is on its way");
}

#[test]
fn audio_that_names_nobody_is_moved_aside_with_a_receipt() {
    let world = World::new(1);
    let key = orphan(&world, 1, false);
    world.advance(OLD);
    assert_eq!(found(&world), Orphaned { orphans_moved: 1, ..Orphaned::default() });
    assert_eq!((world.objects().len(), world.orphans().get(&key)), (0, Some(&audio(1, None))));
    let [receipt] = &receipts(&world)[..] else { panic!("one receipt") };
    let receipt = world.document(receipt).unwrap();
    assert!(receipt.contains("orphaned") && !receipt.contains("JOB7"), "{receipt}");
    assert!(asked_for(&world).is_empty());
}

#[test]
fn what_has_an_entry_stays_whatever_the_entry_says() {
    let world = World::new(1);
    let [home, leftover, elsewhere] = [1, 2, 3].map(sample::recording);
    let now = world.time();
    at_home(&world, &home, key(&home, now));
    let pinned = at_home(&world, &leftover, key(&leftover, now).naming(&leftover)).recording_storage_path.unwrap();
    world.put_object(&key(&leftover, now), audio(2, Some(&leftover)));
    // The index names another day, and the entry this key.
    at_home(&world, &elsewhere, key(&elsewhere, now - SignedDuration::from_hours(48)));
    // It should be gone, and a person has to know.
    let erased =
        at_home(&world, &sample::recording(4), key(&sample::recording(4), now - SignedDuration::from_hours(48)));
    world.put_entry(&erased.apply(Change::Erased, now).unwrap());
    let before = world.objects();
    world.advance(OLD);
    let unclaimed: u32 = (0..30)
        .map(|_| {
            world.advance(A_DAY);
            found(&world).audio_unclaimed
        })
        .sum();
    assert!(unclaimed >= 2, "{unclaimed}");
    assert_eq!(world.objects(), before);
    assert!(before.contains_key(&pinned) && asked_for(&world).is_empty() && receipts(&world).is_empty());
}

#[test]
fn audio_under_another_recordings_key_is_moved_aside() {
    for stranger in [sample::recording(2), sample::recording_of("acme", 1, 1)] {
        let world = World::new(1);
        let key = key(&sample::recording(1), world.time());
        world.put_object(&key, audio(1, Some(&stranger)));
        world.advance(OLD);
        assert_eq!(found(&world).orphans_moved, 1, "no transfer of that recording would look for it here");
        assert!(world.orphans().contains_key(&key));
    }
}

#[test]
fn what_was_written_late_is_left_alone_until_it_is_old_and_then_met_on_the_round() {
    let world = World::new(1);
    let day = world.time();
    let recording = sample::recording(1);
    world.advance(30 * A_DAY);
    world.put_object(&key(&recording, day), audio(1, Some(&recording)));
    let written = world.time();
    while asked_for(&world).is_empty() {
        assert!(world.time() < written + 35 * A_DAY, "a year's round takes four weeks");
        world.advance(A_DAY);
        found(&world);
    }
    assert!(world.time() >= written + 7 * A_DAY);
    let started_at = asked_for(&world)[0].report.started_at.unwrap();
    assert_eq!(utc_day(started_at), utc_day(day), "the day of the key is the day of the entry");
}

#[test]
fn other_organisations_have_their_own_folders() {
    let world = World::new(1);
    let recording = sample::recording_of("acme", 5, 5);
    world.put_object(&key(&recording, world.time()), audio(1, Some(&recording)));
    world.advance(OLD);
    assert_eq!(found(&world).orphans_adopted, 1);
    assert_eq!(asked_for(&world)[0].recording, recording);
}

#[test]
fn days_that_a_run_missed_are_made_up_for() {
    let world = World::new(1);
    world.advance(OLD);
    found(&world);
    let forgotten = world.time() - SignedDuration::from_hours(7 * 24);
    for n in 1..=3 {
        let recording = sample::recording(n);
        let on_its_day = forgotten + SignedDuration::from_hours(24 * n as i64);
        world.put_object(&key(&recording, on_its_day), audio(n, Some(&recording)));
    }
    world.advance(12 * A_DAY);
    assert_eq!(found(&world).orphans_adopted, 3);
}

#[test]
fn a_run_lists_its_days_and_looks_at_what_they_do_not_explain() {
    let world = World::new(1);
    for n in 1..=200 {
        let recording = sample::recording(n);
        at_home(&world, &recording, key(&recording, world.time()));
    }
    orphan(&world, 300, true);
    world.advance(OLD);
    let before = world.calls().len();
    found(&world);
    let made = &world.calls()[before..];
    let of = |port: &str| made.iter().filter(|call| call.port == port).count();
    // One day that is due and fourteen others, for two organisations each; the day with the orphan is listed again.
    assert_eq!((of("AudioList"), of("DayIndexList")), (31, 30));
    assert_eq!((of("AudioLook"), of("LedgerRead"), of("TransferQueue")), (1, 1, 1));
}

#[test]
fn many_orphans_take_several_runs_and_each_is_met_once() {
    let world =
        World::with(WorldSettings { latency: Duration::from_secs(2), page_size: 10, ..WorldSettings::default() });
    for n in 1..=150 {
        orphan(&world, n, true);
    }
    world.advance(OLD);
    let mut runs = 0;
    while asked_for(&world).len() < 150 {
        runs += 1;
        assert!(runs < 20, "{} of 150", asked_for(&world).len());
        let began = world.time();
        job_for(&world, &settings(), Job::Orphans, Duration::from_secs(240)).unwrap();
        assert!(world.time() < began + Duration::from_secs(240));
    }
    assert!(runs > 1);
    assert_eq!(asked_for(&world).len(), 150);
}

#[test]
fn what_cannot_be_moved_holds_up_nothing() {
    for (kind, code) in [(ErrorKind::Invalid, "too large"), (ErrorKind::Refused, "a key")] {
        let world = World::new(1);
        let stuck = orphan(&world, 1, false);
        orphan(&world, 2, false);
        world.advance(OLD);
        let copying = Where::ports(&["Orphans"]).operation("copy_aside").key(stuck.as_str());
        world.set_plan(Plan::none().always(copying, Fault::ErrorBefore(kind)));
        assert_eq!(found(&world), Orphaned { orphans_moved: 1, orphans_left: 1, ..Orphaned::default() }, "{code}");
        assert!(world.objects().contains_key(&stuck));
    }
}

#[test]
fn what_lies_aside_already_is_never_overwritten() {
    let world = World::new(1);
    let key = orphan(&world, 1, false);
    world.advance(OLD);
    found(&world);
    world.put_object(&key, audio(2, None));
    world.advance(OLD);
    while found(&world).orphans_left == 0 {
        world.advance(A_DAY);
    }
    assert_eq!((world.objects()[&key].clone(), world.orphans()[&key].clone()), (audio(2, None), audio(1, None)));
}

#[test]
fn whatever_fails_each_orphan_is_retired_once() {
    let prepare = || {
        let world = World::new(1);
        let keys = (orphan(&world, 1, true), orphan(&world, 2, false));
        world.advance(OLD);
        (world, keys)
    };
    let (calm, _) = prepare();
    let before = calm.calls().len();
    try_job(&calm, Job::Orphans);
    for plan in Plan::each_single(&calm.calls()[before..]) {
        let (world, (named, nameless)) = prepare();
        world.set_plan(plan);
        for _ in 0..32 {
            try_job(&world, Job::Orphans);
            world.advance(A_DAY);
        }
        let replay = world.replay();
        let asked = asked_for(&world);
        assert!(!asked.is_empty(), "{replay}");
        assert!(asked.iter().all(|request| request.recording == sample::recording(1)), "{replay}");
        assert_eq!(world.objects().keys().collect::<Vec<_>>(), [&named], "{replay}");
        assert_eq!(world.orphans().keys().collect::<Vec<_>>(), [&nameless], "{replay}");
        assert_eq!(receipts(&world).len(), 1, "{replay}: {:?}", receipts(&world));
    }
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let world = World::new(1);
    let named = orphan(&world, 1, true);
    (2..=9).for_each(|n| drop(orphan(&world, n, false)));
    world.advance(OLD);
    for run in job_twice_at_once(&world, Job::Orphans) {
        run.unwrap();
    }
    assert_eq!((world.objects().len(), world.orphans().len(), receipts(&world).len()), (1, 8, 8));
    assert!(world.objects().contains_key(&named));
}

#[test]
fn what_is_written_anew_while_it_is_moved_aside_stays() {
    let world = World::new(1);
    let key = orphan(&world, 1, false);
    world.advance(OLD);
    let late = Fault::LandsLate(Duration::from_secs(180));
    world.set_plan(Plan::none().nth(1, Where::ports(&["Orphans"]).operation("remove"), late));
    job(&world, Job::Orphans).unwrap_err();
    world.put_object(&key, audio(2, Some(&sample::recording(1))));
    world.advance(Duration::from_secs(300));
    assert_eq!(world.objects()[&key], audio(2, Some(&sample::recording(1))));
}

#[test]
fn uploads_that_were_left_behind_are_aborted_and_young_ones_are_not() {
    let world = World::with(WorldSettings { page_size: 2, ..WorldSettings::default() });
    let begin = |n: u64| {
        let recording = sample::recording(n);
        let object = AudioObject { key: key(&recording, world.time()), recording, container: Container::Wav };
        world.run(AudioStore::begin(&world, &object)).unwrap()
    };
    (1..=5).for_each(|n| drop(begin(n)));
    world.advance(A_DAY);
    let young = begin(6);
    assert_eq!(found(&world).uploads_aborted, 5);
    assert_eq!(world.open_uploads(), [young]);
    assert_eq!(found(&world).uploads_aborted, 0);
    let quick = Settings { orphan_after: Duration::from_millis(1), ..settings() };
    world.advance(Duration::from_secs(1));
    let run = job_for(&world, &quick, Job::Orphans, Duration::from_secs(240)).unwrap();
    assert_eq!((run.orphans.uploads_aborted, world.open_uploads().len()), (1, 0));
}

#[test]
fn orphans_are_counted() {
    let world = World::new(1);
    orphan(&world, 1, true);
    orphan(&world, 2, false);
    world.advance(OLD);
    let counted = counts(&world, Job::Orphans);
    assert_eq!(counted, [(("orphans", Some(recordings::recording::Provider::Twilio)), 2)]);
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    world.set_plan(Plan::none().always(Where::ports(&["UploadList", "Cursors"]), down));
    assert_eq!(counts(&world, Job::Orphans), [(("sweep_failed", None), 2)]);
}

#[test]
fn a_stranger_among_the_audio_is_left_alone() {
    let world = World::new(1);
    let folder = prefix().folder(&Organisation::default_organisation(), utc_day(world.time()));
    let odd: AudioKey = serde_json::from_value(serde_json::json!(format!("{folder}notes.txt"))).unwrap();
    world.put_object(&odd, audio(1, None));
    world.advance(OLD);
    assert_eq!(found(&world), Orphaned::default());
    assert!(world.objects().contains_key(&odd));
    let removed = |entry: &recordings::fakes::Entry| matches!(entry.effect, Effect::AudioRemoved { .. });
    assert!(!world.journal().iter().any(removed) && calls(&world, "Orphans", "remove") == 0);
}

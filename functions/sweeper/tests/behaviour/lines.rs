//! Lines that were written are looked for again, economically; what is gone is told to whom may write.

use std::time::Duration;

use jiff::SignedDuration;
use recordings::audio::Container;
use recordings::fakes::{FakeObject, Fault, Plan, QueueName, Settings as WorldSettings, Where, World, sample};
use recordings::history_line::{LineEvent, LineStyle, PinnedLine};
use recordings::ledger_entry::{Change, LedgerEntry, SettledAs, VerifiedAudio};
use recordings::messages::HistoryRequest;
use recordings::object_key::{AudioPrefix, ObjectKey};
use recordings::ports::{DayIndex, ErrorKind};
use recordings::recording::RecordingRef;
use sweeper::{Job, Lines};

use crate::stage::{job, job_for, job_twice_at_once, settings, try_job};

/// A recording that started a minute ago, whose line is in its job's history.
fn written(world: &World, n: u64, job: u64) -> RecordingRef {
    let recording = sample::recording(n);
    let line = put_entry(world, &recording, job);
    if !world.jobs(&recording.organisation).iter().any(|held| held.id == sample::job_record_id(job)) {
        world.put_job(&recording.organisation, sample::job(job, &[]));
    }
    world.edit_history(&recording.organisation, &sample::job_record_id(job), |history| {
        history.push_str(&line);
        history.push('\n');
    });
    recording
}

/// The same, of which the job says nothing.
fn gone(world: &World, n: u64) -> RecordingRef {
    let recording = written(world, n, n);
    world.edit_history(&recording.organisation, &sample::job_record_id(n), String::clear);
    recording
}

fn put_entry(world: &World, recording: &RecordingRef, job: u64) -> String {
    let now = world.time();
    let started_at = now - SignedDuration::from_mins(1);
    let style = LineStyle { source: "IVR".to_owned(), time_zone: jiff::tz::TimeZone::UTC };
    let url = format!("https://calls.example.com/r/{}", recording.recording_id);
    let line = PinnedLine::new(&style, now, recording, &LineEvent::Stored { url: &url });
    let key = AudioPrefix::parse("recordings/").unwrap().audio_key(recording, now, None, Container::Wav);
    let bytes = sample::wav(0, 1);
    let audio = VerifiedAudio {
        bytes: 4_000,
        sha256: "00".repeat(32),
        crc64nvme: "AAAAAAAAAAA=".to_owned(),
        container: Container::Mp3,
        content_type: "audio/mpeg".to_owned(),
        duration_measured_ms: Some(1_000),
        channels: Some(1),
        findings: Vec::new(),
    };
    world.put_object(&key, FakeObject { bytes, recording: Some(recording.clone()), container: Container::Wav });
    let changes = [
        Change::KeyPinned(key),
        Change::Stored { audio, line: line.clone() },
        Change::LinesConfirmed { texts: vec![line.text.clone()], job_record_id: sample::job_record_id(job) },
        Change::Settled(SettledAs::ProviderCopyDeleted),
    ];
    let received =
        LedgerEntry::received(recording.clone(), Some(sample::job_number(job)), &sample::report(12, started_at), now);
    let entry = changes.into_iter().fold(received, |entry, change| entry.apply(change, now).unwrap());
    world.put_entry(&entry);
    world.run(DayIndex::add(world, recording, started_at)).unwrap();
    line.text
}

fn reconcile(world: &World) -> Lines {
    job(world, Job::Reconcile).unwrap().lines
}

fn pass_hours(world: &World, hours: u64) {
    world.advance(Duration::from_secs(hours * 3_600));
}

fn told(world: &World) -> Vec<HistoryRequest> {
    world.bodies(QueueName::History).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

/// How often a method was called by the sweeper's look at lines. Its sisters read the ledger, too.
fn called(world: &World, port: &str, operation: &str) -> usize {
    world.calls().iter().filter(|call| (call.port, call.operation) == (port, operation)).count()
}

#[test]
fn what_is_gone_is_told_in_its_jobs_group_and_what_is_there_is_not() {
    let world = World::new(1);
    written(&world, 1, 1);
    let missed = gone(&world, 2);
    let outcome = reconcile(&world);
    assert_eq!(outcome, Lines { lines_verified: 2, lines_missed: 1, ..Lines::default() });
    let told = world.receive_history(10);
    let request: HistoryRequest = told[0].request().unwrap();
    assert_eq!((told.len(), &request.recording, request.repair), (1, &missed, true));
    assert_eq!(told[0].group.as_deref(), Some(request.group(&sample::airtable_base()).as_str()));
    assert_eq!(request.job_number, Some(sample::job_number(2)));
}

#[test]
fn a_line_is_read_back_once_when_it_had_time_to_be_undone_and_once_a_day_after_that() {
    const RECORDINGS: u64 = 100;
    let world = World::new(1);
    reconcile(&world);
    pass_hours(&world, 1);
    (1..=RECORDINGS).for_each(|n| drop(written(&world, n, n)));
    let (gets, finds) = (called(&world, "LedgerRead", "get"), called(&world, "Jobs", "find"));
    let mut verified = Vec::new();
    for hour in 1..=5 * 24 {
        pass_hours(&world, 1);
        let outcome = reconcile(&world);
        if outcome.lines_verified > 0 {
            verified.push((hour, outcome.lines_verified));
        }
    }
    assert_eq!(verified, [(1, 100), (24, 100), (48, 100)]);
    // The recordings of 25 jobs a request, three times: 0.12 requests a recording.
    assert_eq!(called(&world, "Jobs", "find") - finds, 12);
    // An entry is read by each pass within three hours after the recording's start, and each day.
    assert_eq!(called(&world, "LedgerRead", "get") - gets, 100 * (2 + 2));
    assert_eq!(told(&world), []);
}

#[test]
fn a_line_that_was_confirmed_shortly_before_a_pass_is_looked_for_in_the_next_one_too() {
    let world = World::new(1);
    let recording = written(&world, 1, 1);
    world.advance(Duration::from_secs(60));
    assert_eq!(reconcile(&world).lines_verified, 1);
    world.edit_history(&recording.organisation, &sample::job_record_id(1), String::clear);
    pass_hours(&world, 1);
    assert_eq!(reconcile(&world).lines_missed, 1);
}

#[test]
fn hours_without_a_pass_are_made_up_for() {
    for hours in [2, 7, 23] {
        let world = World::new(1);
        reconcile(&world);
        pass_hours(&world, 1);
        gone(&world, 1);
        pass_hours(&world, hours);
        assert_eq!(reconcile(&world).lines_missed, 1, "{hours}");
    }
}

#[test]
fn a_base_that_is_asked_too_often_is_left_alone_and_the_next_run_goes_on() {
    for kind in [ErrorKind::Throttled { retry_after: None }, ErrorKind::QuotaExhausted] {
        let world = World::new(1);
        (1..=60).for_each(|n| drop(written(&world, n, n)));
        gone(&world, 61);
        world.advance(Duration::from_secs(1_200));
        world.set_plan(Plan::none().nth(2, Where::airtable(), Fault::ErrorBefore(kind)));
        assert_eq!(reconcile(&world).lines_verified, 25, "{kind}");
        assert_eq!(called(&world, "Jobs", "find"), 2, "{kind}: nobody asks again");
        pass_hours(&world, 1);
        let outcome = reconcile(&world);
        assert_eq!((outcome.lines_verified, outcome.lines_missed), (36, 1), "{kind}");
    }
}

#[test]
fn a_request_a_second_is_all_that_the_base_sees() {
    let world = World::with(WorldSettings { airtable_limit: true, ..WorldSettings::default() });
    (1..=200).for_each(|n| drop(written(&world, n, n)));
    let start = world.time();
    assert_eq!(reconcile(&world).lines_verified, 200);
    let finds: Vec<_> = world.calls().into_iter().filter(|call| call.port == "Jobs").map(|call| call.at).collect();
    assert_eq!(finds.len(), 8);
    assert!(finds.windows(2).all(|two| two[1].duration_since(two[0]) >= SignedDuration::from_secs(1)), "{finds:?}");
    assert_eq!(world.time().duration_since(start).as_secs(), 7, "it waits for nothing behind the last");
}

#[test]
fn a_run_whose_time_is_up_leaves_the_rest_to_the_next_and_nothing_out() {
    for page_size in [1, 3, 1_000] {
        let world = World::with(WorldSettings { page_size, ..WorldSettings::default() });
        (1..=100).for_each(|n| drop(written(&world, n, n)));
        (101..=102).for_each(|n| drop(gone(&world, n)));
        world.advance(Duration::from_secs(1_200));
        // Time for two requests a second apart, and what the runtime needs at the end.
        let time = Duration::from_millis(16_500);
        let run = || job_for(&world, &settings(), Job::Reconcile, time).unwrap().lines.lines_verified;
        assert_eq!([run(), run(), run()], [50, 50, 2], "{page_size}");
        assert_eq!(told(&world).len(), 2, "{page_size}");
    }
}

#[test]
fn many_entries_that_need_nothing_do_not_keep_a_short_run_from_getting_on() {
    let world = World::with(WorldSettings { latency: Duration::from_millis(200), ..WorldSettings::default() });
    (1..=600).for_each(|n| drop(put_entry(&world, &sample::recording(n), n)));
    // Confirmed before the last pass, they are read and not looked for.
    let before = (world.time() + Duration::from_secs(3_000)).to_string();
    let place = format!(r#"{{"default":{{"verified_until":"{before}"}}}}"#);
    world.put_document(&ObjectKey::Cursor("lines").to_string(), &serde_json::to_string(&Some(place)).unwrap());
    pass_hours(&world, 1);
    let at_cursor = || world.document(&ObjectKey::Cursor("lines").to_string()).unwrap();
    let mut runs = 0;
    while at_cursor().contains(&before) && runs < 20 {
        job_for(&world, &settings(), Job::Reconcile, Duration::from_secs(50)).unwrap();
        runs += 1;
    }
    assert!((2..20).contains(&runs), "{runs} runs");
    assert_eq!(called(&world, "Jobs", "find"), 0);
}

#[test]
fn two_runs_at_once_tell_it_once() {
    let world = World::new(1);
    (1..=30).for_each(|n| drop(gone(&world, n)));
    for outcome in job_twice_at_once(&world, Job::Reconcile) {
        outcome.unwrap();
    }
    assert_eq!(told(&world).len(), 30, "the queue drops what it has heard");
}

#[test]
fn an_entry_or_a_job_that_nobody_can_read_holds_up_no_other() {
    let world = World::new(1);
    written(&world, 1, 1);
    world.put_document(&ObjectKey::Ledger(&sample::recording(1)).to_string(), "no entry");
    (2..=9).for_each(|n| drop(gone(&world, n)));
    // Whatever names the fifth job makes no sense.
    world.set_plan(Plan::none().nth(1, Where::airtable(), Fault::ErrorBefore(ErrorKind::Invalid)));
    assert_eq!(reconcile(&world).lines_missed, 8);
    let world = World::new(1);
    (1..=3).for_each(|n| drop(gone(&world, n)));
    world.set_plan(Plan::none().always(Where::airtable(), Fault::ErrorBefore(ErrorKind::Invalid)));
    assert_eq!(reconcile(&world), Lines::default());
    assert_eq!(called(&world, "Jobs", "find"), 5, "all, halves, and each alone");
}

#[test]
fn one_organisation_that_is_refused_keeps_no_other_waiting() {
    let world = World::new(1);
    gone(&world, 1);
    let acme = sample::recording_of("acme", 2, 2);
    put_entry(&world, &acme, 2);
    world.put_job(&acme.organisation, sample::job(2, &[]));
    for refused in ["acme", "default"] {
        world.set_plan(Plan::none().always(Where::airtable().key(refused), Fault::ErrorBefore(ErrorKind::Refused)));
        assert_eq!(job(&world, Job::Reconcile).unwrap_err().kind, ErrorKind::Refused);
    }
    let told: Vec<_> = told(&world).into_iter().map(|request| request.recording).collect();
    assert_eq!(told, [sample::recording(1), acme]);
}

#[test]
fn a_base_that_wants_to_be_left_alone_keeps_no_other_bases_lines_waiting() {
    let kinds = [ErrorKind::Throttled { retry_after: None }, ErrorKind::QuotaExhausted];
    for kind in kinds {
        let world = World::new(1);
        let theirs = Some(sample::AIRTABLE_BASE_OF_ACME);
        world.set_secrets(sample::secrets_of(&[("default", None), ("acme", theirs), ("bolt", theirs)]));
        gone(&world, 1);
        for (organisation, n) in [("acme", 2), ("bolt", 3)] {
            let recording = sample::recording_of(organisation, n, n);
            put_entry(&world, &recording, n);
            world.put_job(&recording.organisation, sample::job(n, &[]));
        }
        world.set_plan(Plan::none().always(Where::airtable().key("acme"), Fault::ErrorBefore(kind)));
        job(&world, Job::Reconcile).unwrap();
        let told: Vec<_> = told(&world).into_iter().map(|request| request.recording).collect();
        assert_eq!(told, [sample::recording(1)], "{kind:?}");
        assert_eq!(called(&world, "Jobs", "find"), 2, "{kind:?}: who shares the base leaves it alone, too");
    }
}

#[test]
fn an_organisation_whose_pass_takes_longer_than_a_run_leaves_the_others_their_share() {
    let world = World::with(WorldSettings { latency: Duration::from_secs(1), ..WorldSettings::default() });
    for n in 1..=600 {
        let recording = sample::recording_of("acme", n, n);
        put_entry(&world, &recording, n);
        world.put_job(&recording.organisation, sample::job(n, &[]));
    }
    let ours = gone(&world, 1);
    job(&world, Job::Reconcile).unwrap();
    assert!(told(&world).iter().any(|request| request.recording == ours), "{:?}", told(&world).len());
}

#[test]
fn a_cursor_that_makes_no_sense_is_one_that_is_not_there() {
    for cursor in ["", "{}", "open/default", r#"{"default":{"verified_until":7}}"#] {
        let world = World::new(1);
        gone(&world, 1);
        let kept = serde_json::to_string(&Some(cursor)).unwrap();
        world.put_document(&ObjectKey::Cursor("lines").to_string(), &kept);
        assert_eq!(reconcile(&world).lines_missed, 1, "{cursor}");
    }
}

#[test]
fn whatever_fails_in_a_run_the_next_ones_tell_of_each_missing_line() {
    let prepare = || {
        let world = World::new(1);
        let missed = [gone(&world, 1), gone(&world, 2)];
        written(&world, 3, 3);
        (world, missed)
    };
    let (calm, _) = prepare();
    reconcile(&calm);
    for plan in Plan::each_single(&calm.calls()[1..]) {
        let (world, missed) = prepare();
        world.set_plan(plan);
        for _ in 0..26 {
            try_job(&world, Job::Reconcile);
            pass_hours(&world, 1);
        }
        let told: std::collections::BTreeSet<_> = told(&world).into_iter().map(|request| request.recording).collect();
        assert_eq!(told, missed.into(), "{}", world.replay());
    }
}

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::audio::{Container, Probe, crc64nvme};
use crate::fakes::{
    AtProvider, Effect, FakeObject, Fault, Plan, ProviderRecording, REQUESTS_PER_SECOND, Settings, THROTTLE_PENALTY,
    Where, World, sample,
};
use crate::ledger_entry::LedgerEntry;
use crate::object_key::AudioPrefix;
use crate::ports::{
    AudioObject, AudioSource, AudioStore, ErrorKind, FetchError, HistoryUpdate, JobFind, JobKey, Jobs, ListCursor,
    ListedRecording, ProviderCopies, ProviderList, Put, RecordingList, SecretSource, Standing,
};

#[test]
fn a_recording_is_served_from_when_it_is_ready() {
    let world = World::new(1);
    let recording = sample::recording(1);
    let ready_at = world.time() + SignedDuration::from_mins(2);
    world.put_provider_recording(
        &recording,
        ProviderRecording { ready_at, ..ProviderRecording::completed(sample::wav(1, 1)) },
    );
    assert!(matches!(world.run(world.open(&recording)), Err(FetchError::NotReady(_))));
    assert_eq!(world.run(ProviderCopies::delete(&world, &recording)).unwrap_err().kind, ErrorKind::Invalid);
    world.advance_to(ready_at);
    assert!(world.run(world.open(&recording)).is_ok());
}

#[test]
fn what_was_never_completed_is_gone_and_cannot_be_deleted() {
    let world = World::new(1);
    let recording = sample::recording(1);
    let absent = ProviderRecording { state: AtProvider::Absent, ..ProviderRecording::completed("") };
    world.put_provider_recording(&recording, absent);
    assert!(matches!(world.run(world.open(&recording)), Err(FetchError::Gone(_))));
    assert!(world.run(ProviderCopies::delete(&world, &recording)).is_err());
    assert!(!world.provider_has(&recording));
}

#[test]
fn a_list_tells_what_there_is_now_and_when_it_was_made() {
    let world = World::new(1);
    let (before, list) = (world.time(), sample::list_of("default", Timestamp::MIN..Timestamp::MAX));
    world.put_provider_recording(&sample::recording(1), ProviderRecording::completed(sample::wav(3, 1)));
    world.advance(Duration::from_secs(60));
    let ready_at = world.time() + SignedDuration::from_mins(2);
    let later = ProviderRecording { ready_at, ..ProviderRecording::completed("no audio") };
    world.put_provider_recording(&sample::recording(2), later);
    let listed = || {
        let page = world.run(ProviderList::page(&world, &ListCursor::start(list.clone()))).unwrap();
        let told = |listed: ListedRecording| (listed.created_at, listed.standing, listed.duration_seconds);
        page.recordings.into_iter().map(told).collect::<Vec<_>>()
    };
    let (first, second) = (before, before + SignedDuration::from_mins(1));
    assert_eq!(listed(), [(second, Standing::Unfinished, None), (first, Standing::Completed, Some(3))], "newest first");
    world.advance_to(ready_at);
    world.run(ProviderCopies::delete(&world, &sample::recording(1))).unwrap();
    assert_eq!(listed(), [(second, Standing::Completed, None), (first, Standing::Deleted, Some(3))]);
}

#[test]
fn a_list_goes_on_from_page_to_page_and_a_recording_that_is_put_anew_moves_in_it() {
    let world = World::with(Settings { page_size: 2, ..Settings::default() });
    let made = |number: u64, minutes: i64| {
        let created_at = Some(world.time() + SignedDuration::from_mins(minutes));
        let held = ProviderRecording { created_at, ..ProviderRecording::completed("no audio") };
        world.put_provider_recording(&sample::recording(number), held);
    };
    (1..=5).for_each(|number| made(number, number as i64));
    made(1, 6);
    let pages = |list: RecordingList| {
        let (mut pages, mut place) = (Vec::new(), Some(ListCursor::start(list)));
        while let Some(at) = place {
            let page = world.run(ProviderList::page(&world, &at)).unwrap();
            pages.push(page.recordings.into_iter().map(|listed| listed.recording).collect::<Vec<_>>());
            place = page.next;
        }
        pages
    };
    let recordings = |numbers: &[u64]| numbers.iter().copied().map(sample::recording).collect::<Vec<_>>();
    let all = sample::list_of("default", Timestamp::MIN..Timestamp::MAX);
    assert_eq!(pages(all), [recordings(&[1, 5]), recordings(&[4, 3]), recordings(&[2])]);
    // Its pages are those of all that there is.
    let old = sample::list_of("default", Timestamp::MIN..world.time() + SignedDuration::from_mins(4));
    assert_eq!(pages(old), [recordings(&[]), recordings(&[3]), recordings(&[2])]);
    assert_eq!(pages(RecordingList::OfCall(sample::recording(1).call())), [recordings(&[1])]);
}

#[test]
fn a_world_that_is_not_to_remember_does_all_the_same() {
    let world = World::with(Settings { remembers: false, ..Settings::default() });
    world.put_provider_recording(&sample::recording(1), ProviderRecording::completed("audio"));
    world.set_plan(Plan::none().nth(1, Where::providers(), Fault::ErrorBefore(ErrorKind::Unavailable)));
    let deleted = || world.run(ProviderCopies::delete(&world, &sample::recording(1)));
    assert!(deleted().is_err() && deleted().is_ok());
    assert!(!world.provider_has(&sample::recording(1)));
    assert!(world.calls().is_empty() && world.journal().is_empty());
}

#[test]
fn a_list_can_fail_like_every_outside_call() {
    let world = World::new(1);
    let cursor = ListCursor::start(sample::list_of("default", Timestamp::MIN..Timestamp::MAX));
    let unavailable = Fault::ErrorBefore(ErrorKind::Unavailable);
    world.set_plan(Plan::none().nth(1, Where::providers().operation("page"), unavailable));
    assert_eq!(world.run(ProviderList::page(&world, &cursor)).unwrap_err().kind, ErrorKind::Unavailable);
    assert!(world.run(ProviderList::page(&world, &cursor)).is_ok());
    assert!(world.calls().iter().all(|call| !call.writes && call.key.starts_with("default/twilio/")));
}

#[test]
fn a_deletion_is_journalled_with_how_things_stood() {
    let world = World::new(1);
    let recording = sample::recording(1);
    world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(1, 1)));
    let mut entry = LedgerEntry::received(recording.clone(), None, &sample::report(1, world.time()), world.time());
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let key = prefix.audio_key(&recording, world.time(), None, Container::Wav);
    entry.recording_storage_path = Some(key.clone());
    world.put_entry(&entry);
    let bytes = sample::wav(1, 1);
    let object = FakeObject { bytes, recording: Some(recording.clone()), container: Container::Wav };
    world.put_object(&key, object.clone());
    world.put_job(&sample::organisation(), sample::job(1, &[&recording]));
    world.edit_history(&sample::organisation(), &sample::job_record_id(1), |text| text.push_str("a line"));

    for _ in 0..2 {
        world.run(ProviderCopies::delete(&world, &recording)).unwrap();
    }
    let deletions: Vec<Effect> = world.journal().into_iter().map(|entry| entry.effect).collect();
    let expected = Effect::ProviderCopyDeleted {
        recording,
        entry: Some(Box::new(entry)),
        stored: Some(object.look()),
        histories: vec!["a line".to_owned()],
    };
    assert_eq!(deletions, [expected], "the second deletion deletes nothing");
}

#[test]
fn airtable_falls_silent_after_more_than_five_requests_in_a_second() {
    let world = World::with(Settings { airtable_limit: true, ..Settings::default() });
    let organisation = sample::organisation();
    let find = || world.run(world.find(&organisation, &[])).map_err(|error| error.kind);
    let throttled = Err(ErrorKind::Throttled { retry_after: Some(THROTTLE_PENALTY) });
    for _ in 0..3 {
        (0..REQUESTS_PER_SECOND).for_each(|_| assert_eq!(find(), Ok(Vec::new())));
        world.advance(Duration::from_secs(1));
    }
    (0..REQUESTS_PER_SECOND).for_each(|_| assert_eq!(find(), Ok(Vec::new())));
    assert_eq!(find(), throttled);
    world.advance(THROTTLE_PENALTY - Duration::from_millis(1));
    assert_eq!(find(), throttled);
    world.advance(Duration::from_millis(1));
    assert_eq!(find(), Ok(Vec::new()));
}

#[test]
fn one_locked_record_refuses_the_whole_update() {
    let world = World::new(1);
    let organisation = sample::organisation();
    [1, 2].iter().for_each(|n| world.put_job(&organisation, sample::job(*n, &[])));
    world.lock_job(&organisation, &sample::job_record_id(2), true);
    let update = |n, history: &str| HistoryUpdate { id: sample::job_record_id(n), history: history.to_owned() };
    let both = [update(1, "one"), update(2, "two")];
    assert_eq!(world.run(world.update(&organisation, &both)).unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(world.history(&organisation, &sample::job_record_id(1)), "");
    assert!(world.run(world.update(&organisation, &[update(1, &"x".repeat(100_001))])).is_err());
    assert!(world.run(world.update(&organisation, &[update(1, "a"), update(1, "b")])).is_err());

    world.lock_job(&organisation, &sample::job_record_id(2), false);
    assert_eq!(world.run(world.update(&organisation, &both)).unwrap(), both);
    assert_eq!(world.history(&organisation, &sample::job_record_id(2)), "two");
}

#[test]
fn two_records_may_have_one_number_and_no_organisation_sees_another() {
    let world = World::new(1);
    let (ours, theirs) = (sample::organisation(), "acme".parse().unwrap());
    for id in [1, 2] {
        let job = sample::job(1, &[]);
        world.put_job(&ours, crate::ports::JobRecord { id: sample::job_record_id(id), ..job });
    }
    let key = [JobKey::Number(sample::job_number(1))];
    assert_eq!(world.run(world.find(&ours, &key)).unwrap().len(), 2);
    assert_eq!(world.run(world.find(&theirs, &key)).unwrap(), []);
}

#[test]
fn a_write_tells_what_it_appended_and_what_it_lost() {
    let write = |before: &str, after: &str| Effect::HistoryWritten {
        job: sample::job_record_id(1),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    assert_eq!(write("a", "a\nb\nc").lines_appended(), ["b", "c"]);
    assert!(!write("a", "a\nb").lost_text());
    assert_eq!(write("a", "b").lines_appended(), Vec::<String>::new());
    assert!(write("a", "b").lost_text());
}

#[test]
fn sample_audio_is_audio_of_its_length() {
    for seconds in [1, 12] {
        let mut probe = Probe::new();
        probe.feed(&sample::wav(seconds, 3));
        let facts = probe.finish().unwrap();
        assert_eq!(facts.container, Container::Wav);
        assert_eq!(facts.duration, Some(Duration::from_secs(u64::from(seconds))));
    }
    assert_ne!(sample::wav(1, 1), sample::wav(1, 2));
}

#[test]
fn the_secrets_are_those_of_two_organisations() {
    let world = World::new(1);
    let secrets = world.run(world.current()).unwrap();
    assert!(secrets.twilio(&sample::organisation()).is_some() && secrets.airtable(&"acme".parse().unwrap()).is_some());
}

#[test]
fn an_upload_that_is_neither_completed_nor_given_up_can_be_seen() {
    let world = World::new(1);
    let recording = sample::recording(1);
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let key = prefix.audio_key(&recording, world.time(), None, Container::Wav);
    let object = AudioObject { key, recording, container: Container::Wav };
    let bytes = sample::wav(1, 1);
    let crc = crc64nvme(&bytes);
    world.run(async {
        let upload = world.begin(&object).await.unwrap();
        let parts = [world.part(&upload, 1, bytes.clone(), &crc).await.unwrap()];
        AudioStore::put(&world, &object, bytes.clone(), &crc).await.unwrap();
        let completed = world.complete(&upload, &parts, bytes.len() as u64, &crc).await.unwrap();
        assert_eq!((completed, world.open_uploads()), (Put::Occupied, vec![upload.clone()]));
        world.abort(&upload).await.unwrap();
        assert_eq!(world.open_uploads(), []);
    });
}

//! Audio that was found in the bucket gets its entry and its line, whether or not the provider still has a copy.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use recordings::audio::Container;
use recordings::fakes::{FakeObject, Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::{Change, LedgerEntry, State, Status};
use recordings::object_key::{AudioKey, AudioPrefix};
use recordings::ports::{DayIndex, ErrorKind};
use recordings::recording::RecordingRef;
use sweeper::Job;

use crate::invariants::{broken, dead_letters, tells_the_truth};
use crate::logs;
use crate::stage::{Stage, audio_of, recorded};

const HOURS: Duration = Duration::from_secs(6 * 3_600);
/// Until the day of the recording is the newest of those that are old enough.
const OLD: Duration = Duration::from_secs(8 * 86_400);

fn recording() -> RecordingRef {
    sample::recording(1)
}

fn key(at: Timestamp) -> AudioKey {
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    prefix.audio_key(&recording(), at, Some(&sample::job_number(1)), Container::Wav)
}

/// A stage whose bucket has held these bytes for long, in the recording's name.
fn with_audio(bytes: Bytes) -> Stage {
    let world = World::new(1);
    let object = FakeObject { bytes, recording: Some(recording()), container: Container::Wav };
    world.put_object(&key(world.time()), object);
    world.put_job(&sample::organisation(), sample::job(1, &[]));
    world.advance(OLD);
    Stage::new(world)
}

fn with_an_orphan() -> Stage {
    with_audio(audio_of(&recording()))
}

/// What is wrong with a recording that should have been adopted.
fn not_adopted(stage: &Stage) -> Vec<String> {
    let Some(entry) = stage.world.entry(&recording()) else { return vec!["no entry".to_owned()] };
    let objects = stage.world.objects();
    let mut wrong = dead_letters(stage);
    let mut expect = |is_right: bool, what: &str| wrong.extend((!is_right).then(|| format!("{what}: {entry:?}")));
    expect(entry.state() == State::Settled, "it is not settled");
    expect(objects.len() == 1, "there is not one object");
    let object = objects.get(entry.recording_storage_path.as_ref().unwrap());
    expect(object.is_some_and(|object| object.bytes == audio_of(&recording())), "the audio is another");
    let is_true = object.zip(entry.audio.as_ref()).is_some_and(|(object, audio)| tells_the_truth(audio, object));
    expect(is_true, "the entry does not tell what is there");
    expect(stage.lines(1) == entry.lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>(), "lines");
    expect(entry.lines.len() == 1 && entry.lines[0].text.contains(&stage.link(&recording())), "one line with the link");
    wrong
}

#[test]
fn audio_whose_entry_and_provider_are_lost_is_found_and_linked() {
    let stage = with_an_orphan();
    let records = logs::during(|| {
        stage.sweep_for(Job::Orphans);
        assert!(stage.becomes_quiet_within(HOURS));
    });
    assert_eq!(not_adopted(&stage), Vec::<String>::new());
    let entry = stage.world.entry(&recording()).unwrap();
    assert_eq!((entry.status(), entry.was_adopted()), (Status::Available, true));
    assert_eq!((entry.provider_kept_because.as_deref(), entry.audio_fetched_at), (Some("adopted"), None));
    assert_eq!(entry.recording_storage_path, Some(key(entry.started_at)));
    assert!(logs::types(&records).contains(&"recording_adopted"));
    assert_eq!((stage.called("AudioSource", "open"), stage.called("ProviderCopies", "delete")), (0, 0));
    assert_eq!(stage.called("AudioStore", "put"), 0);

    stage.world.advance(Duration::from_secs(86_400));
    stage.sweep_for(Job::Orphans);
    assert_eq!(stage.world.queued(QueueName::Transfer), 0, "it is an orphan no more");
}

#[test]
fn a_copy_that_the_provider_still_has_is_kept() {
    let stage = with_an_orphan();
    stage.world.put_provider_recording(&recording(), ProviderRecording::completed(audio_of(&recording())));
    stage.sweep_for(Job::Orphans);
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!(not_adopted(&stage), Vec::<String>::new());
    assert!(stage.world.provider_has(&recording()), "nothing was held against it");
}

#[test]
fn a_line_that_is_there_from_before_is_not_written_twice() {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &recording(), 1);
    stage.report(&request);
    assert_eq!(broken(&stage, &[recording()]), Vec::<String>::new());
    let lost: Vec<_> = stage.world.document_keys().into_iter().filter(|key| !key.starts_with("cursors/")).collect();
    lost.iter().for_each(|key| stage.world.remove_document(key));
    let before = stage.lines(1);
    stage.world.advance(OLD);
    let stage = Stage::new(stage.world);
    stage.sweep_for(Job::Orphans);
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!(stage.state(&recording()), State::Settled);
    assert_eq!(stage.lines(1), before);
}

#[test]
fn whatever_fails_once_it_is_adopted_once() {
    let calm = with_an_orphan();
    let before = calm.world.calls().len();
    calm.sweep_for(Job::Orphans);
    assert!(calm.becomes_quiet_within(HOURS));
    let plans: Vec<Plan> = Plan::each_single(&calm.world.calls()[before..]).collect();
    assert!(plans.len() > 100, "{} faults are not all", plans.len());
    for plan in plans {
        let stage = with_an_orphan();
        stage.world.set_plan(plan);
        stage.sweep_for(Job::Orphans);
        stage.becomes_quiet_within(HOURS);
        // The next night, should this one have been lost.
        stage.sweep_for(Job::Orphans);
        assert!(stage.becomes_quiet_within(HOURS), "{}", stage.world.replay());
        assert_eq!(not_adopted(&stage), Vec::<String>::new(), "{}", stage.world.replay());
    }
}

#[test]
fn a_request_that_comes_several_times_takes_effect_once() {
    let stage = with_an_orphan();
    stage.sweep_for(Job::Orphans);
    let body = stage.world.bodies(QueueName::Transfer).remove(0);
    for _ in 0..3 {
        stage.world.send_raw(QueueName::Transfer, &body);
    }
    assert!(stage.becomes_quiet_within(HOURS));
    stage.world.send_raw(QueueName::Transfer, &body);
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!(not_adopted(&stage), Vec::<String>::new());
}

#[test]
fn a_webhook_that_comes_meanwhile_and_the_adoption_end_in_one_recording() {
    for webhook_first in [true, false] {
        let stage = with_an_orphan();
        stage.sweep_for(Job::Orphans);
        let found = stage.world.bodies(QueueName::Transfer).remove(0);
        let reported = recorded(&stage.world, &recording(), 1);
        if webhook_first {
            stage.world.receive_transfer(1);
            stage.report(&reported);
            stage.world.send_raw(QueueName::Transfer, &found);
        } else {
            stage.deliver();
            stage.report(&reported);
        }
        assert!(stage.becomes_quiet_within(HOURS));
        let entry = stage.world.entry(&recording()).unwrap();
        assert_eq!((entry.state(), stage.lines(1).len()), (State::Settled, 1), "webhook first: {webhook_first}");
        assert_eq!(stage.world.provider_has(&recording()), entry.was_adopted());
    }
}

#[test]
fn what_is_no_audio_is_said_and_left_where_it_is() {
    for bytes in [Bytes::from_static(b"<html>not found</html>"), Bytes::new()] {
        let stage = with_audio(bytes);
        let records = logs::during(|| {
            stage.sweep_for(Job::Orphans);
            assert!(stage.becomes_quiet_within(HOURS));
        });
        assert!(logs::types(&records).contains(&"audio_not_adopted"));
        assert_eq!(stage.metrics.of("audio_not_adopted"), 1.0);
        assert!(stage.world.entry(&recording()).is_none() && stage.lines(1).is_empty());
        assert_eq!(stage.world.objects().len(), 1);
    }
}

#[test]
fn audio_that_is_damaged_is_kept_as_suspect() {
    let whole = audio_of(&recording());
    let stage = with_audio(whole.slice(..whole.len() - 1_000));
    stage.sweep_for(Job::Orphans);
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!((stage.state(&recording()), stage.lines(1).len()), (State::Suspect, 1));
}

#[test]
fn what_was_erased_is_not_brought_back() {
    let stage = with_an_orphan();
    stage.sweep_for(Job::Orphans);
    let at = stage.world.time();
    let entry = LedgerEntry::received(recording(), None, &sample::report(12, at), at);
    stage.world.put_entry(&entry.apply(Change::Erased, at).unwrap());
    assert!(stage.becomes_quiet_within(HOURS));
    assert_eq!((stage.state(&recording()), stage.lines(1).len()), (State::Erased, 0));
}

#[test]
fn an_entry_that_names_other_audio_keeps_it() {
    let stage = with_an_orphan();
    stage.sweep_for(Job::Orphans);
    let at = stage.world.time();
    let received = LedgerEntry::received(recording(), None, &sample::report(12, at), at);
    let entry = received.apply(Change::KeyPinned(key(at).naming(&recording())), at).unwrap();
    stage.world.run(DayIndex::add(&stage.world, &recording(), at)).unwrap();
    stage.world.put_entry(&entry);
    stage.deliver();
    assert_eq!(stage.world.entry(&recording()), Some(entry));
}

#[test]
fn an_adoption_that_ends_every_invocation_is_given_up_and_found_again() {
    let stage = with_an_orphan();
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioRead"]), Fault::Crash));
    stage.sweep_for(Job::Orphans);
    let records = logs::during(|| stage.live_for(HOURS));
    assert!(logs::types(&records).contains(&"audio_not_adopted"));
    assert!(stage.world.entry(&recording()).is_none() && dead_letters(&stage).is_empty());
    stage.world.set_plan(Plan::none());
    let mut nights = 0;
    while stage.world.entry(&recording()).is_none() {
        nights += 1;
        assert!(nights < 30, "a round takes four weeks");
        stage.world.advance(Duration::from_secs(86_400));
        stage.sweep_for(Job::Orphans);
        stage.deliver();
    }
    assert_eq!(not_adopted(&stage), Vec::<String>::new());
}

#[test]
fn an_adoption_that_dies_behind_its_first_entry_goes_on_in_the_slow_lane() {
    for fault in [Fault::Crash, Fault::ErrorBefore(ErrorKind::Unavailable)] {
        let stage = with_an_orphan();
        let noting = Where::ports(&["LedgerWrite"]).operation("replace");
        let until = stage.world.time() + Duration::from_secs(3 * 3_600);
        stage.world.set_plan(Plan::none().between(stage.world.time(), until, noting, fault));
        stage.sweep_for(Job::Orphans);
        stage.live_for(Duration::from_secs(48 * 3_600));
        let entry = stage.world.entry(&recording()).unwrap();
        assert_eq!((entry.state(), entry.was_adopted()), (State::Settled, true), "{fault}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new());
    }
}

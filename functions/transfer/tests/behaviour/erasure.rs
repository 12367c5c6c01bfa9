//! What was erased is gone, from everywhere and in every version, and nothing brings it back.

use std::time::Duration;

use recordings::audio::Container;
use recordings::fakes::{
    AtProvider, Call, Effect, FakeObject, Fault, Plan, ProviderRecording, QueueName, Where, World, sample,
};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::link::LinkTarget;
use recordings::messages::{CompletedCall, HistoryRequest, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::object_key::{AudioPrefix, ObjectKey};
use recordings::ports::{CallNotes, ErrorKind, JobRecord};
use recordings::recording::{Outcome, Parties, RecordingRef, Report};
use sweeper::Job;

use crate::stage::{Stage, audio_of, recorded, recorded_as};

const NUMBERS: [&str; 2] = ["+15551230001", "+15551230002"];
/// An erasure is over behind its second or third pass.
const PATIENCE: Duration = Duration::from_secs(2 * 3_600);

/// A recording of which everything is known, at home.
fn at_home(stage: &Stage, n: u64) -> (RecordingRef, TransferRequest) {
    let recording = sample::recording(n);
    let mut request = recorded(&stage.world, &recording, 1);
    [request.report.from, request.report.to] = NUMBERS.map(|number| Some(number.parse().unwrap()));
    stage.report(&request);
    assert_eq!(stage.state(&recording), State::Settled);
    (recording, request)
}

/// What the bucket still holds of a recording that was erased: no bytes, no numbers, no links.
#[track_caller]
fn nothing_is_left_of(stage: &Stage, recording: &RecordingRef) {
    let world = &stage.world;
    assert_eq!(world.audio_left(recording.call_id.as_str()), Vec::<String>::new());
    for word in NUMBERS.into_iter().chain(["/r/", "JOB1"]) {
        let holds = world.everything_that_holds(word);
        let of_the_call: Vec<_> = holds.iter().filter(|key| key.contains(recording.call_id.as_str())).collect();
        assert_eq!(of_the_call, Vec::<&String>::new(), "{word} is left");
    }
    assert!(!world.provider_has(recording), "the provider still has it");
    assert!(!stage.lines(1).join("\n").contains(stage.link(recording).as_str()), "a history leads to it");
    let entry = world.entry(recording).unwrap();
    assert!(entry.is_forgotten(), "{entry:?}");
}

#[test]
fn a_recording_that_is_at_home_is_erased_from_everywhere_in_every_version() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    let call = recording.call();
    for key in [ObjectKey::Transcript(&call).to_string(), ObjectKey::Waveform(&recording).to_string()] {
        stage.world.put_document(&key, "{\"said\":\"something personal\"}");
        stage.world.put_document(&key, "{\"said\":\"something else\"}");
    }
    let note = CompletedCall {
        version: MESSAGE_VERSION,
        call: call.clone(),
        job_number: None,
        completed_at: stage.world.time(),
        parties: Parties::default(),
    };
    stage.world.run(CallNotes::put(&stage.world, &note)).unwrap();
    let line = stage.lines(1).remove(0);

    stage.erase(&call);
    assert_eq!(stage.state(&recording), State::Erased, "at once");
    assert_eq!(stage.world.audio_left(call.call_id.as_str()), Vec::<String>::new(), "at once");
    assert_eq!(stage.lines(1), [line.replace(&stage.link(&recording), "erased")], "the line stays, its link does not");

    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
    assert_eq!(stage.lines(1), [line.replace(&stage.link(&recording), "erased")]);
}

#[test]
fn a_receipt_says_what_was_erased_and_when_and_nothing_of_anybody() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    let receipts: Vec<_> = stage
        .world
        .journal()
        .into_iter()
        .filter_map(|entry| match entry.effect {
            Effect::ErasureReceiptWritten(receipt) => Some(receipt),
            _ => None,
        })
        .collect();
    assert!(receipts.len() >= 2 && receipts[0].by == "user-7", "{receipts:?}");
    let last = receipts.last().unwrap();
    assert!(last.is_over && last.found.is_empty() && receipts.iter().filter(|receipt| receipt.is_over).count() == 1);
    assert!(receipts[0].bytes > audio_of(&recording).len() as u64, "the audio, and the entry's older versions");
    for receipt in &receipts {
        let json = serde_json::to_string(receipt).unwrap();
        for word in NUMBERS.into_iter().chain(["JOB1", "http", "recordings/2024"]) {
            assert!(!json.contains(word), "{word} is in {json}");
        }
    }
}

#[test]
fn what_an_entry_was_before_it_forgot_is_removed_behind_that() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    stage.report(&TransferRequest { job_number: None, ..request });
    assert!(
        !stage.world.entry(&recording).unwrap().lines.is_empty(),
        "it asks for a line, and nobody knows of which job"
    );
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
}

#[test]
fn a_second_webhook_behind_the_erasure_brings_nothing_back() {
    let stage = Stage::new(World::new(1));
    let (recording, request) = at_home(&stage, 1);
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    // Twilio has it again, however that came about.
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
    stage.report(&request);
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
}

#[test]
fn a_recording_that_nobody_knew_is_born_into_the_erasure_of_its_call() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    stage.erase(&recording.call());
    let other = RecordingRef { recording_id: sample::recording(2).recording_id, ..recording.clone() };
    let late = recorded(&stage.world, &other, 1);
    stage.report(&late);
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &other);
    let fetched = |call: &Call| call.port == "AudioSource" && call.key == other.to_string();
    assert!(!stage.world.calls().iter().any(fetched) || stage.world.objects().is_empty());
    assert_eq!(stage.lines(1).len(), 1, "and nothing is said of it");
}

#[test]
fn an_entry_whose_maker_died_before_it_looked_is_not_fetched_for() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    stage.world.put_control(&stage.world.control(&recording.call()).erased(stage.world.time(), "u").unwrap());
    let born =
        LedgerEntry::received(recording.clone(), request.job_number.clone(), &request.report, stage.world.time());
    stage.world.put_entry(&born);
    stage.report(&request);
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
    assert_eq!(stage.called("AudioSource", "open"), 0);
}

#[test]
fn audio_that_was_found_in_the_bucket_of_an_erased_call_is_removed() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    let stray = RecordingRef { recording_id: sample::recording(2).recording_id, ..recording.clone() };
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let object = FakeObject { bytes: audio_of(&stray), recording: Some(stray.clone()), container: Container::Wav };
    for is_named in [true, false] {
        // Of a day that none of the entries is of, so that the index does not explain it.
        let another_day = stage.world.time() + Duration::from_secs(48 * 3_600);
        let key = prefix.audio_key(&stray, another_day, None, Container::Wav);
        let recording = Some(stray.clone()).filter(|_| is_named);
        stage.world.put_object(&key, FakeObject { recording, ..object.clone() });
        stage.live_for(Duration::from_secs(10 * 24 * 3_600));
        stage.sweep_for(Job::Orphans);
        assert!(stage.becomes_quiet_within(PATIENCE));
        assert_eq!(stage.world.audio_left(stray.call_id.as_str()), Vec::<String>::new(), "named: {is_named}");
    }
    assert!(stage.world.orphans().is_empty());
}

#[test]
fn a_message_about_audio_in_the_bucket_does_not_adopt_what_was_erased() {
    let stage = Stage::new(World::new(1));
    let (recording, request) = at_home(&stage, 1);
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    let stray = RecordingRef { recording_id: sample::recording(2).recording_id, ..recording };
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let key = prefix.audio_key(&stray, stage.world.time(), None, Container::Wav);
    let object = FakeObject { bytes: audio_of(&stray), recording: Some(stray.clone()), container: Container::Wav };
    stage.world.put_object(&key, object);
    let report = Report { outcome: Outcome::InBucket { key }, ..request.report.clone() };
    stage.report(&TransferRequest { recording: stray.clone(), report, origin: Origin::Bucket, ..request });
    assert_eq!(stage.state(&stray), State::Erased);
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &stray);
}

#[test]
fn a_line_that_was_told_without_a_ledger_loses_its_links_too() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    let start = stage.world.time();
    let outage = start + Duration::from_secs(4 * 60);
    let plan = Plan::none().between(start, outage, Where::s3(), Fault::Hang);
    stage.world.set_plan(plan);
    stage.report(&request);
    stage.live_for(Duration::from_secs(5 * 60));
    assert!(stage.lines(1)[0].contains("pending upload"), "{:?}", stage.lines(1));
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    let lines = stage.lines(1).join("\n");
    assert!(lines.contains("URL: erased | Play: erased") && !lines.contains("http"), "{lines}");
    assert!(stage.world.entry(&recording).unwrap().is_forgotten());
}

#[test]
fn the_history_of_a_job_that_it_was_taken_for_before_loses_the_link_too() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    stage.world.put_job(&recording.organisation, sample::job(2, &[]));
    let entry = stage.world.entry(&recording).unwrap();
    stage.world.put_entry(&entry.apply(Change::JobAssigned(sample::job_number(2)), stage.world.time()).unwrap());
    stage.say_so(&recording.call());
    assert_eq!((stage.lines(1).len(), stage.lines(2).len()), (1, 1), "both have it");
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    for job in [1, 2] {
        assert!(stage.lines(job)[0].ends_with("| URL: erased"), "{:?}", stage.lines(job));
    }
    nothing_is_left_of(&stage, &recording);
}

#[test]
fn a_patch_that_lands_behind_the_one_that_took_the_links_out_does_not_bring_them_back() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    let before = stage.lines(1);
    let start = stage.world.time();
    let down = Duration::from_secs(12 * 60);
    stage.world.set_plan(Plan::none().between(start, start + down, Where::airtable(), Fault::Hang));
    stage.erase(&recording.call());
    while stage.lines(1) == before {
        stage.live_for(Duration::from_secs(60));
    }
    stage.live_for(Duration::from_secs(150));
    let older = JobRecord { history: before.join("\n"), ..sample::job(1, &[]) };
    stage.world.put_job(&recording.organisation, older);
    assert!(stage.becomes_quiet_within(PATIENCE));
    assert!(stage.lines(1)[0].ends_with("| URL: erased"), "{:?}", stage.lines(1));
    nothing_is_left_of(&stage, &recording);
}

/// Whoever learned of a history to look into died before he put the marker there, and his message is all that is left.
#[test]
fn a_history_that_only_a_message_tells_of_is_looked_at_until_it_stays_clean() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    let (world, now) = (&stage.world, stage.world.time());
    world.put_control(&world.control(&recording.call()).erased(now, "user-7").unwrap());
    world.put_entry(&world.entry(&recording).unwrap().apply(Change::Erased, now).unwrap());
    let pointer = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: recording.clone(),
        job_number: Some(sample::job_number(1)),
        received_at: now,
        entry_version: "erased".to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: false,
    };
    world.send_raw(QueueName::History, &serde_json::to_string(&pointer).unwrap());
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
}

/// Between the two looks that let a history be forgotten, a line is written that was told while there was no ledger to ask; and
/// the PATCH takes effect behind both.
#[test]
fn a_line_that_was_told_without_a_ledger_is_looked_for_from_then_on() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    let (world, told) = (&stage.world, stage.world.entry(&recording).unwrap().lines);
    stage.erase(&recording.call());
    stage.live_for(Duration::from_secs(9 * 60));
    assert!(!world.entry(&recording).unwrap().is_forgotten());

    let pointer = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: recording.clone(),
        job_number: Some(sample::job_number(1)),
        received_at: world.time(),
        entry_version: "unknown".to_owned(),
        lines: told,
        dead_letters: 0,
        repair: false,
    };
    let soon = world.time() + Duration::from_secs(30);
    let no_ledger = Plan::none().between(
        world.time(),
        soon,
        Where::ports(&["LedgerRead"]),
        Fault::ErrorBefore(ErrorKind::Unavailable),
    );
    let late = Fault::LandsLate(Duration::from_secs(600));
    world.set_plan(no_ledger.nth(1, Where::airtable().operation("update"), late));
    world.send_raw(QueueName::History, &serde_json::to_string(&pointer).unwrap());
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
}

#[test]
fn a_recording_of_which_only_a_marker_tells_is_erased_at_its_provider_too() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    let marker = serde_json::to_string(&request).unwrap();
    stage.world.put_document(&ObjectKey::Open(&recording).to_string(), &marker);
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
}

#[test]
fn while_the_provider_does_not_delete_its_copy_the_erasure_is_not_over() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
    let start = stage.world.time();
    let hour = Duration::from_secs(3_600);
    let calls = Where::ports(&["ProviderCopies"]);
    stage.world.set_plan(Plan::none().between(start, start + hour, calls, Fault::Hang));
    stage.erase(&recording.call());
    stage.live_for(Duration::from_secs(50 * 60));
    assert!(!stage.world.open_markers().is_empty(), "the marker brings it back");
    assert!(stage.metrics.of("provider_deletion_failed") > 0.0 && stage.metrics.of("erased") == 0.0);
    assert!(stage.becomes_quiet_within(PATIENCE));
    nothing_is_left_of(&stage, &recording);
}

#[test]
fn an_erasure_that_dies_anywhere_is_finished_all_the_same() {
    let calm = Stage::new(World::new(1));
    let (recording, _) = at_home(&calm, 1);
    let before = calm.world.calls().len() as u64;
    calm.erase(&recording.call());
    assert!(calm.becomes_quiet_within(PATIENCE));
    let after = calm.world.calls().len() as u64;
    for call in before + 1..=after {
        for fault in [Fault::Crash, Fault::CrashApplied, Fault::Hang] {
            let stage = Stage::new(World::new(1));
            let (recording, _) = at_home(&stage, 1);
            stage.world.set_plan(Plan::none().at(call, fault));
            stage
                .world
                .put_control(&stage.world.control(&recording.call()).erased(stage.world.time(), "user-7").unwrap());
            stage.webhook(&TransferRequest::of_decision(&recording.call(), stage.world.time(), Origin::Person));
            assert!(stage.becomes_quiet_within(PATIENCE * 3), "{fault:?} at {call}");
            nothing_is_left_of(&stage, &recording);
        }
    }
}

#[test]
fn what_was_never_there_is_erased_as_well() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded_as(
        &stage.world,
        &recording,
        1,
        ProviderRecording { state: AtProvider::Absent, ..ProviderRecording::completed("") },
    );
    let report = Report { outcome: Outcome::Absent { reason: "too short (16101)".into() }, ..request.report.clone() };
    stage.report(&TransferRequest { report, ..request });
    stage.erase(&recording.call());
    assert!(stage.becomes_quiet_within(PATIENCE));
    assert!(stage.world.entry(&recording).unwrap().is_forgotten());
    assert!(stage.lines(1)[0].contains("too short"), "what leads nowhere stays");
}

/// A link names the generation that it was made in; any of them is dead by now.
#[test]
fn no_link_to_it_is_left_whatever_its_generation() {
    let stage = Stage::new(World::new(1));
    let (recording, _) = at_home(&stage, 1);
    stage.erase(&recording.call());
    let token = stage.world.secrets().link_keys.seal(&LinkTarget::new(recording.clone(), 0));
    assert!(!stage.lines(1).join("\n").contains(&token));
}

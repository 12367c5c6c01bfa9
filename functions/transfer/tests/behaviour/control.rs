//! Holds, retention and jobs: what somebody decided about a call is carried out.

use recordings::fakes::{ProviderRecording, World, sample};
use recordings::ledger_entry::{Change, LedgerEntry, Retention, State};
use recordings::recording::RecordingRef;

use crate::stage::{Stage, audio_of, recorded};

fn at_home(stage: &Stage) -> RecordingRef {
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    recording
}

fn tag(stage: &Stage, recording: &RecordingRef) -> &'static str {
    let key = entry(stage, recording).recording_storage_path.unwrap();
    stage.world.tag_of(&key).unwrap().as_str()
}

fn entry(stage: &Stage, recording: &RecordingRef) -> LedgerEntry {
    stage.world.entry(recording).unwrap()
}

/// What the API does with an entry.
fn change(stage: &Stage, recording: &RecordingRef, change: Change) {
    let changed = entry(stage, recording).apply(change, stage.world.time()).unwrap();
    stage.world.put_entry(&changed);
    stage.say_so(&recording.call());
}

#[test]
fn a_hold_takes_the_audio_out_of_every_rule_and_its_release_puts_it_back() {
    let stage = Stage::new(World::new(1));
    let recording = at_home(&stage);
    let held = stage.world.control(&recording.call()).held().unwrap();
    stage.decide(&held);
    assert!(entry(&stage, &recording).hold);
    assert_eq!(tag(&stage, &recording), "hold");
    stage.decide(&held.released());
    assert!(!entry(&stage, &recording).hold);
    assert_eq!(tag(&stage, &recording), "standard");
    assert!(stage.world.open_markers().is_empty());
}

#[test]
fn a_hold_that_was_placed_before_the_webhook_holds_what_comes() {
    let stage = Stage::new(World::new(1));
    let call = sample::recording(1).call();
    stage.decide(&stage.world.control(&call).held().unwrap());
    let recording = at_home(&stage);
    assert_eq!(tag(&stage, &recording), "hold");
    assert!(stage.world.provider_has(&recording), "the provider's copy is held as well");
    assert_eq!(entry(&stage, &recording).provider_kept_because.as_deref(), Some("hold"));
}

#[test]
fn important_audio_is_tagged_so_and_a_hold_outweighs_it() {
    let stage = Stage::new(World::new(1));
    let recording = at_home(&stage);
    change(&stage, &recording, Change::RetentionChosen(Retention::Important));
    assert_eq!(tag(&stage, &recording), "important");
    let held = stage.world.control(&recording.call()).held().unwrap();
    stage.decide(&held);
    assert_eq!(tag(&stage, &recording), "hold");
    stage.decide(&held.released());
    assert_eq!(tag(&stage, &recording), "important");
}

#[test]
fn a_recording_that_was_settled_without_a_job_gets_its_line_and_its_copy_goes() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
    stage.report(&sample::transfer_request(&recording, None, 12, stage.world.time()));
    stage.live_for(std::time::Duration::from_secs(26 * 3_600));
    assert_eq!(entry(&stage, &recording).provider_kept_because.as_deref(), Some("no_job"));
    assert!(stage.world.provider_has(&recording));

    stage.world.put_job(&recording.organisation, sample::job(1, &[]));
    change(&stage, &recording, Change::JobAssigned(sample::job_number(1)));
    assert_eq!(stage.lines(1).len(), 1);
    let settled = entry(&stage, &recording);
    assert!(settled.is_finished() && settled.provider_deleted_at.is_some() && !stage.world.provider_has(&recording));
    assert!(stage.world.open_markers().is_empty());
}

#[test]
fn a_corrected_job_gets_the_line_and_the_other_one_keeps_its() {
    let stage = Stage::new(World::new(1));
    let recording = at_home(&stage);
    stage.world.put_job(&recording.organisation, sample::job(2, &[]));
    let before = stage.lines(1);
    change(&stage, &recording, Change::JobAssigned(sample::job_number(2)));
    assert_eq!((stage.lines(1), stage.lines(2)), (before.clone(), before));
    let corrected = entry(&stage, &recording);
    assert_eq!((corrected.state(), corrected.all_lines_confirmed()), (State::Settled, true));
    let key = corrected.recording_storage_path.unwrap();
    assert!(key.as_str().contains("JOB1"), "the key stays: {key}");
}

#[test]
fn word_of_a_decision_about_a_call_that_nobody_knows_is_let_go() {
    let stage = Stage::new(World::new(1));
    stage.say_so(&sample::recording(1).call());
    assert!(stage.world.open_markers().is_empty() && stage.world.entries().is_empty());
}

#[test]
fn an_organisation_may_call_all_of_its_recordings_important() {
    let stage = Stage::new(World::new(1));
    let mut secrets = sample::secrets();
    secrets.organisations.get_mut(&sample::organisation()).unwrap().retention = Retention::Important;
    stage.world.set_secrets(secrets);
    let recording = at_home(&stage);
    assert_eq!(tag(&stage, &recording), "important");
    assert_eq!(entry(&stage, &recording).retention, Retention::Important);
}

//! Recordings that were imported: from their provider where it still has them, else from where they lay before.

use std::time::Duration;

use recordings::fakes::{AtProvider, Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::ports::ErrorKind;
use recordings::recording::{CallRef, LegacyUrl, Outcome, Provider, RecordingRef, Report};

use crate::demand::ask;
use crate::logs;
use crate::stage::{Stage, audio_of};

const A_DAY: Duration = Duration::from_secs(86_400);

fn legacy() -> Where {
    Where::ports(&["LegacyAudio"])
}

/// A recording of twelve seconds that was imported; its provider has nothing, its legacy URL the audio.
fn imported() -> (Stage, RecordingRef, LegacyUrl) {
    imported_as(sample::recording(1), Some(12))
}

fn imported_as(recording: RecordingRef, seconds: Option<u32>) -> (Stage, RecordingRef, LegacyUrl) {
    let stage = Stage::new(World::new(1));
    let url = sample::legacy_url("default", 1);
    stage.world.put_job(&recording.organisation, sample::job(1, &[]));
    stage.world.put_legacy_audio(&url, ProviderRecording::completed(audio_of(&sample::recording(1))));
    let report = Report {
        duration_seconds: seconds,
        started_at: Some(stage.world.time() - jiff::SignedDuration::from_hours(24 * 400)),
        ..Report::of(Outcome::Completed)
    };
    let job = Some(sample::job_number(1));
    stage.world.put_entry(&LedgerEntry::imported(
        recording.clone(),
        job,
        &report,
        Some(url.clone()),
        stage.world.time(),
    ));
    (stage, recording, url)
}

/// A recording that was imported without its provider's id.
fn nameless() -> RecordingRef {
    let call = CallRef::parse("default", Provider::Twilio, &format!("CA{:032x}", 1)).unwrap();
    RecordingRef::imported_of(&call)
}

#[test]
fn nothing_is_fetched_until_somebody_asks() {
    let (stage, recording, _) = imported();
    stage.live_for(A_DAY);
    assert_eq!(stage.state(&recording), State::Received);
    assert_eq!(stage.called("AudioSource", "open") + stage.called("LegacyAudio", "open"), 0);
}

#[test]
fn what_the_provider_no_longer_has_comes_from_its_legacy_url() {
    let (stage, recording, url) = imported();
    let records = logs::during(|| ask(&stage, &recording));
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.came_from_legacy()), (State::Settled, true));
    assert_eq!(entry.audio.as_ref().unwrap().bytes, audio_of(&recording).len() as u64);
    assert_eq!(entry.provider_kept_because.as_deref(), Some("legacy"));
    assert_eq!(stage.called("ProviderCopies", "delete"), 0, "nothing is deleted anywhere");
    assert!(stage.world.legacy_has(&url));
    assert!(stage.lines(1)[0].ends_with(&format!("URL: {}", stage.link(&recording))), "{:?}", stage.lines(1));
    assert!(logs::types(&records).contains(&"recording_taken_from_legacy"));
    assert_eq!(stage.metrics.of("taken_from_legacy"), 1.0);
    assert!(stage.becomes_quiet_within(A_DAY));
}

#[test]
fn what_the_provider_still_has_comes_from_there() {
    let (stage, recording, _) = imported();
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
    ask(&stage, &recording);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.came_from_legacy()), (State::Settled, false));
    assert_eq!(stage.called("LegacyAudio", "open"), 0);
}

#[test]
fn a_provider_that_refuses_us_leaves_the_legacy_url_and_one_that_fails_does_not() {
    for (kind, from_legacy) in
        [(ErrorKind::Refused, true), (ErrorKind::Unavailable, false), (ErrorKind::NotFound, false)]
    {
        let (stage, recording, _) = imported();
        let provider = Where::ports(&["AudioSource"]);
        stage.world.set_plan(Plan::none().always(provider, Fault::ErrorBefore(kind)));
        ask(&stage, &recording);
        assert_eq!(stage.world.entry(&recording).unwrap().came_from_legacy(), from_legacy, "{kind}");
        stage.world.set_plan(Plan::none());
        assert!(stage.becomes_quiet_within(A_DAY), "a demand that failed is unfinished business");
        assert_eq!(stage.state(&recording), State::Settled);
    }
}

#[test]
fn a_recording_without_its_providers_id_is_not_asked_for_there() {
    let (stage, recording, _) = imported_as(nameless(), Some(12));
    ask(&stage, &recording);
    assert_eq!(stage.state(&recording), State::Settled);
    assert_eq!(stage.called("AudioSource", "open"), 0);
    assert!(stage.lines(1)[0].ends_with(&format!("URL: {}", stage.link(&recording))), "{:?}", stage.lines(1));
}

#[test]
fn where_nobody_knows_the_duration_the_audio_is_believed() {
    let (stage, recording, _) = imported_as(sample::recording(1), None);
    ask(&stage, &recording);
    assert_eq!(stage.state(&recording), State::Settled);
}

#[test]
fn what_is_no_audio_is_not_stored_and_another_duration_makes_it_suspect_in_the_end() {
    let (stage, recording, url) = imported();
    stage.world.put_legacy_audio(&url, ProviderRecording::completed("<html>Not found</html>"));
    ask(&stage, &recording);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.state(), State::Received);
    assert_eq!(entry.last_error.unwrap().code, "provider_gone");
    assert_eq!(entry.legacy_error.unwrap().code, "text_html");
    assert!(stage.world.objects().is_empty());

    let (stage, recording, _) = imported_as(sample::recording(1), Some(60));
    ask(&stage, &recording);
    stage.live_for(Duration::from_secs(4_000));
    assert_eq!(stage.state(&recording), State::Suspect);
}

#[test]
fn what_is_nowhere_is_absent_and_each_place_says_why() {
    let (stage, recording, _) = imported();
    let url = sample::legacy_url("default", 9);
    let mut entry = stage.world.entry(&recording).unwrap();
    entry.legacy_url = Some(url);
    stage.world.put_entry(&entry);
    ask(&stage, &recording);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.state(), State::Absent);
    assert_eq!(entry.legacy_error.unwrap().code, "legacy_gone");
    let reason = "Reason: neither the provider nor the legacy URL has the audio";
    assert!(stage.lines(1)[0].contains(reason), "{:?}", stage.lines(1));
    assert!(stage.becomes_quiet_within(A_DAY));
}

#[test]
fn a_host_that_fails_is_asked_again_by_the_schedule() {
    let (stage, recording, _) = imported();
    stage.world.set_plan(Plan::none().always(legacy(), Fault::ErrorBefore(ErrorKind::Unavailable)));
    ask(&stage, &recording);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.attempts), (State::Received, 1));
    assert_eq!(entry.legacy_error.unwrap().code, "legacy_unavailable");
    assert_eq!(stage.world.queued(QueueName::Retry), 1);
    stage.live_for(Duration::from_secs(4_000));
    assert_eq!(stage.state(&recording), State::Failed);
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(stage.state(&recording), State::Settled);
}

#[test]
fn a_host_that_is_no_longer_listed_is_not_asked() {
    let (stage, recording, _) = imported();
    let elsewhere = LegacyUrl::parse("https://recordings.acme.example/1.wav").unwrap();
    stage.world.put_legacy_audio(&elsewhere, ProviderRecording::completed(audio_of(&recording)));
    let mut entry = stage.world.entry(&recording).unwrap();
    entry.legacy_url = Some(elsewhere);
    stage.world.put_entry(&entry);
    ask(&stage, &recording);
    assert_eq!(stage.world.entry(&recording).unwrap().legacy_error.unwrap().code, "legacy_refused");
    assert!(stage.world.objects().is_empty());
}

#[test]
fn a_bucket_that_is_down_makes_no_fallback_of_what_is_nowhere_else() {
    let (stage, recording, _) = imported();
    stage
        .world
        .set_plan(Plan::none().always(Where::ports(&["AudioStore"]), Fault::ErrorBefore(ErrorKind::Unavailable)));
    ask(&stage, &recording);
    assert_eq!(stage.state(&recording), State::Received);
    assert!(stage.lines(1).is_empty());
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(stage.state(&recording), State::Settled);
}

#[test]
fn word_that_the_provider_deleted_it_does_not_hide_the_legacy_url() {
    let (stage, recording, _) = imported();
    let held = ProviderRecording { state: AtProvider::Deleted, ..ProviderRecording::completed("") };
    stage.world.put_provider_recording(&recording, held);
    let entry = stage.world.entry(&recording).unwrap();
    let mut word = recordings::messages::TransferRequest::on_demand(&entry);
    word.report.outcome = Outcome::Absent { reason: "the audio was deleted".to_owned() };
    stage.report(&word);
    assert!(stage.world.entry(&recording).unwrap().came_from_legacy());
}

//! The transcripts of voice agents' calls: kept once the audio is safe, and never in its way.

use std::time::Duration;

use recordings::fakes::{AtProvider, Effect, Fault, Plan, ProviderRecording, Where, World, sample};
use recordings::ledger_entry::{State, TranscriptState};
use recordings::messages::TransferRequest;
use recordings::object_key::ObjectKey;
use recordings::ports::ErrorKind;
use recordings::recording::{Outcome, Provider, RecordingRef, Report, Transcript};

use crate::logs;
use crate::stage::{Stage, recorded_as};

const A_DAY: Duration = Duration::from_secs(86_400);
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

fn calls() -> [RecordingRef; 2] {
    let vapi = ("7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90", "mono");
    let elevenlabs = ("conv_01jbz3k4m5n6p7q8r9s0t1v2w3", "audio");
    [(Provider::Vapi, vapi), (Provider::ElevenLabs, elevenlabs)]
        .map(|(provider, (call, id))| RecordingRef::parse("default", provider, call, id).unwrap())
}

/// A call with audio and, if there is one, a transcript.
fn held(stage: &Stage, recording: &RecordingRef, transcript: Option<Transcript>) -> TransferRequest {
    if let Some(transcript) = transcript {
        stage.world.put_provider_transcript(&recording.call(), transcript, stage.world.time());
    }
    recorded_as(&stage.world, recording, 1, ProviderRecording::completed(sample::wav(12, 1)))
}

fn absent(request: TransferRequest) -> TransferRequest {
    let outcome = Outcome::Absent { reason: "no recording was made".to_owned() };
    TransferRequest { report: Report { duration_seconds: None, ..Report::of(outcome) }, ..request }
}

fn kept(stage: &Stage, recording: &RecordingRef) -> Option<Transcript> {
    let text = stage.world.document(&ObjectKey::Transcript(&recording.call()).to_string())?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn a_transcript_is_kept_with_the_audio_and_costs_the_ledger_nothing() {
    for recording in calls() {
        let stage = Stage::new(World::new(1));
        stage.report(&held(&stage, &recording, Some(sample::transcript())));
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((entry.state(), entry.transcript_only_fallback), (State::Settled, false));
        assert!(matches!(entry.transcript, TranscriptState::Kept { .. }), "{:?}", entry.transcript);
        assert!(kept(&stage, &recording) == Some(sample::transcript()));
        assert_eq!(stage.called("LedgerWrite", "create") + stage.called("LedgerWrite", "replace"), 3);
        let effects: Vec<Effect> = stage.world.journal().into_iter().map(|entry| entry.effect).collect();
        let at = |is_it: fn(&Effect) -> bool| effects.iter().position(is_it).unwrap();
        let stored = at(|effect| matches!(effect, Effect::ObjectCreated { .. }));
        assert!(stored < at(|effect| matches!(effect, Effect::TranscriptKept(_))), "the audio comes first");
        assert!(stage.world.open_markers().is_empty());
    }
}

#[test]
fn twilio_is_not_asked_for_what_it_does_not_write() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.report(&held(&stage, &recording, None));
    assert_eq!((stage.state(&recording), stage.called("TranscriptSource", "transcript")), (State::Settled, 0));
}

#[test]
fn a_call_without_audio_has_its_transcript_and_says_so() {
    for recording in calls() {
        let stage = Stage::new(World::new(1));
        stage.report(&absent(held(&stage, &recording, Some(sample::transcript()))));
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((entry.state(), entry.transcript_only_fallback), (State::Absent, true));
        assert!(kept(&stage, &recording).is_some());
        let lines = stage.lines(1);
        assert!(lines[0].contains("Event: Recording unavailable |") && lines.len() == 1, "{lines:?}");
        assert!(lines[0].contains("Reason: no recording was made"), "{lines:?}");
        assert!(stage.becomes_quiet_within(Duration::from_secs(60)));
    }
}

#[test]
fn audio_that_turns_up_after_all_is_no_fallback_any_more() {
    let [recording, _] = calls();
    let stage = Stage::new(World::new(1));
    let request = held(&stage, &recording, Some(sample::transcript()));
    stage.report(&absent(request.clone()));
    assert!(stage.world.entry(&recording).unwrap().transcript_only_fallback);
    stage.report(&request);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.transcript_only_fallback), (State::Settled, false));
}

#[test]
fn a_provider_without_a_transcript_is_asked_once() {
    for transcript in [None, Some(Transcript::of_turns(vec![]))] {
        let [recording, _] = calls();
        let stage = Stage::new(World::new(1));
        stage.report(&absent(held(&stage, &recording, transcript)));
        stage.live_for(Duration::from_secs(3_600));
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!(stage.called("TranscriptSource", "transcript"), 1);
        assert!(matches!(&entry.transcript, TranscriptState::Missing { why, .. } if why == "none"));
        assert!(!entry.transcript_only_fallback && kept(&stage, &recording).is_none());
    }
}

#[test]
fn what_fails_is_made_up_for_and_delays_nothing() {
    for (port, fault) in [("TranscriptSource", DOWN), ("TranscriptSource", Fault::Hang), ("TranscriptStore", DOWN)] {
        for is_absent in [false, true] {
            let [recording, _] = calls();
            let stage = Stage::new(World::new(1));
            let request = held(&stage, &recording, Some(sample::transcript()));
            let request = if is_absent { absent(request) } else { request };
            stage.world.set_plan(Plan::none().nth(1, Where::ports(&[port]), fault));
            let records = logs::during(|| stage.report(&request));
            let case = format!("{port} {fault:?} {is_absent}");
            assert!(logs::types(&records).contains(&"transcript_failed"), "{case}");
            assert_eq!((stage.lines(1).len(), stage.metrics.of("transcript_failed")), (1, 1.0), "{case}");
            let entry = stage.world.entry(&recording).unwrap();
            assert_eq!(entry.transcript, TranscriptState::Unfetched, "{case}");
            assert!(!entry.is_finished() && !stage.world.open_markers().is_empty(), "it is not forgotten: {case}");
            assert!(stage.becomes_quiet_within(Duration::from_secs(1_800)), "{case}");
            let entry = stage.world.entry(&recording).unwrap();
            assert_eq!(
                (entry.transcript_only_fallback, kept(&stage, &recording).is_some()),
                (is_absent, true),
                "{case}"
            );
        }
    }
}

#[test]
fn a_transcript_that_is_not_ready_is_waited_for() {
    let [_, recording] = calls();
    let stage = Stage::new(World::new(1));
    let request = held(&stage, &recording, None);
    let ready_at = stage.world.time() + Duration::from_secs(1_000);
    stage.world.put_provider_transcript(&recording.call(), sample::transcript(), ready_at);
    stage.report(&request);
    assert_eq!((stage.state(&recording), kept(&stage, &recording)), (State::Settled, None));
    assert!(stage.becomes_quiet_within(Duration::from_secs(3_600)));
    assert!(kept(&stage, &recording).is_some());
}

#[test]
fn after_a_day_a_transcript_is_given_up_and_said_so() {
    let [recording, _] = calls();
    let stage = Stage::new(World::new(1));
    let request = held(&stage, &recording, Some(sample::transcript()));
    stage.world.set_plan(Plan::none().always(Where::ports(&["TranscriptSource"]), DOWN));
    stage.report(&request);
    let records = logs::during(|| assert!(stage.becomes_quiet_within(A_DAY + Duration::from_secs(3_600))));
    assert!(logs::types(&records).contains(&"transcript_given_up"));
    let entry = stage.world.entry(&recording).unwrap();
    assert!(matches!(&entry.transcript, TranscriptState::Missing { why, .. } if why == "given_up"));
    assert_eq!(stage.metrics.of("transcript_given_up"), 1.0);
}

#[test]
fn no_copy_is_deleted_before_its_transcript_is_kept() {
    let [recording, _] = calls();
    let stage = Stage::configured(World::new(1), &[("PROVIDER_DELETE", "vapi")]);
    let request = held(&stage, &recording, Some(sample::transcript()));
    stage.world.set_plan(Plan::none().nth(1, Where::ports(&["TranscriptSource"]), DOWN));
    stage.report(&request);
    assert_eq!((stage.state(&recording), stage.world.provider_has(&recording)), (State::Stored, true));
    assert!(stage.becomes_quiet_within(Duration::from_secs(1_800)));
    assert_eq!((stage.state(&recording), stage.world.provider_has(&recording)), (State::Settled, false));
    assert!(kept(&stage, &recording).is_some());
}

#[test]
fn a_provider_that_says_the_audio_is_gone_may_still_have_the_transcript() {
    let [_, recording] = calls();
    let stage = Stage::new(World::new(1));
    let request = held(&stage, &recording, Some(sample::transcript()));
    let gone = ProviderRecording { state: AtProvider::Deleted, ..ProviderRecording::completed("") };
    stage.world.put_provider_recording(&recording, gone);
    stage.report(&request);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.transcript_only_fallback), (State::Absent, true));
}

#[test]
fn what_was_said_is_kept_for_as_long_as_what_was_heard() {
    for (recording, has_audio) in calls().into_iter().zip([true, false]) {
        let stage = Stage::new(World::new(1));
        let tag = || stage.world.transcript_tag_of(&recording.call()).unwrap().as_str();
        let request = held(&stage, &recording, Some(sample::transcript()));
        stage.report(&if has_audio { request } else { absent(request) });
        assert_eq!(tag(), "standard");
        let on_hold = stage.world.control(&recording.call()).held().unwrap();
        stage.decide(&on_hold);
        assert_eq!(tag(), "hold");
        stage.decide(&on_hold.released());
        assert_eq!(tag(), "standard");
    }
}

#[test]
fn a_transcript_that_comes_behind_a_hold_is_held_too() {
    for recording in calls() {
        let stage = Stage::new(World::new(1));
        stage.decide(&stage.world.control(&recording.call()).held().unwrap());
        stage.report(&held(&stage, &recording, Some(sample::transcript())));
        assert_eq!(stage.world.transcript_tag_of(&recording.call()).unwrap().as_str(), "hold");
    }
}

//! What is no audio is never stored as audio; what is doubtful is kept, and so is the provider's copy.

use std::time::Duration;

use bytes::Bytes;
use recordings::fakes::{Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::TransferRequest;
use recordings::recording::{Provider, RecordingRef, Report};

use crate::invariants::{broken, tells_the_truth};
use crate::logs;
use crate::stage::{Stage, audio_of, recorded, recorded_as};

const A_DAY: Duration = Duration::from_secs(86_400);
const MP3: &[u8] = include_bytes!("../../../recordings/src/audio/fixtures/cbr_32k_22050_mono.mp3");

#[test]
fn what_is_no_audio_is_never_stored() {
    let xml = "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>20404</Code></RestException></TwilioResponse>";
    let html = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>";
    let header = sample::wav(1, 1).slice(..44);
    let table: [(&[u8], &str); 6] = [
        (xml.as_bytes(), "text_xml"),
        (html.as_bytes(), "text_html"),
        (br#"{"code":20404,"message":"The requested resource was not found","status":404}"#, "text_json"),
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", "unknown_format"),
        (&header, "header_only"),
    ];
    for (bytes, code) in table {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        let held = ProviderRecording::completed(Bytes::copy_from_slice(bytes));
        stage.report(&recorded_as(&stage.world, &recording, 1, held));
        stage.live_for(A_DAY);
        assert_eq!(stage.state(&recording), State::Failed, "{code}");
        assert!(stage.world.objects().is_empty(), "{code}");
        assert!(stage.world.provider_has(&recording), "{code}");
        assert_eq!(stage.world.entry(&recording).unwrap().last_error.unwrap().code, code);

        stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
        assert!(stage.becomes_quiet_within(A_DAY));
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn the_file_is_named_after_its_bytes() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded_as(&stage.world, &recording, 1, ProviderRecording::completed(MP3));
    stage.report(&TransferRequest { report: Report { duration_seconds: None, ..request.report.clone() }, ..request });
    let entry = stage.world.entry(&recording).unwrap();
    assert!(entry.recording_storage_path.unwrap().as_str().ends_with("-JOB1.mp3"));
    assert_eq!(entry.audio.unwrap().content_type, "audio/mpeg");
}

#[test]
fn audio_whose_length_was_never_reported_is_kept_at_once_and_so_is_twilios_copy() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    stage.report(&TransferRequest { report: Report { duration_seconds: None, ..request.report.clone() }, ..request });
    assert_eq!(stage.state(&recording), State::Suspect);
    assert_eq!(stage.lines(1).len(), 1, "the link plays it all the same");
    assert!(stage.world.provider_has(&recording) && stage.world.open_markers().is_empty());
}

#[test]
fn a_body_that_is_cut_or_breaks_off_is_fetched_again_at_once() {
    for announces_length in [true, false] {
        for fault in [Fault::ShortBody(50_000), Fault::ShortBody(0), Fault::PartialBody(50_000), Fault::HangingBody(9)]
        {
            // Without its length, a body that is cut off shows only as damage, which another invocation looks at again.
            let is_seen_at_once = announces_length || !matches!(fault, Fault::ShortBody(50_000));
            let stage = Stage::new(World::new(1));
            let recording = sample::recording(1);
            let held = ProviderRecording { announces_length, ..ProviderRecording::completed(audio_of(&recording)) };
            stage.world.set_plan(Plan::none().nth(1, Where::ports(&["AudioSource"]), fault));
            stage.report(&recorded_as(&stage.world, &recording, 1, held));
            assert_eq!(stage.world.queued(QueueName::Retry), usize::from(!is_seen_at_once), "{fault}");
            assert!(stage.becomes_quiet_within(Duration::from_secs(900)), "{fault}");
            assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{fault}");
        }
    }
}

#[test]
fn what_disagrees_to_the_last_retry_is_kept_as_suspect_and_stays_at_the_provider() {
    let damaged = sample::wav(12, 1).slice(..80_000);
    for (bytes, reported, code) in
        [(sample::wav(12, 1), 60, "duration_disagrees"), (damaged, 12, "data_shorter_than_header")]
    {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        let request = recorded_as(&stage.world, &recording, 1, ProviderRecording::completed(bytes));
        let report = Report { duration_seconds: Some(reported), ..request.report.clone() };
        let records = logs::during(|| {
            stage.report(&TransferRequest { report, ..request });
            assert_eq!(stage.state(&recording), State::Received, "another try may tell");
            assert_eq!(stage.world.entry(&recording).unwrap().last_error.unwrap().code, code);
            assert!(stage.world.objects().is_empty());
            assert!(stage.becomes_quiet_within(A_DAY));
        });
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!(entry.state(), State::Suspect);
        assert_eq!(stage.called("AudioSource", "open"), 4);
        let object = stage.world.objects().into_values().next().unwrap();
        assert!(tells_the_truth(entry.audio.as_ref().unwrap(), &object));
        assert_eq!(stage.lines(1), [entry.lines[0].text.clone()]);
        assert!(stage.world.provider_has(&recording));
        assert!(logs::types(&records).contains(&"recording_suspect"));
        assert_eq!(stage.metrics.of("suspect"), 1.0);
    }
}

#[test]
fn a_recording_that_a_later_word_says_is_shorter_is_verified_and_says_against_what() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    let report = Report { duration_seconds: Some(60), ..request.report.clone() };
    stage.report(&TransferRequest { report, ..request.clone() });
    assert_eq!(stage.world.entry(&recording).unwrap().duration_reported_seconds, Some(60));

    stage.report(&request);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.duration_reported_seconds), (State::Settled, Some(12)));
}

#[test]
fn a_length_within_two_seconds_or_two_per_cent_agrees() {
    for (reported, expected) in
        [(10, State::Settled), (14, State::Settled), (15, State::Received), (9, State::Received)]
    {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        let request = recorded(&stage.world, &recording, 1);
        let report = Report { duration_seconds: Some(reported), ..request.report.clone() };
        stage.report(&TransferRequest { report, ..request });
        assert_eq!(stage.state(&recording), expected, "{reported}");
    }
}

/// A recording of each provider that gives the length of a call.
fn of_voice_agents() -> [RecordingRef; 2] {
    let vapi = (Provider::Vapi, "7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90", "mono");
    let elevenlabs = (Provider::ElevenLabs, "conv_01jbz3k4m5n6p7q8r9s0t1v2w3", "audio");
    [vapi, elevenlabs].map(|(provider, call, id)| RecordingRef::parse("default", provider, call, id).unwrap())
}

#[test]
fn audio_that_is_shorter_than_its_call_is_stored_and_its_copy_kept() {
    for recording in of_voice_agents() {
        for (call_seconds, kept_because) in [
            (Some(12), None),
            (Some(14), None),
            (Some(15), Some("length_not_confirmed")),
            (None, Some("length_not_confirmed")),
        ] {
            let everywhere = [("PROVIDER_DELETE", "twilio,vapi,elevenlabs")];
            let stage = Stage::configured(World::new(1), &everywhere);
            let held = ProviderRecording::completed(sample::wav(12, 1));
            let request = recorded_as(&stage.world, &recording, 1, held);
            stage.world.put_provider_transcript(&recording.call(), sample::transcript(), stage.world.time());
            let report = Report { duration_seconds: call_seconds, ..request.report.clone() };
            stage.report(&TransferRequest { report, ..request });
            assert!(stage.becomes_quiet_within(Duration::from_secs(60)), "{recording} {call_seconds:?}");
            let entry = stage.world.entry(&recording).unwrap();
            assert_eq!(entry.state(), State::Settled, "{recording} {call_seconds:?}");
            assert_eq!(entry.provider_kept_because.as_deref(), kept_because, "{recording} {call_seconds:?}");
            assert_eq!(stage.world.provider_has(&recording), kept_because.is_some());
            assert_eq!((stage.called("AudioSource", "open"), stage.lines(1).len()), (1, 1));
            assert_eq!((stage.metrics.of("suspect"), stage.metrics.of("deletion_gate_shut")), (0.0, 0.0));
        }
    }
}

#[test]
fn audio_that_is_longer_than_its_call_is_suspect() {
    for recording in of_voice_agents() {
        let stage = Stage::new(World::new(1));
        let request = recorded_as(&stage.world, &recording, 1, ProviderRecording::completed(sample::wav(12, 1)));
        let report = Report { duration_seconds: Some(9), ..request.report.clone() };
        stage.report(&TransferRequest { report, ..request });
        assert_eq!(stage.state(&recording), State::Received, "another try may tell");
        assert!(stage.becomes_quiet_within(A_DAY));
        assert_eq!(stage.state(&recording), State::Suspect);
        assert!(stage.world.provider_has(&recording));
    }
}

//! What does not fit into one request goes in parts, in bounded memory, and leaves nothing behind when it fails.

use std::time::Duration;

use bytes::Bytes;
use recordings::fakes::{FakeObject, Fault, Plan, ProviderRecording, Settings, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::TransferRequest;
use recordings::ports::ErrorKind;
use recordings::recording::{RecordingRef, Report};

use crate::invariants::broken;
use crate::stage::{Stage, recorded, recorded_as};

const PART: usize = 5 * 1024 * 1024;
/// Sixteen megabytes, which is more than is sent at once.
const SECONDS: u32 = 2_000;

fn stage() -> Stage {
    Stage::new(World::with(Settings { chunk_bytes: 1024 * 1024, ..Settings::default() }))
}

fn large(stage: &Stage, recording: &RecordingRef, announces_length: bool) -> TransferRequest {
    of_seconds(stage, recording, SECONDS, announces_length)
}

fn of_seconds(stage: &Stage, recording: &RecordingRef, seconds: u32, announces_length: bool) -> TransferRequest {
    let held = ProviderRecording { announces_length, ..ProviderRecording::completed(sample::wav(seconds, 1)) };
    let request = recorded_as(&stage.world, recording, 1, held);
    TransferRequest { report: Report { duration_seconds: Some(seconds), ..request.report.clone() }, ..request }
}

#[test]
fn a_large_recording_comes_home_in_parts_whether_or_not_its_length_is_known() {
    for announces_length in [true, false] {
        let (stage, recording) = (stage(), sample::recording(1));
        stage.report(&large(&stage, &recording, announces_length));
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
        let bytes = 44 + SECONDS as usize * 8_000;
        assert_eq!(stage.called("AudioStore", "part"), bytes.div_ceil(PART));
        assert_eq!((stage.called("AudioStore", "put"), stage.called("AudioStore", "complete")), (0, 1));
    }
}

#[test]
fn a_short_recording_of_unknown_length_goes_at_once() {
    let (stage, recording) = (stage(), sample::recording(1));
    let held = ProviderRecording { announces_length: false, ..ProviderRecording::completed(sample::wav(12, 1)) };
    stage.report(&recorded_as(&stage.world, &recording, 1, held));
    assert_eq!((stage.called("AudioStore", "put"), stage.called("AudioStore", "begin")), (1, 0));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

/// What parts would hold on their way may as well be held whole, if it is known not to become more.
#[test]
fn fifteen_mebibytes_go_at_once_when_their_length_is_said() {
    let limit = 3 * PART;
    for (bytes, announces_length, at_once) in
        [(limit, true, true), (limit + 1, true, false), (limit, false, false), (11_000_000, true, true)]
    {
        let (stage, recording) = (stage(), sample::recording(1));
        let mut wav = sample::wav(SECONDS, 1).to_vec();
        wav.truncate(bytes);
        let sound = u32::try_from(bytes - 44).unwrap();
        wav[40..44].copy_from_slice(&sound.to_le_bytes());
        wav[4..8].copy_from_slice(&(sound + 36).to_le_bytes());
        let held = ProviderRecording { announces_length, ..ProviderRecording::completed(Bytes::from(wav)) };
        let request = recorded_as(&stage.world, &recording, 1, held);
        let report = Report { duration_seconds: Some(sound / 8_000), ..request.report.clone() };
        stage.report(&TransferRequest { report, ..request });
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{bytes}");
        let sent = (stage.called("AudioStore", "put"), stage.called("AudioStore", "complete"));
        assert_eq!(sent, if at_once { (1, 0) } else { (0, 1) }, "{bytes}, announced: {announces_length}");
    }
}

/// A way to the bucket on which one request of that length takes too long takes parts, in the same try.
#[test]
fn what_the_bucket_does_not_take_at_once_goes_in_parts() {
    for fault in [Fault::ErrorBefore(ErrorKind::Unavailable), Fault::Hang, Fault::ReplyLost] {
        let (stage, recording) = (stage(), sample::recording(1));
        stage.world.set_plan(Plan::none().always(Where::ports(&["AudioStore"]).operation("put"), fault));
        stage.report(&of_seconds(&stage, &recording, 1_400, true));
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{fault}");
        assert_eq!((stage.called("AudioSource", "open"), stage.called("AudioStore", "put")), (1, 1), "{fault}");
        let in_parts = usize::from(fault != Fault::ReplyLost);
        assert_eq!(stage.called("AudioStore", "complete"), in_parts, "{fault}: what is there is not sent again");
    }
}

#[test]
fn what_the_bucket_refuses_is_not_sent_in_parts_too() {
    let (stage, recording) = (stage(), sample::recording(1));
    let refused = Fault::ErrorBefore(ErrorKind::Refused);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioStore"]).operation("put"), refused));
    stage.report(&of_seconds(&stage, &recording, 1_400, true));
    assert_eq!((stage.state(&recording), stage.called("AudioStore", "begin")), (State::Fallback, 0));
}

/// Eighty seconds for eleven megabytes leave too little of an invocation for one long request.
#[test]
fn what_came_late_goes_in_parts_that_are_kept() {
    let (stage, recording) = (stage(), sample::recording(1));
    let request = of_seconds(&stage, &recording, 1_400, true);
    let held = stage.world.provider_recordings()[&recording].clone();
    let pace = Duration::from_secs(7);
    stage.world.put_provider_recording(&recording, ProviderRecording { pace, ..held });
    stage.report(&request);
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    assert_eq!((stage.called("AudioStore", "put"), stage.called("AudioStore", "complete")), (0, 1));
}

#[test]
fn an_upload_that_fails_is_given_up_and_done_again() {
    let faults = [
        ("begin", Fault::ErrorBefore(ErrorKind::Unavailable)),
        ("part", Fault::ErrorBefore(ErrorKind::Unavailable)),
        ("part", Fault::ReplyLost),
        ("complete", Fault::ErrorBefore(ErrorKind::Unavailable)),
        ("complete", Fault::Hang),
        ("complete", Fault::ReplyLost),
    ];
    for (operation, fault) in faults {
        let (stage, recording) = (stage(), sample::recording(1));
        stage.world.set_plan(Plan::none().nth(1, Where::ports(&["AudioStore"]).operation(operation), fault));
        stage.report(&large(&stage, &recording, true));
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{operation} {fault}");
        // Only a part that did not arrive is sent again, with those that were under way behind it.
        let parts = if operation == "part" { 5..=7 } else { 4..=4 };
        assert!(parts.contains(&stage.called("AudioStore", "part")), "{operation} {fault}: too much is sent again");
    }
}

#[test]
fn a_stream_that_breaks_off_before_a_part_is_whole_leaves_no_upload_behind() {
    for fault in [Fault::PartialBody(5_000_000), Fault::ShortBody(5_000_000), Fault::HangingBody(5_000_000)] {
        let (stage, recording) = (stage(), sample::recording(1));
        stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), fault));
        stage.report(&large(&stage, &recording, true));
        assert_eq!(stage.state(&recording), State::Received);
        assert!(stage.world.open_uploads().is_empty() && stage.world.objects().is_empty(), "{fault}");
    }
}

#[test]
fn what_is_no_audio_by_its_end_is_given_up_before_it_becomes_an_object() {
    let (stage, recording) = (stage(), sample::recording(1));
    let request = large(&stage, &recording, false);
    let mut bytes = sample::wav(SECONDS, 1).to_vec();
    bytes.truncate(10_000_000);
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(Bytes::from(bytes)));
    stage.report(&request);
    assert!(stage.world.open_uploads().is_empty() && stage.world.objects().is_empty());
}

#[test]
fn a_key_that_another_recording_holds_costs_no_upload() {
    let (stage, recordings) = (stage(), [1, 2].map(|n| sample::recording_of("default", 1, n)));
    for recording in &recordings {
        stage.report(&large(&stage, recording, true));
    }
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
    assert_eq!((stage.called("AudioStore", "begin"), stage.called("AudioStore", "abort")), (2, 0));
}

#[test]
fn a_key_that_is_taken_while_parts_are_sent_gives_way_too() {
    let (stage, recordings) = (stage(), [1, 2].map(|n| sample::recording_of("default", 1, n)));
    let requests = [0, 1].map(|n| large(&stage, &recordings[n], true));
    requests.iter().for_each(|request| assert!(stage.webhook(request)));
    stage.deliver();
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
}

/// What a worker that died before it could say so left under the recording's own key.
fn left_behind(stage: &Stage, request: &TransferRequest, bytes: Bytes) {
    let container = recordings::audio::Container::Wav;
    let report = &request.report;
    let key = stage.settings.prefix.audio_key(
        &request.recording,
        report.started_at.unwrap(),
        request.job_number.as_ref(),
        container,
    );
    stage.world.put_object(&key, FakeObject { bytes, recording: Some(request.recording.clone()), container });
}

#[test]
fn what_an_earlier_try_left_is_adopted_if_it_verifies_though_twilio_now_sends_other_bytes() {
    for (seconds, large_too) in [(SECONDS, true), (12, false)] {
        let (stage, recording) = (stage(), sample::recording(1));
        let request = if large_too { large(&stage, &recording, true) } else { recorded(&stage.world, &recording, 1) };
        let earlier = sample::wav(seconds, 99);
        left_behind(&stage, &request, earlier.clone());
        stage.report(&request);
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!(entry.state(), State::Settled);
        assert_eq!(entry.audio.unwrap().crc64nvme, recordings::audio::crc64nvme(&earlier));
        assert_eq!(stage.world.objects().len(), 1);
    }
}

#[test]
fn what_an_earlier_try_left_is_not_adopted_if_it_does_not_verify() {
    let (stage, recording) = (stage(), sample::recording(1));
    let request = large(&stage, &recording, true);
    left_behind(&stage, &request, sample::wav(3, 3));
    stage.report(&request);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.last_error.unwrap().code.as_str()), (State::Received, "duration_disagrees"));
    assert!(stage.world.provider_has(&recording));
}

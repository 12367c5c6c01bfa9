//! A transfer that outlives its invocation, or breaks off, goes on with what is in the bucket already.

use std::time::Duration;

use bytes::Bytes;
use recordings::fakes::{Delivery, Fault, Plan, ProviderRecording, QueueName, Settings, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::TransferRequest;
use recordings::ports::ErrorKind;
use recordings::recording::{RecordingRef, Report};

use crate::invariants::{broken, dead_letters};
use crate::stage::{Stage, recorded_as};

const PART: usize = 5 * 1024 * 1024;
const PIECE: usize = 1024 * 1024;
/// 64 kB a second.
const SLOW: Duration = Duration::from_millis(16_384);
/// A little over eleven megabytes, which goes in parts where it is slow or breaks off.
const SECONDS: u32 = 1_400;
/// Sixteen megabytes, which always goes in parts.
const LONG: u32 = 2_000;

fn stage() -> Stage {
    Stage::new(World::with(Settings { chunk_bytes: PIECE, ..Settings::default() }))
}

fn held(seconds: u32, pace: Duration) -> ProviderRecording {
    ProviderRecording { pace, ..ProviderRecording::completed(sample::wav(seconds, 1)) }
}

fn request(stage: &Stage, recording: &RecordingRef, seconds: u32, held: ProviderRecording) -> TransferRequest {
    let request = recorded_as(&stage.world, recording, 1, held);
    TransferRequest { report: Report { duration_seconds: Some(seconds), ..request.report.clone() }, ..request }
}

fn report(stage: &Stage, recording: &RecordingRef, held: ProviderRecording) {
    stage.report(&request(stage, recording, SECONDS, held));
}

fn assert_home(stage: &Stage, recording: &RecordingRef) {
    assert!(stage.becomes_quiet_within(Duration::from_secs(6 * 3_600)));
    assert_eq!(broken(stage, std::slice::from_ref(recording)), Vec::<String>::new());
    assert_eq!(dead_letters(stage), Vec::<String>::new());
}

#[test]
fn a_source_that_outlives_several_invocations_comes_home_in_one_upload() {
    for announces_length in [true, false] {
        let (stage, recording) = (stage(), sample::recording(1));
        report(&stage, &recording, ProviderRecording { announces_length, ..held(SECONDS, SLOW) });
        assert_home(&stage, &recording);
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((entry.attempts, entry.lines.len()), (0, 1), "nobody was told of a failure that was none");
        assert_eq!(stage.called("AudioStore", "begin"), 1);
        assert_eq!(stage.called("AudioStore", "part"), (44 + SECONDS as usize * 8_000).div_ceil(PART));
        assert_eq!((stage.called("AudioSource", "open"), stage.called("AudioSource", "open_from")), (1, 2));
        assert_eq!((stage.metrics.of("continued"), stage.metrics.of("too_slow")), (2.0, 0.0));
    }
}

#[test]
fn the_sweep_begins_nothing_anew_beside_a_transfer_that_goes_on() {
    let (stage, recording) = (stage(), sample::recording(1));
    // Forty minutes of sweeps that find the marker.
    let seconds = 19_200;
    stage.report(&request(&stage, &recording, seconds, held(seconds, SLOW)));
    assert_home(&stage, &recording);
    assert_eq!((stage.called("AudioStore", "begin"), stage.called("AudioSource", "open")), (1, 1));
}

#[test]
fn what_is_too_slow_and_serves_no_ranges_is_said_to_be_too_slow() {
    let (stage, recording) = (stage(), sample::recording(1));
    report(&stage, &recording, ProviderRecording { serves_ranges: false, ..held(SECONDS, SLOW) });
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.attempts), (State::Received, 1));
    assert_eq!(entry.last_error.unwrap().code, "too_slow");
    assert!(stage.world.open_uploads().is_empty(), "nothing is left of it");
    assert_eq!(stage.metrics.of("too_slow"), 1.0);
    assert!(stage.world.provider_has(&recording));
    assert!(stage.world.bodies(QueueName::Retry).iter().all(|message| !message.contains("upload_id")));
}

#[test]
fn what_does_not_fill_one_part_in_one_invocation_is_said_to_be_too_slow() {
    let (stage, recording) = (stage(), sample::recording(1));
    report(&stage, &recording, held(SECONDS, Duration::from_secs(25)));
    assert_eq!(stage.world.entry(&recording).unwrap().last_error.unwrap().code, "too_slow");
    assert!(stage.world.open_uploads().is_empty() && stage.world.objects().is_empty());
    assert_eq!(stage.called("AudioSource", "open"), 1, "it is not tried at once again");
}

#[test]
fn a_stream_that_breaks_off_goes_on_where_it_broke() {
    for fault in [Fault::PartialBody(9_000_000), Fault::ShortBody(9_000_000), Fault::HangingBody(9_000_000)] {
        for seconds in [SECONDS, LONG] {
            let (stage, recording) = (stage(), sample::recording(1));
            stage.world.set_plan(Plan::none().nth(1, Where::ports(&["AudioSource"]), fault));
            stage.report(&request(&stage, &recording, seconds, held(seconds, Duration::ZERO)));
            assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new(), "{fault}");
            let (opened, gone_on) = (stage.called("AudioSource", "open"), stage.called("AudioSource", "open_from"));
            assert_eq!((opened, gone_on), (1, 1), "{fault}, {seconds} s");
            let parts = (44 + seconds as usize * 8_000).div_ceil(PART);
            let sent = (stage.called("AudioStore", "begin"), stage.called("AudioStore", "part"));
            assert_eq!(sent, (1, parts), "{fault}, {seconds} s");
        }
    }
}

#[test]
fn what_breaks_off_again_comes_home_bit_by_bit() {
    let (stage, recording) = (stage(), sample::recording(1));
    let source = Where::ports(&["AudioSource"]);
    let first = Plan::none().nth(1, source.clone().operation("open"), Fault::PartialBody(6_000_000));
    stage.world.set_plan(first.nth(1, source.operation("open_from"), Fault::PartialBody(5_500_000)));
    report(&stage, &recording, held(SECONDS, Duration::ZERO));
    assert_home(&stage, &recording);
    assert_eq!((stage.called("AudioSource", "open"), stage.called("AudioSource", "open_from")), (1, 2));
    assert_eq!((stage.called("AudioStore", "begin"), stage.called("AudioStore", "part")), (1, 3));
}

#[test]
fn a_stream_that_breaks_off_where_no_ranges_are_served_is_read_anew() {
    for (seconds, sent) in [(SECONDS, [1, 1, 0]), (LONG, [2, 0, 1])] {
        let (stage, recording) = (stage(), sample::recording(1));
        stage.world.set_plan(Plan::none().nth(1, Where::ports(&["AudioSource"]), Fault::PartialBody(9_000_000)));
        let held = ProviderRecording { serves_ranges: false, ..held(seconds, Duration::ZERO) };
        stage.report(&request(&stage, &recording, seconds, held));
        assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new());
        assert_eq!(stage.called("AudioSource", "open"), 2);
        assert_eq!(["begin", "put", "complete"].map(|way| stage.called("AudioStore", way)), sent, "{seconds} s");
    }
}

#[test]
fn an_outage_in_the_middle_is_waited_for_and_then_gone_on_from() {
    let (stage, recording) = (stage(), sample::recording(1));
    let (from, until) = (stage.world.time() + Duration::from_secs(120), stage.world.time() + Duration::from_secs(400));
    for calls in [Where::ports(&["AudioStore"]), Where::ports(&["AudioSource"])] {
        let down = Fault::ErrorBefore(ErrorKind::Unavailable);
        stage.world.set_plan(Plan::none().between(from, until, calls, down));
    }
    report(&stage, &recording, held(SECONDS, SLOW));
    assert_home(&stage, &recording);
    assert_eq!(stage.called("AudioStore", "begin"), 1, "what was sent before is not sent again");
}

#[test]
fn audio_that_is_another_meanwhile_is_read_anew() {
    let (stage, recording) = (stage(), sample::recording(1));
    assert!(stage.webhook(&request(&stage, &recording, SECONDS, held(SECONDS, SLOW))));
    assert!(stage.transfer());
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(SECONDS, 99)));
    assert_home(&stage, &recording);
    assert_eq!((stage.called("AudioStore", "put"), stage.world.open_uploads().len()), (1, 0));
}

#[test]
fn a_message_to_go_on_that_comes_twice_takes_effect_once() {
    let (stage, recording) = (stage(), sample::recording(1));
    assert!(stage.webhook(&request(&stage, &recording, SECONDS, held(SECONDS, SLOW))));
    assert!(stage.transfer());
    let delivery: Vec<Delivery> = stage.world.receive_transfer(1);
    stage.world.nack(&delivery[0]);
    let again = delivery[0].body.clone();
    stage.deliver();
    stage.handle(&transfer::Batch::Transfers(vec![transfer::Incoming {
        id: "1".to_owned(),
        body: again,
        receives: 1,
        group: None,
    }]));
    assert_home(&stage, &recording);
}

#[test]
fn a_transfer_that_somebody_else_finished_is_not_gone_on_with() {
    let (stage, recording) = (stage(), sample::recording(1));
    let request = request(&stage, &recording, SECONDS, held(SECONDS, SLOW));
    assert!(stage.webhook(&request));
    assert!(stage.transfer());
    // Provider and network are quick for the other one.
    let bytes: Bytes = stage.world.provider_recordings()[&recording].bytes.clone();
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(bytes));
    assert!(stage.webhook(&request));
    assert_home(&stage, &recording);
}

#[test]
fn a_bucket_that_hangs_to_the_end_of_the_invocation_is_the_buckets_failure() {
    // Each try takes some seconds to fetch, and the bucket hangs for so long that the last one is cut off.
    for (operation, seconds, patience) in
        [("put", 12, 31), ("put", 12, 110), ("part", LONG, 34), ("complete", LONG, 110)]
    {
        let settings = Settings { chunk_bytes: 16 * PIECE, ..Settings::default() };
        let world = World::with(Settings { patience: Some(Duration::from_secs(patience)), ..settings });
        let (stage, recording) = (Stage::new(world), sample::recording(1));
        stage.world.set_plan(Plan::none().always(Where::ports(&["AudioStore"]).operation(operation), Fault::Hang));
        stage.report(&request(&stage, &recording, seconds, held(seconds, Duration::from_secs(5))));
        let entry = stage.world.entry(&recording).unwrap();
        let told = (entry.state(), entry.last_error.unwrap().code);
        assert_eq!(told, (State::Fallback, "s3_unavailable".to_owned()), "{operation} hangs for {patience} s");
        assert!(stage.lines(1)[0].contains("| Event: Recording pending upload |"), "{:?}", stage.lines(1));
        stage.world.set_plan(Plan::none());
        assert_home(&stage, &recording);
    }
}

#[test]
fn a_provider_that_hangs_to_the_end_of_the_invocation_is_not_called_slow() {
    let world = World::with(Settings { patience: Some(Duration::from_secs(60)), ..Settings::default() });
    let (stage, recording) = (Stage::new(world), sample::recording(1));
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), Fault::Hang));
    stage.report(&request(&stage, &recording, 12, held(12, Duration::ZERO)));
    assert_eq!(stage.world.entry(&recording).unwrap().last_error.unwrap().code, "provider_unavailable");
    assert_eq!(stage.metrics.of("too_slow"), 0.0);
}

#[test]
fn parts_are_kept_when_the_provider_hangs_as_it_is_asked_for_the_rest() {
    let settings = Settings { chunk_bytes: PIECE, ..Settings::default() };
    let world = World::with(Settings { patience: Some(Duration::from_secs(200)), ..settings });
    let (stage, recording) = (Stage::new(world), sample::recording(1));
    let source = Where::ports(&["AudioSource"]);
    let breaks_off = Plan::none().nth(1, source.clone().operation("open"), Fault::PartialBody(9_000_000));
    stage.world.set_plan(breaks_off.nth(1, source.operation("open_from"), Fault::Hang));
    report(&stage, &recording, held(SECONDS, Duration::ZERO));
    assert_home(&stage, &recording);
    assert_eq!((stage.called("AudioStore", "begin"), stage.called("AudioStore", "part")), (1, 3));
}

#[test]
fn a_transfer_queue_that_takes_nothing_does_not_cost_what_was_sent() {
    let (stage, recording) = (stage(), sample::recording(1));
    assert!(stage.webhook(&request(&stage, &recording, SECONDS, held(SECONDS, SLOW))));
    let now = stage.world.time();
    let refused = Fault::ErrorBefore(ErrorKind::Refused);
    let outage = Plan::none().between(now, now + Duration::from_secs(290), Where::ports(&["TransferQueue"]), refused);
    stage.world.set_plan(outage);
    assert_home(&stage, &recording);
    assert_eq!(stage.called("AudioStore", "begin"), 1);
}

#[test]
fn what_was_begun_anew_goes_on_though_less_is_there_than_before() {
    let (stage, recording) = (stage(), sample::recording(1));
    let seconds = 4_000;
    assert!(stage.webhook(&request(&stage, &recording, seconds, held(seconds, SLOW))));
    for _ in 0..3 {
        assert!(stage.transfer());
    }
    // Somebody gives the upload up under its feet.
    for upload in stage.world.open_uploads() {
        stage.world.run(recordings::ports::AudioStore::abort(&stage.world, &upload)).unwrap();
    }
    assert_home(&stage, &recording);
    assert_eq!(stage.metrics.of("too_slow"), 0.0);
    assert_eq!(stage.called("AudioStore", "begin"), 2);
}

//! Recordings whose job is found by the call, late, twice or never.

use std::time::Duration;

use recordings::fakes::{ProviderRecording, QueueName, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::TransferRequest;
use recordings::ports::JobRecord;
use recordings::recording::{Provider, RecordingRef, Report};

use crate::invariants::broken;
use crate::stage::{Stage, recorded};

const A_DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_job_that_only_the_call_tells_is_found_and_written_in_its_own_group() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = TransferRequest { job_number: None, ..recorded(&stage.world, &recording, 1) };
    stage.world.put_job(&sample::organisation(), sample::job(1, &[&recording]));
    assert!(stage.webhook(&request));
    while stage.transfer() {}
    assert!(stage.history());
    assert_eq!((stage.lines(1).len(), stage.world.queued(QueueName::History)), (0, 1), "nothing is written yet");
    stage.deliver();
    assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new());
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.job_number, Some(sample::job_number(1)));
    assert!(entry.recording_storage_path.unwrap().as_str().contains("-unassigned."), "the key never changes");
}

#[test]
fn a_job_that_names_the_carriers_call_is_found() {
    let stage = Stage::new(World::new(1));
    let call = "7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90";
    let recording = RecordingRef::parse("default", Provider::Vapi, call, "mono").unwrap();
    let carrier = sample::recording(7);
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(12, 1)));
    stage.world.put_job(&sample::organisation(), sample::job(1, &[&carrier]));
    let carrier_call_id = Some(carrier.call_id.as_str().parse().unwrap());
    let mut request = sample::transfer_request(&recording, None, 12, stage.world.time());
    request.report = Report { carrier_call_id, ..request.report };
    stage.report(&request);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.job_number), (State::Settled, Some(sample::job_number(1))));
    assert_eq!(stage.lines(1), [entry.lines[0].text.clone()]);
}

#[test]
fn a_recording_without_a_job_waits_a_day_and_is_then_listed() {
    let one_job = |stage: &Stage| {
        let recording = sample::recording(1);
        (recorded(&stage.world, &recording, 1), recording)
    };
    let nobody = TransferRequest { job_number: Some(sample::job_number(9)), ..one_job(&Stage::new(World::new(1))).0 };
    let unknown_call = TransferRequest { job_number: None, ..nobody.clone() };
    for request in [nobody, unknown_call] {
        let stage = Stage::new(World::new(1));
        let (_, recording) = one_job(&stage);
        stage.report(&request);
        stage.live_for(A_DAY - Duration::from_secs(60));
        assert_eq!(stage.state(&recording), State::Stored);
        assert!(stage.becomes_quiet_within(Duration::from_secs(3_600)));
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((entry.state(), entry.provider_kept_because.as_deref()), (State::Settled, Some("no_job")));
        assert!(stage.world.provider_has(&recording) && stage.lines(1).is_empty());
        assert_eq!(stage.metrics.of("unassigned"), 1.0, "once, and not before the day is over");
    }
}

#[test]
fn a_job_that_comes_late_is_found_within_its_day() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = TransferRequest { job_number: Some(sample::job_number(9)), ..recorded(&stage.world, &recording, 1) };
    stage.report(&request);
    stage.live_for(Duration::from_secs(20 * 3_600));
    stage.world.put_job(&sample::organisation(), sample::job(9, &[]));
    assert!(stage.becomes_quiet_within(Duration::from_secs(1_800)));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn two_records_of_one_number_are_never_guessed_between() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    stage.world.put_job(&sample::organisation(), JobRecord { id: sample::job_record_id(2), ..sample::job(1, &[]) });
    stage.report(&request);
    assert!(stage.lines(1).is_empty() && stage.lines(2).is_empty());
    assert_eq!((stage.state(&recording), stage.metrics.of("job_ambiguous")), (State::Stored, 1.0));
}

//! Recordings that are fetched together because they were missing: five at a time, with nobody who has to live for it.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::TransferRequest;
use recordings::ports::{ErrorKind, RetrievalWrite, TransferQueue};
use recordings::recording::{Outcome, Report, RetrievalId};
use recordings::retrieval::{LANES, Retrieval, RetrievalPlace};

use crate::stage::{Stage, audio_of};

const A_DAY: Duration = Duration::from_secs(86_400);

/// A retrieval of imported recordings that Twilio still has, of which nothing was asked for yet.
fn begun(recordings: u64) -> (Stage, Retrieval) {
    let stage = Stage::new(World::new(1));
    stage.world.put_job(&sample::organisation(), sample::job(1, &[]));
    let entries: Vec<_> = (1..=recordings).map(|n| imported(&stage, n)).collect();
    let retrieval = Retrieval::new(RetrievalId::of(7), sample::organisation(), &entries, stage.world.time());
    stage.world.run(RetrievalWrite::create(&stage.world, &retrieval)).unwrap();
    (stage, retrieval)
}

fn imported(stage: &Stage, n: u64) -> LedgerEntry {
    let recording = sample::recording(n);
    stage.world.put_provider_recording(&recording, ProviderRecording::completed(audio_of(&recording)));
    let report = Report { duration_seconds: Some(12), ..Report::of(Outcome::Completed) };
    let entry = LedgerEntry::imported(recording, Some(sample::job_number(1)), &report, None, stage.world.time());
    stage.world.put_entry(&entry);
    entry
}

fn ask(stage: &Stage, retrieval: &Retrieval, number: usize) {
    let entry = stage.world.entry(&retrieval.recordings[number].recording).unwrap();
    let place = Some(RetrievalPlace { id: retrieval.id.clone(), number });
    let request = TransferRequest { retrieval: place, ..TransferRequest::on_demand(&entry) };
    stage.world.run(TransferQueue::send(&stage.world, &request)).unwrap();
}

fn at_home(stage: &Stage) -> usize {
    stage.world.entries().iter().filter(|entry| entry.state().has_audio()).count()
}

#[test]
fn each_brings_the_next_of_its_lane_and_never_more_than_five_are_on_their_way() {
    let (stage, retrieval) = begun(23);
    (0..LANES).for_each(|number| ask(&stage, &retrieval, number));
    while stage.transfer() {
        assert!(stage.world.queued(QueueName::Transfer) <= LANES);
    }
    assert_eq!(at_home(&stage), 23);
}

#[test]
fn a_message_that_comes_twice_and_one_that_was_asked_for_again_do_no_harm() {
    let (stage, retrieval) = begun(12);
    for number in [0, 1, 2, 3, 4, 0, 1, 7] {
        ask(&stage, &retrieval, number);
    }
    stage.deliver();
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(at_home(&stage), 12);
    assert_eq!(stage.lines(1).len(), 12);
}

#[test]
fn one_that_fails_does_not_hold_up_those_behind_it() {
    let (stage, retrieval) = begun(12);
    let broken = Where::ports(&["AudioSource"]).key(&sample::recording(1).to_string());
    stage.world.set_plan(Plan::none().always(broken, Fault::ErrorBefore(ErrorKind::Unavailable)));
    (0..LANES).for_each(|number| ask(&stage, &retrieval, number));
    stage.deliver();
    assert_eq!(at_home(&stage), 11);
    assert_eq!(stage.state(&sample::recording(1)), State::Received);
    let retried: TransferRequest = serde_json::from_str(&stage.world.bodies(QueueName::Retry)[0]).unwrap();
    assert_eq!(retried.retrieval, None, "its retries are nobody's but its own");
}

#[test]
fn a_lane_survives_its_own_failures() {
    for port in ["RetrievalRead", "TransferQueue"] {
        let (stage, retrieval) = begun(12);
        (0..LANES).for_each(|number| ask(&stage, &retrieval, number));
        let plan = Plan::none().nth(1, Where::ports(&[port]), Fault::ErrorBefore(ErrorKind::Unavailable));
        stage.world.set_plan(plan);
        assert!(stage.becomes_quiet_within(A_DAY), "{port}");
        assert_eq!(at_home(&stage), 12, "{port}");
    }
}

//! Calls that are over and whose recording nobody reported: what is there comes home, what is not is explained.

use std::time::Duration;

use recordings::fakes::{
    AtProvider, Fault, Plan, ProviderRecording, QueueName, Settings as WorldSettings, Where, World, sample,
};
use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::{CompletedCall, MESSAGE_VERSION, Origin, TransferRequest};
use recordings::object_key::ObjectKey;
use recordings::ports::{CallNotes, ErrorKind, OpenMarkerWrite};
use recordings::recording::{CallRef, Direction, Outcome as Reported, Parties, Provider, RecordingRef};
use sweeper::{Calls, Job};

use crate::stage::{counts, received, settings, sweep, sweep_for, sweep_twice_at_once, try_sweep};

const MINUTE: Duration = Duration::from_secs(60);

/// The call of the nth recording is over, now.
fn over(world: &World, n: u64, has_job: bool) -> CallRef {
    let call = call(n);
    let job_number = has_job.then(|| sample::job_number(n));
    let note = CompletedCall {
        version: MESSAGE_VERSION,
        call: call.clone(),
        job_number,
        completed_at: world.time(),
        parties: Parties::default(),
    };
    world.run(CallNotes::put(world, &note)).unwrap();
    call
}

fn call(n: u64) -> CallRef {
    let RecordingRef { organisation, provider, call_id, .. } = sample::recording(n);
    CallRef { organisation, provider, call_id }
}

/// The provider holds the nth recording.
fn holds(world: &World, n: u64, held: ProviderRecording) {
    world.put_provider_recording(&sample::recording(n), ProviderRecording { ready_at: world.time(), ..held });
}

fn completed() -> ProviderRecording {
    ProviderRecording::completed(sample::wav(3, 1))
}

fn calls(world: &World) -> Calls {
    sweep(world).unwrap().calls
}

fn sent(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn notes(world: &World) -> Vec<String> {
    world.document_keys().into_iter().filter(|key| key.starts_with("calls/")).collect()
}

#[test]
fn what_the_provider_has_comes_home_with_the_calls_job_and_counts_as_repaired() {
    let world = World::new(1);
    over(&world, 1, true);
    holds(&world, 1, completed());
    world.advance(2 * MINUTE - Duration::from_secs(1));
    assert_eq!(calls(&world), Calls::default(), "its recording may be reported yet");
    world.advance(Duration::from_secs(1));
    let counted = counts(&world, Job::Retry);
    assert_eq!(counted, [(("repaired", Some(Provider::Twilio)), 1)]);
    let [request] = &sent(&world)[..] else { panic!("one request") };
    assert_eq!((&request.recording, &request.report.outcome), (&sample::recording(1), &Reported::Completed));
    assert_eq!((&request.job_number, request.origin), (&Some(sample::job_number(1)), Origin::Reconcile));
    assert_eq!(request.received_at, world.time());
    assert_eq!(world.open_markers().len(), 1);
    assert_eq!(notes(&world), Vec::<String>::new());
    assert_eq!(calls(&world), Calls::default());
}

#[test]
fn a_call_whose_recording_was_reported_is_forgotten_without_asking_the_provider() {
    let world = World::new(1);
    for n in [1, 2] {
        over(&world, n, true);
        holds(&world, n, completed());
    }
    let report = sample::report(3, world.time());
    world.put_entry(&LedgerEntry::received(sample::recording(1), None, &report, world.time()));
    let marked = sample::transfer_request(&sample::recording(2), None, 3, world.time());
    world.run(OpenMarkerWrite::put(&world, &marked)).unwrap();
    world.advance(2 * MINUTE);
    let before = world.calls().len();
    assert_eq!(calls(&world), Calls { calls_looked_at: 2, ..Calls::default() });
    assert_eq!((sent(&world), notes(&world)), (vec![], vec![]));
    let asked: Vec<_> = world.calls()[before..].iter().map(|call| (call.port, call.operation)).collect();
    assert!(!asked.iter().any(|(port, _)| *port == "ProviderList"), "{asked:?}");
    let looks = asked.iter().filter(|(port, _)| ["CallEntries", "CallRecordings"].contains(port)).count();
    assert_eq!(looks, 1 + 2, "one look at a call that the ledger knows");
}

#[test]
fn an_absence_is_told_as_the_provider_tells_it() {
    let world = World::new(1);
    over(&world, 1, true);
    holds(&world, 1, ProviderRecording { state: AtProvider::Absent, ..completed() });
    world.advance(2 * MINUTE);
    assert_eq!(calls(&world).calls_repaired, 1);
    let reason = "no recording was made".to_owned();
    assert_eq!(sent(&world)[0].report.outcome, Reported::Absent { reason });
    assert_eq!(sent(&world)[0].recording, sample::recording(1));
}

#[test]
fn a_recording_that_is_not_ready_is_waited_for_and_then_comes_home() {
    let world = World::new(1);
    over(&world, 1, true);
    let ready_at = world.time() + 60 * MINUTE;
    world.put_provider_recording(&sample::recording(1), ProviderRecording { ready_at, ..completed() });
    for _ in 0..11 {
        world.advance(5 * MINUTE);
        assert_eq!(calls(&world), Calls { calls_looked_at: 1, calls_waiting: 1, ..Calls::default() });
    }
    world.advance(5 * MINUTE);
    assert_eq!(calls(&world).calls_repaired, 1);
}

#[test]
fn a_recording_that_is_never_ready_is_explained_after_a_day() {
    let world = World::new(1);
    let call = over(&world, 1, true);
    let ready_at = world.time() + 10_000 * MINUTE;
    world.put_provider_recording(&sample::recording(1), ProviderRecording { ready_at, ..completed() });
    world.advance(24 * 60 * MINUTE - Duration::from_secs(1));
    assert_eq!(calls(&world).calls_waiting, 1);
    world.advance(Duration::from_secs(1));
    assert_eq!(calls(&world).calls_without_recording, 1);
    assert_eq!(sent(&world)[0].recording, RecordingRef::missing_of(&call));
}

#[test]
fn a_call_without_a_recording_is_explained_once_the_provider_had_time() {
    let world = World::new(1);
    let call = over(&world, 1, true);
    let completed_at = world.time();
    world.advance(14 * MINUTE);
    assert_eq!(calls(&world), Calls { calls_looked_at: 1, calls_waiting: 1, ..Calls::default() });
    world.advance(MINUTE);
    assert_eq!(calls(&world), Calls { calls_looked_at: 1, calls_without_recording: 1, ..Calls::default() });
    let [request] = &sent(&world)[..] else { panic!("one request") };
    assert_eq!(request.recording, RecordingRef::missing_of(&call));
    let reason = "the provider has no recording of the call".to_owned();
    assert_eq!(request.report.outcome, Reported::Absent { reason });
    assert_eq!((request.received_at, &request.job_number), (completed_at, &Some(sample::job_number(1))));
    assert_eq!(notes(&world), Vec::<String>::new());
}

#[test]
fn a_call_without_a_recording_or_a_job_is_counted_and_forgotten() {
    let world = World::new(1);
    over(&world, 1, false);
    world.advance(15 * MINUTE);
    assert_eq!(counts(&world, Job::Retry), [(("call_without_recording", Some(Provider::Twilio)), 1)]);
    assert_eq!((sent(&world), notes(&world), world.open_markers()), (vec![], vec![], vec![]));
}

#[test]
fn what_makes_no_sense_holds_up_no_other_call() {
    let world = World::new(1);
    world.put_document("calls/0-somebody-else", "x");
    let odd = over(&world, 1, true);
    world.put_document(&ObjectKey::Call(&odd).to_string(), "no note");
    over(&world, 2, true);
    holds(&world, 2, completed());
    world.advance(2 * MINUTE);
    assert_eq!(counts(&world, Job::Retry).len(), 2, "call_note_unreadable, repaired");
    assert_eq!(sent(&world).len(), 1);
    assert_eq!(notes(&world).len(), 2, "they stay where they are");
}

#[test]
fn a_call_of_which_the_provider_makes_no_sense_waits_a_day() {
    let world = World::new(1);
    over(&world, 1, true);
    world.set_plan(Plan::none().always(Where::providers(), Fault::ErrorBefore(ErrorKind::Invalid)));
    world.advance(15 * MINUTE);
    assert_eq!(calls(&world).calls_waiting, 1);
    world.advance(24 * 60 * MINUTE);
    assert_eq!(calls(&world).calls_without_recording, 1);
}

#[test]
fn one_call_that_the_provider_always_fails_for_does_not_stand_before_the_others() {
    let world = World::new(1);
    (1..=20).for_each(|n| drop(over(&world, n, true)));
    (1..=20).for_each(|n| holds(&world, n, completed()));
    // The first four fail for ever.
    let plan = (1..=4).fold(Plan::none(), |plan, n| {
        let call = Where::providers().key(sample::recording(n).call_id.as_str());
        plan.always(call, Fault::ErrorBefore(ErrorKind::Unavailable))
    });
    world.set_plan(plan);
    world.advance(2 * MINUTE);
    for _ in 0..3 {
        try_sweep(&world);
        world.advance(5 * MINUTE);
    }
    assert_eq!(sent(&world).len(), 16);
    assert_eq!(notes(&world).len(), 4);
    world.set_plan(Plan::none());
    sweep(&world).unwrap();
    sweep(&world).unwrap();
    assert_eq!((sent(&world).len(), notes(&world).len()), (20, 0));
}

#[test]
fn a_provider_that_asks_for_less_is_left_alone() {
    let world = World::new(1);
    (1..=5).for_each(|n| drop(over(&world, n, true)));
    let throttled = Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None });
    world.set_plan(Plan::none().always(Where::providers(), throttled));
    world.advance(2 * MINUTE);
    sweep(&world).unwrap_err();
    assert_eq!(world.calls().iter().filter(|call| call.port == "ProviderList").count(), 1);
    assert_eq!(notes(&world).len(), 5);
}

#[test]
fn a_run_whose_time_is_up_leaves_the_rest_to_the_next() {
    for page_size in [1, 7, 1_000] {
        let latency = Duration::from_millis(100);
        let world = World::with(WorldSettings { page_size, latency, ..WorldSettings::default() });
        for n in 1..=60 {
            over(&world, n, true);
            holds(&world, n, completed());
        }
        world.advance(2 * MINUTE);
        let mut runs = 0;
        while !notes(&world).is_empty() && runs < 50 {
            sweep_for(&world, &settings(), Duration::from_secs(20)).unwrap();
            runs += 1;
        }
        assert!((2..50).contains(&runs), "{page_size}: {runs} runs");
        let different: std::collections::BTreeSet<_> = sent(&world).into_iter().map(|one| one.recording).collect();
        assert_eq!(different.len(), 60, "{page_size}");
    }
}

#[test]
fn two_runs_at_once_lose_nothing() {
    let world = World::new(1);
    for n in 1..=10 {
        over(&world, n, true);
        holds(&world, n, completed());
    }
    world.advance(2 * MINUTE);
    for outcome in sweep_twice_at_once(&world) {
        outcome.unwrap();
    }
    let different: std::collections::BTreeSet<_> = sent(&world).into_iter().map(|one| one.recording).collect();
    assert_eq!((different.len(), world.open_markers().len(), notes(&world).len()), (10, 10, 0));
}

#[test]
fn whatever_fails_in_a_run_no_call_is_forgotten_before_its_recording_is_safe() {
    let prepare = || {
        let world = World::new(1);
        (1..=3).for_each(|n| drop(over(&world, n, n != 3)));
        holds(&world, 1, completed());
        world.advance(15 * MINUTE);
        world
    };
    let calm = prepare();
    let before = calm.calls().len();
    sweep(&calm).unwrap();
    assert_eq!(sent(&calm).len(), 2);
    for plan in Plan::each_single(&calm.calls()[before..]) {
        let world = prepare();
        world.set_plan(plan);
        for _ in 0..3 {
            try_sweep(&world);
            world.advance(5 * MINUTE);
            // What is on its way nowhere is still noted.
            for (n, recording) in [(1, sample::recording(1)), (2, RecordingRef::missing_of(&call(2)))] {
                let is_sent = sent(&world).iter().any(|request| request.recording == recording);
                let is_marked = world.open_markers().iter().any(|(marked, _)| *marked == recording);
                let is_noted = notes(&world).contains(&ObjectKey::Call(&call(n)).to_string());
                assert!(is_sent || is_marked || is_noted, "{}: {recording}", world.replay());
            }
        }
        assert_eq!(notes(&world), Vec::<String>::new(), "{}", world.replay());
    }
}

/// The call of the nth recording is over, now, and Twilio said who spoke.
fn over_between(world: &World, n: u64) -> Parties {
    let parties = Parties {
        direction: Some(Direction::Inbound),
        from: "+14158675309".parse().ok(),
        to: "+18005551212".parse().ok(),
    };
    let note = CompletedCall {
        version: MESSAGE_VERSION,
        call: call(n),
        job_number: None,
        completed_at: world.time(),
        parties: parties.clone(),
    };
    world.run(CallNotes::put(world, &note)).unwrap();
    parties
}

#[test]
fn who_spoke_is_handed_on_to_each_recording_that_does_not_say_it_and_only_once() {
    let world = World::new(1);
    let parties = over_between(&world, 1);
    let [first, second] = [1, 2].map(|n| sample::recording_of("default", 1, n));
    received(&world, &first);
    let told = received(&world, &second).apply(Change::PartiesLearned(parties.clone()), world.time()).unwrap();
    world.put_entry(&told);
    world.advance(2 * MINUTE);
    assert_eq!(calls(&world), Calls { calls_looked_at: 1, ..Calls::default() }, "nothing is repaired");
    let [request] = &sent(&world)[..] else { panic!("one request: {:?}", sent(&world)) };
    assert_eq!((&request.recording, &request.report.outcome), (&first, &Reported::Parties));
    assert_eq!(request.report.parties(), parties);
    assert_eq!(world.open_markers(), [], "it is no unfinished business");
    assert_eq!(notes(&world), Vec::<String>::new());
    assert_eq!(calls(&world), Calls::default());
}

#[test]
fn who_spoke_waits_for_the_entry_and_comes_along_with_what_is_brought_home() {
    let world = World::new(1);
    let parties = over_between(&world, 1);
    let event = sample::transfer_request(&sample::recording(1), None, 12, world.time());
    world.run(OpenMarkerWrite::put(&world, &event)).unwrap();
    world.advance(2 * MINUTE);
    assert_eq!(calls(&world).calls_waiting, 1, "there is only a marker yet");
    assert_eq!((notes(&world).len(), sent(&world).len()), (1, 0));
    over_between(&world, 2);
    holds(&world, 2, completed());
    received(&world, &sample::recording(1));
    world.advance(2 * MINUTE);
    assert_eq!(calls(&world).calls_repaired, 1);
    let told: Vec<_> =
        sent(&world).into_iter().map(|request| (request.report.outcome.clone(), request.report.parties())).collect();
    assert_eq!(told, [(Reported::Parties, parties.clone()), (Reported::Completed, parties)]);
    assert_eq!(notes(&world), Vec::<String>::new());
}

#[test]
fn a_note_stays_until_the_queue_has_taken_who_spoke() {
    let world = World::new(1);
    over_between(&world, 1);
    received(&world, &sample::recording(1));
    world.advance(2 * MINUTE);
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    world.set_plan(Plan::none().nth(1, Where::ports(&["TransferQueue"]), down));
    assert_eq!(sweep(&world).unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(notes(&world).len(), 1);
    sweep(&world).unwrap();
    assert_eq!((notes(&world).len(), sent(&world).len()), (0, 1));
}

//! What Airtable can do wrong, and what people do in it.

use std::time::Duration;

use futures_util::future::join;
use recordings::fakes::{Fault, Plan, QueueName, Settings, Where, World, sample};
use recordings::ledger_entry::{Change, State};
use recordings::messages::TransferRequest;
use recordings::ports::{Clock, ErrorKind, OpenMarkerWrite};
use transfer::{Batch, Deadline, Incoming};

use crate::invariants::{broken, dead_letters};
use crate::logs;
use crate::stage::{Stage, recorded};

const A_DAY: Duration = Duration::from_secs(86_400);

/// Recordings with a job each, in the bucket, whose lines are not written yet.
fn stored(stage: &Stage, count: u64) -> Vec<recordings::recording::RecordingRef> {
    let recordings: Vec<_> = (1..=count).map(sample::recording).collect();
    for (recording, job) in recordings.iter().zip(1..) {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    while stage.transfer() {}
    recordings
}

#[test]
fn whatever_airtable_refuses_is_alarmed_and_brought_back_within_twenty_minutes() {
    let kinds = [
        ErrorKind::Unavailable,
        ErrorKind::QuotaExhausted,
        ErrorKind::Refused,
        ErrorKind::Invalid,
        ErrorKind::Throttled { retry_after: None },
    ];
    for kind in kinds {
        for operation in ["find", "update"] {
            let stage = Stage::new(World::new(1));
            let recordings = stored(&stage, 3);
            let start = stage.world.time();
            let outage = Plan::none().between(
                start,
                start + A_DAY,
                Where::airtable().operation(operation),
                Fault::ErrorBefore(kind),
            );
            stage.world.set_plan(outage);
            let records = logs::during(|| stage.deliver());
            assert!(logs::types(&records).contains(&"airtable_update_error"), "{operation} {kind}");
            assert!(stage.metrics.of("airtable_update_error") >= 3.0);
            let unknown = (operation, kind) == ("update", ErrorKind::Unavailable);
            assert_eq!(stage.world.queued(QueueName::History), if unknown { 3 } else { 0 }, "{operation} {kind}");
            if unknown {
                stage.live_for(A_DAY);
                assert_eq!(dead_letters(&stage), Vec::<String>::new(), "innocents wait once, and do not die of it");
            }
            stage.world.set_plan(Plan::none());
            assert!(stage.becomes_quiet_within(Duration::from_secs(20 * 60)), "{operation} {kind}");
            assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{operation} {kind}");
        }
    }
}

#[test]
fn airtable_down_for_a_day_loses_nothing() {
    let stage = Stage::new(World::new(1));
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    let start = stage.world.time();
    stage.world.set_plan(Plan::none().between(start, start + A_DAY, Where::airtable(), down));
    let recordings = stored(&stage, 4);
    stage.live_for(A_DAY);
    assert!(recordings.iter().all(|recording| stage.world.provider_has(recording)));
    assert!(stage.becomes_quiet_within(Duration::from_secs(3_600)));
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
    assert_eq!(dead_letters(&stage), Vec::<String>::new());
}

#[test]
fn a_429_brings_thirty_quiet_seconds_and_then_the_line() {
    for operation in ["find", "update"] {
        let stage = Stage::new(World::new(1));
        let recordings = stored(&stage, 1);
        let throttled = Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None });
        stage.world.set_plan(Plan::none().nth(1, Where::airtable().operation(operation), throttled));
        stage.deliver();
        let calls = stage.world.calls();
        let asked: Vec<_> = calls.iter().filter(|call| call.port == "Jobs").collect();
        let refused = asked.iter().position(|call| call.fault.is_some()).unwrap();
        let silence = asked[refused + 1].at.duration_since(asked[refused].at);
        assert!(silence.as_secs() >= 30, "{operation}: {silence}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
        assert_eq!(stage.metrics.of("airtable_throttled"), 1.0);
    }
}

#[test]
fn what_a_person_writes_in_the_quiet_time_stays() {
    for operation in ["find", "update"] {
        let stage = Stage::new(World::new(1));
        let recordings = stored(&stage, 2);
        let throttled = Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None });
        stage.world.set_plan(Plan::none().nth(1, Where::airtable().operation(operation), throttled));
        let bodies = stage.world.bodies(QueueName::History).into_iter().zip(1..);
        let batch = bodies.map(|(body, id)| Incoming { id: format!("{id}"), body, receives: 1, group: None }).collect();
        let ports = stage.ports(stage.world.worker("transfer"));
        let person = async {
            Clock::sleep(&ports.world, Duration::from_secs(15)).await;
            let organisation = sample::organisation();
            stage.world.edit_history(&organisation, &sample::job_record_id(1), |text| text.push_str("a note"));
        };
        let batch = Batch::Histories(batch);
        let (again, ()) = ports.world.run(join(stage.invocation(&ports, &batch), person));
        assert_eq!(again, Some(Vec::new()), "{operation}");
        let line = |recording| stage.world.entry(recording).unwrap().lines[0].text.clone();
        assert_eq!(stage.lines(1), ["a note".to_owned(), line(&recordings[0])], "{operation}");
        assert_eq!(stage.lines(2), [line(&recordings[1])], "{operation}");
    }
}

#[test]
fn a_backlog_keeps_the_limit_with_few_requests() {
    let world = World::with(Settings { airtable_limit: true, ..Settings::default() });
    let stage = Stage::new(world);
    let recordings = stored(&stage, 60);
    stage.deliver();
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
    assert_eq!(stage.metrics.of("airtable_throttled"), 0.0);
    let requests = stage.called("Jobs", "find") + stage.called("Jobs", "update");
    assert_eq!(requests, 12, "a find and a PATCH for ten");
}

#[test]
fn a_line_is_written_only_by_a_message_of_its_jobs_own_group() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    // The webhook did not know the job; the entry does by the time the pointer is read.
    assert!(stage.webhook(&TransferRequest { job_number: None, ..request }));
    while stage.transfer() {}
    let entry = stage.world.entry(&recording).unwrap();
    let assigned = entry.apply(Change::JobAssigned(sample::job_number(1)), stage.world.time()).unwrap();
    stage.world.put_entry(&assigned);
    assert!(stage.history());
    assert_eq!(stage.lines(1), Vec::<String>::new(), "nothing is written from the call's group");
    stage.deliver();
    assert_eq!(stage.lines(1).len(), 1);
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn one_bad_record_stands_alone_in_the_end() {
    let stage = Stage::new(World::new(1));
    let recordings = stored(&stage, 7);
    let locked = sample::job_record_id(4);
    stage.world.lock_job(&sample::organisation(), &locked, true);
    stage.deliver();
    let written: Vec<usize> = (1..=7).map(|job| stage.lines(job).len()).collect();
    assert_eq!(written, [1, 1, 1, 0, 1, 1, 1]);
    assert_eq!(stage.metrics.of("airtable_update_error"), 1.0);
    stage.world.lock_job(&sample::organisation(), &locked, false);
    assert!(stage.becomes_quiet_within(Duration::from_secs(20 * 60)));
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
}

#[test]
fn a_batch_of_several_organisations_and_more_than_ten_messages_is_told_apart() {
    let stage = Stage::new(World::new(1));
    let mut recordings = stored(&stage, 12);
    let theirs = sample::recording_of("acme", 50, 50);
    assert!(stage.webhook(&recorded(&stage.world, &theirs, 1)));
    while stage.transfer() {}
    recordings.push(theirs);
    let bodies = stage.world.bodies(QueueName::History).into_iter();
    let batch =
        bodies.zip(0..).map(|(body, id)| Incoming { id: format!("{id}"), body, receives: 1, group: None }).collect();
    assert_eq!(stage.handle(&Batch::Histories(batch)), Some(Vec::new()));
    assert_eq!((stage.called("Jobs", "find"), stage.called("Jobs", "update")), (2, 3));
    assert!(recordings.iter().all(|recording| stage.state(recording) == State::Settled));
    assert_eq!(stage.lines(1).len(), 1, "a job of the same number in another base is another job");
}

#[test]
fn messages_of_one_batch_that_say_the_same_take_effect_once() {
    for fault in [None, Some(Fault::ErrorBefore(ErrorKind::Unavailable))] {
        let stage = Stage::new(World::new(1));
        let recordings = stored(&stage, 2);
        let mut bodies = stage.world.bodies(QueueName::History);
        // As a sweep sends it that comes by while the first one waits.
        bodies.insert(1, bodies[0].replace(r#""entry_version":""#, r#""entry_version":"swept "#));
        let batch = bodies.into_iter().zip(1..).map(|(body, id)| Incoming {
            id: format!("{id}"),
            body,
            receives: 1,
            group: None,
        });
        let of_the_first = Where::ports(&["LedgerRead"]).key(recordings[0].recording_id.as_str());
        stage.world.set_plan(fault.map_or(Plan::none(), |fault| Plan::none().always(of_the_first, fault)));
        let again = stage.handle(&Batch::Histories(batch.collect())).unwrap();
        let expected: &[&str] = if fault.is_some() { &["1", "2"] } else { &[] };
        assert_eq!(again, expected);
        let done = if fault.is_some() { 1 } else { 2 };
        assert_eq!(stage.called("ProviderCopies", "delete"), done);
        assert_eq!(stage.metrics.of("history_written"), done as f64);
    }
}

#[test]
fn what_a_person_wrote_before_stays_as_it_is() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    let note = "Called back, wants | bars and ---- dashes\r\n\r\n  indented  ";
    stage.world.edit_history(&sample::organisation(), &sample::job_record_id(1), |text| text.push_str(note));
    stage.report(&request);
    let line = &stage.world.entry(&recording).unwrap().lines[0].text;
    let history = stage.world.history(&sample::organisation(), &sample::job_record_id(1));
    assert_eq!(history, format!("{note}\n{line}"));
}

/// The window of one request that Airtable leaves open (promise P3): the edit may go, our own lines may not.
#[test]
fn an_edit_between_find_and_patch_costs_none_of_our_lines() {
    let stage = Stage::new(World::with(Settings { latency: Duration::from_secs(2), ..Settings::default() }));
    let recordings = stored(&stage, 1);
    let bodies = stage.world.bodies(QueueName::History).into_iter();
    let batch =
        Batch::Histories(bodies.map(|body| Incoming { id: "1".to_owned(), body, receives: 1, group: None }).collect());
    let worker = stage.world.worker("transfer");
    let (ports, deadline) = (stage.ports(worker.clone()), Deadline::at(worker.now() + Duration::from_secs(120)));
    let person = async {
        while stage.called("Jobs", "update") == 0 {
            Clock::sleep(&worker, Duration::from_millis(10)).await;
        }
        let organisation = sample::organisation();
        stage.world.edit_history(&organisation, &sample::job_record_id(1), |text| text.push_str("a note"));
    };
    let (again, ()) = worker.run(join(transfer::handle(&ports, &stage.settings, &batch, deadline), person));
    assert_eq!(again, Vec::<String>::new());
    let line = stage.world.entry(&recordings[0]).unwrap().lines[0].text.clone();
    assert_eq!(stage.lines(1), [line]);
    assert_eq!(stage.state(&recordings[0]), State::Settled);
}

#[test]
fn a_history_that_is_full_is_never_cut_and_keeps_the_copy_at_the_provider() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    let full = "x".repeat(99_990);
    stage.world.edit_history(&sample::organisation(), &sample::job_record_id(1), |text| text.clone_from(&full));
    let records = logs::during(|| stage.report(&request));
    assert_eq!(stage.world.history(&sample::organisation(), &sample::job_record_id(1)), full);
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.provider_kept_because.as_deref()), (State::Settled, Some("history_full")));
    assert_eq!(entry.unconfirmed_lines().count(), 1, "the line stays in the ledger");
    assert!(stage.world.provider_has(&recording) && stage.world.open_markers().is_empty());
    assert!(logs::types(&records).contains(&"history_full") && stage.metrics.of("history_full") == 1.0);
}

#[test]
fn a_line_that_a_full_history_refused_is_written_once_there_is_room() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    let edit = |text: String| {
        stage.world.edit_history(&sample::organisation(), &sample::job_record_id(1), |history| *history = text);
    };
    edit("x".repeat(99_990));
    stage.report(&request);
    // The runbook's remedy: the field is archived, and the event put back.
    edit(String::new());
    stage.world.run(OpenMarkerWrite::put(&stage.world, &request)).unwrap();
    assert!(stage.becomes_quiet_within(Duration::from_secs(20 * 60)));
    assert_eq!(stage.lines(1).len(), 1);
    assert!(stage.world.entry(&recording).unwrap().all_lines_confirmed() && stage.world.open_markers().is_empty());
}

//! An Airtable that refuses for longer than an invocation lasts: it is left alone, and nothing dies of that.

use std::time::Duration;

use recordings::fakes::{Call, Fault, Plan, QueueName, Where, World, sample};
use recordings::ports::ErrorKind;
use recordings::recording::RecordingRef;
use transfer::{Batch, Incoming};

use crate::invariants::{broken, dead_letters};
use crate::logs;
use crate::stage::{Stage, recorded};

const AN_HOUR: Duration = Duration::from_secs(3_600);
/// A pause that began just before Airtable recovered, a sweep that came just before its end, and the next one.
const AFTER_THE_QUOTA: Duration = Duration::from_secs(36 * 60);

const QUOTA: Fault = Fault::ErrorBefore(ErrorKind::QuotaExhausted);

fn throttled(retry_after: Option<u64>) -> Fault {
    Fault::ErrorBefore(ErrorKind::Throttled { retry_after: retry_after.map(Duration::from_secs) })
}

/// A recording each of some organisations on one base, in the bucket, whose lines are not written yet.
fn stored_of(stage: &Stage, organisations: &[&str]) -> Vec<RecordingRef> {
    let on_one_base: Vec<_> = organisations.iter().map(|organisation| (*organisation, None)).collect();
    stage.world.set_secrets(sample::secrets_of(&on_one_base));
    let recordings: Vec<_> =
        organisations.iter().zip(1..).map(|(organisation, n)| sample::recording_of(organisation, n, n)).collect();
    for (recording, job) in recordings.iter().zip(1..) {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    while stage.transfer() {}
    recordings
}

/// What was asked of Airtable so far.
fn asked(stage: &Stage) -> Vec<Call> {
    stage.world.calls().into_iter().filter(|call| call.port == "Jobs").collect()
}

fn waiting(stage: &Stage) -> Batch {
    let bodies = stage.world.bodies(QueueName::History).into_iter().zip(1..);
    Batch::Histories(
        bodies.map(|(body, id)| Incoming { id: format!("{id}"), body, receives: 1, group: None }).collect(),
    )
}

#[test]
fn organisations_of_a_base_that_keeps_refusing_are_answered_for_in_time() {
    for operation in ["find", "update"] {
        let stage = Stage::new(World::new(1));
        let recordings = stored_of(&stage, &["acme", "bolt", "default"]);
        let start = stage.world.time();
        let refusals = Where::airtable().operation(operation);
        stage.world.set_plan(Plan::none().between(start, start + 3 * AN_HOUR, refusals, throttled(None)));
        let records = logs::during(|| assert_eq!(stage.handle(&waiting(&stage)), Some(Vec::new()), "{operation}"));
        let refused = logs::types(&records).into_iter().filter(|said| *said == "airtable_update_error").count();
        assert_eq!((refused, stage.metrics.of("airtable_update_error")), (3, 3.0), "each is told of once");
        let quiet: Vec<_> = asked(&stage)
            .windows(2)
            .filter(|calls| calls[0].fault.is_some())
            .map(|calls| calls[1].at.duration_since(calls[0].at).as_secs())
            .collect();
        assert!(!quiet.is_empty() && quiet.iter().all(|seconds| *seconds >= 30), "{operation}: {quiet:?}");
        stage.live_for(3 * AN_HOUR);
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{operation}");
        assert!(stage.becomes_quiet_within(AN_HOUR), "{operation}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{operation}");
    }
}

#[test]
fn organisations_are_answered_for_in_time_though_each_call_for_them_hangs() {
    for operation in ["find", "update"] {
        let stage = Stage::new(World::new(1));
        let recordings = stored_of(&stage, &["acme", "bolt", "coil", "default", "ever"]);
        let start = stage.world.time();
        let hanging = Where::airtable().operation(operation);
        stage.world.set_plan(Plan::none().between(start, start + 3 * AN_HOUR, hanging, Fault::Hang));
        assert!(stage.handle(&waiting(&stage)).is_some(), "{operation}");
        stage.live_for(3 * AN_HOUR);
        assert!(stage.becomes_quiet_within(AN_HOUR), "{operation}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{operation}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{operation}");
    }
}

#[test]
fn a_base_that_asks_for_ten_minutes_gets_them_and_the_invocation_ends_in_time() {
    for operation in ["find", "update"] {
        let stage = Stage::new(World::new(1));
        let recordings = stored_of(&stage, &["default", "default"]);
        let refusals = Where::airtable().operation(operation);
        stage.world.set_plan(Plan::none().nth(1, refusals, throttled(Some(600))));
        assert_eq!(stage.handle(&waiting(&stage)), Some(Vec::new()), "{operation}");
        let refused_at = asked(&stage).last().unwrap().at;
        let before = asked(&stage).len();
        let rested = stage.world.time();
        assert_eq!(stage.handle(&waiting(&stage)), Some(Vec::new()), "{operation}");
        assert_eq!(asked(&stage).len(), before, "{operation}: the process remembers");
        assert_eq!(stage.world.time(), rested, "{operation}: who asked nothing owes no rest");
        assert!(stage.becomes_quiet_within(AN_HOUR), "{operation}");
        let silence = asked(&stage)[before].at.duration_since(refused_at).as_secs();
        assert!(silence >= 600, "{operation}: {silence}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{operation}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{operation}");
    }
}

#[test]
fn a_month_that_is_used_up_costs_a_request_a_quarter_of_an_hour() {
    for operation in ["find", "update"] {
        let stage = Stage::new(World::new(1));
        let start = stage.world.time();
        let refusals = Where::airtable().operation(operation);
        stage.world.set_plan(Plan::none().between(start, start + 4 * AN_HOUR, refusals, QUOTA));
        let mut recordings = Vec::new();
        // They arrive one after the other, so that each sweep brings some of them back.
        for n in 1..=10 {
            let recording = sample::recording(n);
            stage.report(&recorded(&stage.world, &recording, n));
            stage.live_for(Duration::from_secs(240));
            recordings.push(recording);
        }
        stage.live_for((start + 4 * AN_HOUR).duration_since(stage.world.time()).try_into().unwrap());
        let refusals: Vec<_> = asked(&stage).into_iter().filter(|call| call.fault.is_some()).collect();
        let close = refusals.windows(2).find(|calls| calls[1].at.duration_since(calls[0].at).as_secs() < 900);
        assert_eq!(close, None, "{operation}");
        assert!((8..=16).contains(&refusals.len()), "{operation}: asked {} times in four hours", refusals.len());
        assert_eq!(stage.metrics.of("airtable_quota_exhausted"), refusals.len() as f64, "{operation}");
        assert!(stage.metrics.of("airtable_update_error") > refusals.len() as f64, "what waits is told of");
        assert!(stage.becomes_quiet_within(AFTER_THE_QUOTA), "{operation}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{operation}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{operation}");
    }
}

#[test]
fn the_second_organisation_of_a_used_up_base_is_not_even_asked_about() {
    let stage = Stage::new(World::new(1));
    stored_of(&stage, &["acme", "default"]);
    stage.world.set_plan(Plan::none().always(Where::airtable(), QUOTA));
    let records = logs::during(|| assert_eq!(stage.handle(&waiting(&stage)), Some(Vec::new())));
    assert_eq!(asked(&stage).len(), 1);
    let times = |said: &str| {
        let of_this = |record: &&logs::Record| record.get("log_type").is_some_and(|log_type| log_type == said);
        records.iter().filter(of_this).count()
    };
    assert_eq!((times("airtable_quota_exhausted"), times("airtable_update_error")), (1, 2));
}

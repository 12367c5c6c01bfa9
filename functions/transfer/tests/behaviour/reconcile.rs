//! What the sweeper finds in the provider's list comes to the same end as what a webhook told.

use std::time::Duration;

use recordings::fakes::{AtProvider, FakeObject, Fault, Plan, ProviderRecording, Where, World, sample};
use recordings::ledger_entry::{Change, LedgerEntry, State};
use recordings::ports::ErrorKind;
use recordings::recording::RecordingRef;

use crate::invariants::broken;
use crate::logs;
use crate::stage::{Stage, audio_of, recorded, recorded_as};

const AN_HOUR: Duration = Duration::from_secs(3_600);
const A_DAY: Duration = Duration::from_secs(86_400);

/// Recordings whose webhooks are all lost, each of a call that a job names.
fn unheard_of(stage: &Stage, recordings: impl IntoIterator<Item = u64>) -> Vec<RecordingRef> {
    let make = |n| {
        let recording = sample::recording(n);
        stage.world.put_job(&sample::organisation(), sample::job(n, &[&recording]));
        recorded(&stage.world, &recording, n);
        recording
    };
    recordings.into_iter().map(make).collect()
}

/// A recording that is settled, and whose copy stays for so many hours.
fn settled(hours: &str) -> (Stage, RecordingRef) {
    let stage = Stage::configured(World::new(1), &[("PROVIDER_DELETE_AFTER_HOURS", hours)]);
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    assert_eq!(stage.state(&recording), State::Settled);
    (stage, recording)
}

fn entry(stage: &Stage, recording: &RecordingRef) -> LedgerEntry {
    stage.world.entry(recording).unwrap()
}

#[test]
fn with_all_webhooks_of_an_hour_lost_one_run_brings_every_recording_home() {
    let stage = Stage::new(World::new(1));
    let recordings = unheard_of(&stage, 1..=12);
    let made_at = stage.world.time();
    stage.live_for(AN_HOUR);
    assert!(recordings.iter().all(|recording| stage.world.entry(recording).is_none()));
    stage.reconcile();
    assert!(stage.becomes_quiet_within(AN_HOUR));
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
    assert_eq!(stage.metrics.of("repaired"), 12.0);
    let entry = entry(&stage, &recordings[0]);
    assert_eq!((entry.started_at, entry.duration_reported_seconds), (made_at, Some(12)), "what the list said");
    assert_eq!(entry.job_number, Some(sample::job_number(1)), "found by the call");
    stage.live_for(AN_HOUR);
    stage.reconcile();
    assert_eq!(stage.metrics.of("repaired"), 12.0, "and that is all");
}

#[test]
fn a_copy_goes_when_it_is_due_and_not_before() {
    for hours in [1, 24, 240] {
        let (stage, recording) = settled(&hours.to_string());
        stage.live_for(AN_HOUR * (hours - 1) + AN_HOUR / 2);
        stage.reconcile();
        assert!(stage.world.provider_has(&recording), "{hours}");
        stage.live_for(AN_HOUR);
        stage.reconcile();
        let entry = entry(&stage, &recording);
        assert_eq!((entry.provider_deleted_at, entry.provider_delete_due_at), (Some(stage.world.time()), None));
        assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new(), "{hours}");
        stage.live_for(AN_HOUR);
        stage.reconcile();
        assert_eq!(stage.called("ProviderCopies", "delete"), 1, "{hours}");
    }
}

#[test]
fn a_copy_that_is_due_stays_on_hold_and_while_ours_is_in_doubt() {
    let on_hold = |stage: &Stage, entry: &LedgerEntry| {
        stage.world.put_entry(&entry.apply(Change::HoldPlaced, stage.world.time()).unwrap());
    };
    let changed = |stage: &Stage, entry: &LedgerEntry| {
        let key = entry.recording_storage_path.as_ref().unwrap();
        let object = FakeObject { bytes: sample::wav(3, 9), ..stage.world.objects()[key].clone() };
        stage.world.put_object(key, object);
    };
    stays_although_due(on_hold, false);
    stays_although_due(changed, true);
}

fn stays_although_due(tamper: impl Fn(&Stage, &LedgerEntry), is_told: bool) {
    let (stage, recording) = settled("1");
    tamper(&stage, &entry(&stage, &recording));
    stage.live_for(2 * AN_HOUR);
    let records = logs::during(|| stage.reconcile());
    assert!(stage.world.provider_has(&recording));
    assert_eq!(logs::types(&records).contains(&"deletion_gate_shut"), is_told);
    assert_eq!(entry(&stage, &recording).provider_deleted_at, None);
}

#[test]
fn a_deletion_that_fails_is_made_up_for_an_hour_later() {
    let (stage, recording) = settled("1");
    stage.live_for(2 * AN_HOUR);
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    stage.world.set_plan(Plan::none().nth(1, Where::ports(&["ProviderCopies"]), down));
    stage.reconcile();
    assert!(stage.world.provider_has(&recording));
    assert_eq!(stage.metrics.of("provider_deletion_failed"), 1.0);
    stage.live_for(AN_HOUR);
    stage.reconcile();
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn a_copy_that_is_there_against_all_word_is_deleted_again() {
    let (stage, recording) = settled("0");
    let deleted_at = entry(&stage, &recording).provider_deleted_at;
    let created_at = Some(stage.world.time());
    let there = ProviderRecording { created_at, ..ProviderRecording::completed(audio_of(&recording)) };
    stage.world.put_provider_recording(&recording, there);
    stage.live_for(AN_HOUR);
    let records = logs::during(|| stage.reconcile());
    assert!(logs::types(&records).contains(&"provider_copy_still_there"));
    assert!(!stage.world.provider_has(&recording));
    assert_eq!(entry(&stage, &recording).provider_deleted_at, deleted_at, "the first receipt stands");
}

#[test]
fn what_somebody_deleted_before_it_was_copied_is_said_to_be_lost_once() {
    let stage = Stage::new(World::new(1));
    let [unknown, failed] = [1, 2].map(sample::recording);
    let deleted = |recording| ProviderRecording {
        state: AtProvider::Deleted,
        created_at: Some(stage.world.time()),
        ..ProviderRecording::completed(audio_of(recording))
    };
    stage.world.put_job(&sample::organisation(), sample::job(1, &[&unknown]));
    recorded_as(&stage.world, &unknown, 1, deleted(&unknown));
    // The other one was heard of, and could not be had.
    let lost_at = deleted(&failed);
    let unavailable = Fault::ErrorBefore(ErrorKind::Unavailable);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), unavailable));
    stage.report(&recorded(&stage.world, &failed, 2));
    stage.live_for(AN_HOUR);
    assert_eq!(stage.state(&failed), State::Failed);
    stage.world.set_plan(Plan::none());
    stage.world.put_provider_recording(&failed, lost_at);
    let records = logs::during(|| stage.reconcile());
    let told = |records: &[logs::Record]| {
        logs::types(records).iter().filter(|log_type| **log_type == "recording_lost_at_provider").count()
    };
    assert_eq!(told(&records), 2);
    assert!(stage.becomes_quiet_within(A_DAY));
    for (recording, job) in [(&unknown, 1), (&failed, 2)] {
        assert_eq!(stage.state(recording), State::Absent);
        assert!(stage.lines(job).last().unwrap().contains("| Event: Recording unavailable |"), "{job}");
    }
    stage.live_for(AN_HOUR);
    assert_eq!(told(&logs::during(|| stage.reconcile())), 0);
    assert_eq!(stage.metrics.of("lost_at_provider"), 2.0);
}

#[test]
fn an_absence_that_nobody_told_is_explained_in_the_history() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.put_job(&sample::organisation(), sample::job(1, &[&recording]));
    let absent = ProviderRecording {
        state: AtProvider::Absent,
        created_at: Some(stage.world.time()),
        ..ProviderRecording::completed(audio_of(&recording))
    };
    recorded_as(&stage.world, &recording, 1, absent);
    stage.live_for(AN_HOUR);
    stage.reconcile();
    assert!(stage.becomes_quiet_within(AN_HOUR));
    assert_eq!(stage.state(&recording), State::Absent);
    assert!(
        stage.lines(1)[0].contains("| Event: Recording unavailable | Source: IVR | Reason: no recording was made |")
    );
}

#[test]
fn what_runs_out_of_time_does_not_wait_for_the_slow_lane() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let unavailable = Fault::ErrorBefore(ErrorKind::Unavailable);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), unavailable));
    stage.report(&recorded(&stage.world, &recording, 1));
    stage.live_for(5 * AN_HOUR);
    let failed = entry(&stage, &recording);
    let ending = |entry: &LedgerEntry, at| {
        let mut entry = entry.clone();
        entry.provider_expires_at = Some(at);
        entry
    };
    let (now, next) = (stage.world.time(), failed.next_attempt_at.unwrap());
    assert!(failed.state() == State::Failed && next > now, "{next}");
    stage.world.set_plan(Plan::none());
    stage.world.put_entry(&ending(&failed, now + 2 * A_DAY));
    stage.reconcile();
    assert_eq!(stage.state(&recording), State::Failed, "two days are enough");
    stage.world.put_entry(&ending(&failed, now + A_DAY / 2));
    stage.reconcile();
    assert_eq!((stage.state(&recording), stage.metrics.of("at_risk")), (State::Settled, 1.0));
}

#[test]
fn an_unfinished_recording_without_a_marker_gets_it_back() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let unavailable = Fault::ErrorBefore(ErrorKind::Unavailable);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), unavailable));
    stage.report(&recorded(&stage.world, &recording, 1));
    stage.live_for(AN_HOUR);
    let marker = recordings::object_key::ObjectKey::Open(&recording).to_string();
    stage.world.remove_document(&marker);
    stage.world.set_plan(Plan::none());
    stage.reconcile();
    assert_eq!(stage.world.open_markers().len(), 1);
    assert_eq!(stage.state(&recording), State::Failed, "it is tried when it is due");
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

/// What a lost webhook, a copy that is due and a recording that somebody deleted come to, whatever fails once.
#[test]
fn each_single_fault_of_a_run_changes_only_when() {
    let play = |plan: Option<Plan>| {
        let (stage, due) = settled("1");
        let missing = unheard_of(&stage, [2]);
        let deleted = ProviderRecording {
            state: AtProvider::Deleted,
            created_at: Some(stage.world.time()),
            ..ProviderRecording::completed(audio_of(&sample::recording(3)))
        };
        recorded_as(&stage.world, &sample::recording(3), 3, deleted);
        stage.world.put_job(&sample::organisation(), sample::job(4, &[&sample::recording(3)]));
        stage.live_for(2 * AN_HOUR);
        let before = stage.world.calls().len();
        if let Some(plan) = plan {
            stage.world.set_plan(plan);
        }
        for _ in 0..4 {
            stage.reconcile();
            stage.live_for(AN_HOUR);
        }
        (stage, due, missing, before)
    };
    let (calm, _, _, before) = play(None);
    let plans: Vec<Plan> = Plan::each_single(&calm.world.calls()[before..]).collect();
    assert!(plans.len() > 100, "{} faults are not all", plans.len());
    for plan in plans {
        let (stage, due, missing, _) = play(Some(plan));
        stage.live_for(2 * AN_HOUR);
        stage.reconcile();
        stage.live_for(AN_HOUR);
        assert!(!stage.world.provider_has(&due), "{}", stage.world.replay());
        assert_eq!(stage.state(&missing[0]), State::Settled, "{}", stage.world.replay());
        assert_eq!(stage.state(&sample::recording(3)), State::Absent, "{}", stage.world.replay());
        assert!(
            stage.metrics.of("repaired") <= 2.0,
            "{}: at most the one that failed counts twice",
            stage.world.replay()
        );
        let home = stage.lines(2).iter().filter(|line| line.contains("| Event: Recording |")).count();
        assert_eq!(home, 1, "{}", stage.world.replay());
    }
}

//! Lines that were written and are gone: each is written again, once.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, State};
use recordings::messages::{HistoryRequest, MESSAGE_VERSION};
use recordings::ports::{ErrorKind, HistoryQueue};
use recordings::recording::RecordingRef;

use crate::invariants::{broken, dead_letters};
use crate::logs;
use crate::stage::{Stage, recorded};

const AN_HOUR: Duration = Duration::from_secs(3_600);

/// A job's recording that is settled.
fn settled(stage: &Stage, n: u64, job: u64) -> RecordingRef {
    let recording = sample::recording(n);
    stage.report(&recorded(&stage.world, &recording, job));
    assert_eq!(stage.state(&recording), State::Settled);
    recording
}

/// A person takes a recording's lines out of a job's history.
fn remove_lines(stage: &Stage, recording: &RecordingRef, job: u64) {
    let lines = stage.world.entry(recording).unwrap().lines;
    stage.world.edit_history(&sample::organisation(), &sample::job_record_id(job), |history| {
        let kept: Vec<_> = history.lines().filter(|text| lines.iter().all(|line| line.text != *text)).collect();
        *history = kept.join("\n");
    });
}

fn only_line(stage: &Stage, recording: &RecordingRef) -> PinnedLine {
    let mut lines = stage.world.entry(recording).unwrap().lines;
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

/// Hours pass, each with its reconciliation.
fn live_hours(stage: &Stage, hours: usize) {
    for _ in 0..hours {
        stage.live_for(AN_HOUR);
        stage.reconcile();
    }
}

#[test]
fn a_line_that_a_person_removed_is_written_again_once_and_then_left() {
    let stage = Stage::new(World::new(1));
    let recording = settled(&stage, 1, 1);
    let before = stage.lines(1);
    remove_lines(&stage, &recording, 1);
    let records = logs::during(|| stage.reconcile());
    assert_eq!(stage.lines(1), before);
    assert!(logs::types(&records).contains(&"history_line_repaired"));
    let line = only_line(&stage, &recording);
    assert!(line.is_confirmed() && line.repaired_at.is_some());
    assert_eq!(stage.state(&recording), State::Settled);
    assert!(stage.world.open_markers().is_empty());

    remove_lines(&stage, &recording, 1);
    let records = logs::during(|| live_hours(&stage, 3 * 24));
    assert_eq!(stage.lines(1), Vec::<String>::new());
    let said = logs::types(&records).iter().filter(|log_type| **log_type == "history_line_removed").count();
    assert_eq!(said, 3, "in the first hour, and once a day while it is in the window");
    assert_eq!(stage.metrics.of("history_line_repaired"), 1.0);
    assert_eq!(stage.called("ProviderCopies", "delete"), 1);
    assert_eq!(dead_letters(&stage), Vec::<String>::new());
}

#[test]
fn what_a_patch_of_a_dead_worker_undoes_by_landing_late_is_repaired() {
    let stage = Stage::new(World::new(1));
    let [first, second] = [1, 2].map(sample::recording);
    assert!(stage.webhook(&recorded(&stage.world, &first, 1)));
    while stage.transfer() {}
    let late = Fault::LandsLate(Duration::from_secs(400));
    stage.world.set_plan(Plan::none().nth(1, Where::airtable().operation("update"), late));
    stage.live_for(Duration::from_secs(300));
    assert!(stage.webhook(&recorded(&stage.world, &second, 1)));
    stage.deliver();
    let both = stage.lines(1);
    assert_eq!(both.len(), 2);
    stage.live_for(Duration::from_secs(300));
    assert_eq!(stage.lines(1), both[..1], "the late PATCH has undone the second line");
    stage.live_for(AN_HOUR);
    stage.reconcile();
    assert_eq!(stage.lines(1), both);
    assert!(only_line(&stage, &first).repaired_at.is_none() && only_line(&stage, &second).repaired_at.is_some());
}

#[test]
fn whatever_fails_while_a_line_is_repaired_it_is_there_once_in_the_end_and_never_a_third_time() {
    let prepare = || {
        let stage = Stage::new(World::new(1));
        let recording = settled(&stage, 1, 1);
        let other = settled(&stage, 2, 1);
        remove_lines(&stage, &recording, 1);
        (stage, [recording, other])
    };
    let (calm, _) = prepare();
    let before = calm.world.calls().len();
    calm.reconcile();
    assert_eq!(calm.lines(1).len(), 2);
    let plans: Vec<Plan> = Plan::each_single(&calm.world.calls()[before..]).collect();
    assert!(plans.len() > 50, "{} faults are not all", plans.len());
    for plan in plans {
        let (stage, recordings) = prepare();
        stage.world.set_plan(plan);
        stage.reconcile();
        live_hours(&stage, 26);
        let replay = stage.world.replay();
        let mut broken = broken(&stage, &recordings);
        // The person's own edit is the one loss of text.
        broken.retain(|what| what != "a history lost text");
        assert_eq!(broken, Vec::<String>::new(), "{replay}");
        let line = only_line(&stage, &recordings[0]);
        assert!(line.is_confirmed() && line.repaired_at.is_some(), "{replay}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{replay}");
        remove_lines(&stage, &recordings[0], 1);
        live_hours(&stage, 25);
        assert_eq!(stage.lines(1).len(), 1, "{replay}");
    }
}

/// Says that a recording's lines may be gone, and lets transfer look.
fn say_lines_may_be_gone(stage: &Stage, recording: &RecordingRef) {
    let word = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: recording.clone(),
        job_number: Some(sample::job_number(1)),
        received_at: stage.world.time(),
        entry_version: stage.world.time().to_string(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: true,
    };
    stage.world.run(HistoryQueue::send(&stage.world, &word)).unwrap();
    stage.deliver();
    assert_eq!(stage.world.queued(QueueName::History), 0);
}

#[test]
fn word_of_lines_that_are_there_or_were_repaired_before_changes_nothing() {
    let stage = Stage::new(World::new(1));
    let recording = settled(&stage, 1, 1);
    let entry = stage.world.entry(&recording).unwrap();
    let updates = stage.called("Jobs", "update");
    say_lines_may_be_gone(&stage, &recording);
    assert_eq!(stage.world.entry(&recording).unwrap(), entry);

    remove_lines(&stage, &recording, 1);
    stage.reconcile();
    remove_lines(&stage, &recording, 1);
    let repaired = stage.world.entry(&recording).unwrap();
    stage.live_for(AN_HOUR);
    say_lines_may_be_gone(&stage, &recording);
    assert_eq!((stage.world.entry(&recording).unwrap(), stage.lines(1)), (repaired, Vec::new()));
    assert_eq!(stage.called("Jobs", "update"), updates + 1);
}

#[test]
fn while_airtable_cannot_be_read_word_of_a_missing_line_waits() {
    for kind in [ErrorKind::Unavailable, ErrorKind::Throttled { retry_after: None }, ErrorKind::Refused] {
        let stage = Stage::new(World::new(1));
        let recording = settled(&stage, 1, 1);
        remove_lines(&stage, &recording, 1);
        // The sweeper can still read it, and transfer cannot for an hour.
        let outage = Where::airtable().process("transfer");
        let start = stage.world.time();
        stage.world.set_plan(Plan::none().between(start, start + AN_HOUR, outage, Fault::ErrorBefore(kind)));
        stage.reconcile();
        assert_eq!(stage.world.queued(QueueName::History), 1, "{kind}: only the message knows");
        assert!(only_line(&stage, &recording).repaired_at.is_none(), "{kind}");
        stage.live_for(2 * AN_HOUR);
        assert_eq!(stage.lines(1).len(), 1, "{kind}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn a_line_that_airtable_does_not_take_again_waits_in_the_ledger() {
    let stage = Stage::new(World::new(1));
    let recording = settled(&stage, 1, 1);
    remove_lines(&stage, &recording, 1);
    let refused = Where::airtable().operation("update");
    stage.world.set_plan(Plan::none().always(refused, Fault::ErrorBefore(ErrorKind::Refused)));
    stage.reconcile();
    assert!(only_line(&stage, &recording).repaired_at.is_some());
    assert_eq!((stage.world.queued(QueueName::History), stage.world.open_markers().len()), (0, 1));
    stage.world.set_plan(Plan::none());
    stage.live_for(AN_HOUR);
    assert_eq!(stage.lines(1).len(), 1);
    assert!(stage.world.open_markers().is_empty());
}

#[test]
fn what_is_asked_for_again_and_forgotten_is_brought_back() {
    let stage = Stage::new(World::new(1));
    let recording = settled(&stage, 1, 1);
    remove_lines(&stage, &recording, 1);
    let entry = stage.world.entry(&recording).unwrap();
    let texts = vec![entry.lines[0].text.clone()];
    stage.world.put_entry(&entry.apply(Change::LinesMissed { texts }, stage.world.time()).unwrap());
    stage.reconcile();
    assert_eq!(stage.lines(1).len(), 0, "it may be on its way");
    live_hours(&stage, 1);
    assert_eq!(stage.lines(1).len(), 1);
    assert!(only_line(&stage, &recording).is_confirmed());
}

#[test]
fn what_is_erased_is_never_repaired() {
    let stage = Stage::new(World::new(1));
    let recording = settled(&stage, 1, 1);
    remove_lines(&stage, &recording, 1);
    let erased = stage.world.entry(&recording).unwrap().apply(Change::Erased, stage.world.time()).unwrap();
    stage.world.put_entry(&erased);
    live_hours(&stage, 49);
    assert_eq!((stage.lines(1), stage.world.entry(&recording).unwrap()), (Vec::new(), erased));
}

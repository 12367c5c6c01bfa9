//! What TransferQueue or HistoryQueue gave up is told and goes on; nothing is lost with it.

use std::time::Duration;

use recordings::fakes::{AtProvider, Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::{Change, State};
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::ErrorKind;
use recordings::recording::{Outcome, RecordingRef, Report};

use crate::invariants::{broken, dead_letters};
use crate::logs;
use crate::stage::{Stage, recorded, recorded_as};

const HOUR: Duration = Duration::from_secs(3_600);
const A_DAY: Duration = Duration::from_secs(86_400);
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

/// Each invocation that opens this recording's audio dies.
fn deadly(recording: &RecordingRef) -> Plan {
    let open = Where::ports(&["AudioSource"]).key(recording.recording_id.as_str());
    Plan::none().always(open, Fault::Crash)
}

/// Word of a request's death, as the sweeper sends it.
fn say_it_died(stage: &Stage, request: &TransferRequest) {
    let word = TransferRequest { origin: Origin::DeadLetter, ..request.clone() };
    stage.world.send_raw(QueueName::Transfer, &serde_json::to_string(&word).unwrap());
    stage.deliver();
}

fn failed_line(recording: &RecordingRef) -> String {
    let reason = "the transfer broke off again and again";
    format!("| Event: Recording failed | Source: IVR | Reason: {reason} | Recording: {}", recording.recording_id)
}

#[test]
fn audio_that_ends_every_invocation_is_told_once_and_comes_home_when_it_can() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.set_plan(deadly(&recording));
    let records = logs::during(|| {
        stage.report(&recorded(&stage.world, &recording, 1));
        stage.live_for(2 * HOUR);
    });
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.last_error.unwrap().code.as_str()), (State::Failed, "dead_lettered"));
    assert!(entry.next_attempt_at.is_some(), "the slow lane goes on");
    assert!(stage.lines(1).len() == 1 && stage.lines(1)[0].ends_with(&failed_line(&recording)), "{:?}", stage.lines(1));
    let types = logs::types(&records);
    for (log_type, count) in [("transfer_dead_lettered", 1), ("recording_dead_lettered", 1), ("recording_failed", 1)] {
        assert_eq!(types.iter().filter(|found| **found == log_type).count(), count, "{log_type}: {types:?}");
    }
    assert_eq!((stage.metrics.of("dead_lettered"), stage.metrics.of("failed")), (1.0, 1.0));

    let opened = stage.called("AudioSource", "open");
    stage.live_for(3 * A_DAY);
    assert!(stage.called("AudioSource", "open") - opened < 100, "it is tried less and less often");
    assert_eq!((stage.lines(1).len(), stage.called("ProviderCopies", "delete")), (1, 0));

    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(2 * A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    assert_eq!(dead_letters(&stage), Vec::<String>::new());
    assert_eq!(stage.lines(1).len(), 2);
}

#[test]
fn it_takes_none_of_its_neighbours_with_it() {
    let stage = Stage::new(World::new(1));
    let recordings: Vec<_> = (1..=4).map(sample::recording).collect();
    stage.world.set_plan(deadly(&recordings[0]));
    for (job, recording) in (1..=4).zip(&recordings) {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    stage.live_for(3 * HOUR);
    assert_eq!(stage.state(&recordings[0]), State::Failed);
    for (job, recording) in (2..=4).zip(&recordings[1..]) {
        assert_eq!(stage.state(recording), State::Settled, "{job}");
        assert_eq!(stage.lines(job).len(), 1, "{:?}", stage.lines(job));
    }
}

#[test]
fn word_of_a_death_is_taken_although_the_same_batch_kills_its_invocation() {
    let stage = Stage::new(World::new(1));
    let recordings = [1, 2].map(sample::recording);
    let [died, kills] = [1, 2].map(|n| recorded(&stage.world, &recordings[n as usize - 1], n));
    stage.world.set_plan(deadly(&kills.recording));
    assert!(stage.webhook(&kills));
    say_it_died(&stage, &died);
    assert_eq!(stage.state(&died.recording), State::Failed);
    assert!(stage.lines(1)[0].ends_with(&failed_line(&died.recording)));
}

#[test]
fn word_that_comes_twice_counts_once_and_a_later_death_counts_again() {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &sample::recording(1), 1);
    (0..3).for_each(|_| say_it_died(&stage, &request));
    let entry = stage.world.entry(&request.recording).unwrap();
    assert_eq!((entry.attempts, entry.lines.len(), stage.lines(1).len()), (1, 1, 1));
    assert_eq!(stage.world.open_markers().len(), 1, "the sweep finds it, whether or not the webhook left a marker");

    stage.world.advance_to(entry.next_attempt_at.unwrap());
    (0..3).for_each(|_| say_it_died(&stage, &request));
    let later = stage.world.entry(&request.recording).unwrap();
    assert_eq!((later.attempts, later.lines.len()), (2, 1));
    assert!(later.next_attempt_at > entry.next_attempt_at);
}

#[test]
fn a_recording_that_was_brought_further_meanwhile_is_left_as_it_is() {
    let absent = Report {
        outcome: Outcome::Absent { reason: "too short (16101)".to_owned() },
        ..sample::report(0, sample_time())
    };
    for (end, wanted) in [("settled", State::Settled), ("absent", State::Absent), ("erased", State::Erased)] {
        let stage = Stage::new(World::new(1));
        let request = recorded(&stage.world, &sample::recording(1), 1);
        match end {
            "absent" => stage.report(&TransferRequest { report: absent.clone(), ..request.clone() }),
            _ => stage.report(&request),
        }
        if end == "erased" {
            let entry = stage.world.entry(&request.recording).unwrap();
            stage.world.put_entry(&entry.apply(Change::Erased, stage.world.time()).unwrap());
        }
        let (before, opened) = (stage.world.entry(&request.recording), stage.called("AudioSource", "open"));
        let died = if end == "absent" { TransferRequest { report: absent.clone(), ..request } } else { request };
        say_it_died(&stage, &died);
        assert_eq!(stage.world.entry(&died.recording), before, "{end}");
        assert_eq!((stage.state(&died.recording), stage.lines(1).len()), (wanted, 1), "{end}");
        assert_eq!(stage.called("AudioSource", "open"), opened, "{end}");
        assert!(stage.world.open_markers().is_empty(), "{end}");
    }
}

fn sample_time() -> jiff::Timestamp {
    World::new(1).time()
}

#[test]
fn a_line_that_was_not_written_yet_is_written_for_the_dead_too() {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &sample::recording(1), 1);
    stage.world.set_plan(Plan::none().always(Where::airtable(), DOWN));
    stage.report(&request);
    assert_eq!((stage.state(&request.recording), stage.lines(1).len()), (State::Stored, 0));
    stage.world.set_plan(Plan::none());
    stage.world.advance(HOUR);
    say_it_died(&stage, &request);
    assert_eq!(broken(&stage, &[request.recording]), Vec::<String>::new());
}

#[test]
fn an_absence_that_died_is_told_as_what_it_is() {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &sample::recording(1), 1);
    let outcome = Outcome::Absent { reason: "too short (16101)".to_owned() };
    let report = Report { outcome, ..request.report.clone() };
    say_it_died(&stage, &TransferRequest { report, ..request.clone() });
    assert_eq!(stage.state(&request.recording), State::Absent);
    assert!(stage.lines(1)[0].contains("| Event: Recording unavailable |"), "{:?}", stage.lines(1));
}

#[test]
fn word_of_a_death_outlives_a_day_without_the_bucket() {
    let stage = Stage::new(World::new(1));
    let request = recorded(&stage.world, &sample::recording(1), 1);
    stage.world.set_plan(Plan::none().always(Where::s3(), DOWN));
    say_it_died(&stage, &request);
    stage.live_for(A_DAY);
    let kept: usize =
        [QueueName::Transfer, QueueName::TransferDeadLetters].map(|queue| stage.world.queued(queue)).iter().sum();
    assert_eq!((kept, stage.called("AudioSource", "open")), (1, 0));
    stage.world.set_plan(Plan::none());
    stage.live_for(2 * HOUR);
    assert_eq!(stage.called("AudioSource", "open"), 1, "the slow lane has tried");
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[request.recording]), Vec::<String>::new());
    assert_eq!(stage.lines(1).len(), 2);
}

/// Longer than any message is delivered again and again before its queue gives it up.
#[test]
fn a_hand_over_that_fails_for_half_a_day_loses_nothing() {
    let twice_broken = Where::ports(&["RetryQueue", "AudioSource"]);
    let reading = Where::ports(&["LedgerRead"]).process("transfer");
    for (what, calls) in [
        ("HistoryQueue", Where::ports(&["HistoryQueue"])),
        ("RetryQueue, and what leads there", twice_broken),
        ("every queue", Where::sqs().process("transfer")),
        ("the ledger", reading),
    ] {
        let stage = Stage::new(World::new(1));
        let recordings = [1, 2].map(sample::recording);
        let (from, until) = (stage.world.time(), stage.world.time() + A_DAY / 2);
        stage.world.set_plan(Plan::none().between(from, until, calls, DOWN));
        for (job, recording) in (1..=2).zip(&recordings) {
            assert!(stage.webhook(&recorded(&stage.world, recording, job)));
        }
        assert!(stage.becomes_quiet_within(3 * A_DAY), "{what}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{what}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn a_pointer_that_nobody_can_follow_returns_three_times_and_delays_no_other() {
    let stage = Stage::new(World::new(1));
    let [lost, good] = [1, 2].map(sample::recording);
    let pointer = recordings::messages::HistoryRequest {
        version: recordings::messages::MESSAGE_VERSION,
        recording: lost,
        job_number: Some(sample::job_number(1)),
        received_at: stage.world.time(),
        entry_version: "1".to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
        repair: false,
    };
    stage.world.send_raw(QueueName::History, &serde_json::to_string(&pointer).unwrap());
    stage.report(&recorded(&stage.world, &good, 2));
    assert_eq!(stage.state(&good), State::Settled, "at once");
    let records = logs::during(|| stage.live_for(8 * HOUR));
    let dead: Vec<_> =
        records.iter().filter(|one| one.get("log_type").is_some_and(|t| t == "history_dead_lettered")).collect();
    let returns: Vec<&str> = dead.iter().take(4).map(|one| one["returns"].as_str()).collect();
    assert_eq!(returns, ["0", "1", "2", "3"]);
    assert_eq!((stage.world.queued(QueueName::History), stage.world.queued(QueueName::HistoryDeadLetters)), (0, 1));
    assert_eq!(broken(&stage, &[good]), Vec::<String>::new());
}

#[test]
fn word_of_a_death_behind_an_absence_changes_nothing_in_the_end() {
    let (stage, recording) = (Stage::new(World::new(1)), sample::recording(1));
    let deleted = ProviderRecording { state: AtProvider::Deleted, ..ProviderRecording::completed("") };
    let request = recorded_as(&stage.world, &recording, 1, deleted);
    stage.report(&request);
    let before = (stage.state(&recording), stage.lines(1));
    assert_eq!(before.0, State::Absent);
    say_it_died(&stage, &request);
    assert!(stage.becomes_quiet_within(A_DAY), "nobody asks for ever");
    assert_eq!((stage.state(&recording), stage.lines(1)), before);
}

//! When our own bucket fails: the provider's copy stands in, is said to, and is kept until ours is safe.

use std::time::Duration;

use recordings::fakes::{Effect, Fault, Plan, QueueName, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::link::{LinkTarget, STAND_IN_LIFE};
use recordings::messages::{HistoryRequest, TransferRequest};
use recordings::ports::{AudioSource, ErrorKind};

use crate::invariants::{broken, dead_letters};
use crate::logs;
use crate::stage::{BASE_URL, Stage, recorded};

const A_DAY: Duration = Duration::from_secs(86_400);
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

fn audio() -> Where {
    Where::ports(&["AudioStore"])
}

#[test]
fn the_pending_line_stands_in_until_the_bucket_is_back() {
    for fault in [DOWN, Fault::ErrorBefore(ErrorKind::Refused), Fault::Hang] {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        stage.world.set_plan(Plan::none().always(audio(), fault));
        let records = logs::during(|| stage.report(&recorded(&stage.world, &recording, 1)));

        assert_eq!(stage.state(&recording), State::Fallback, "{fault}");
        let types = logs::types(&records);
        for expected in
            ["recording_s3_fallback_to_twilio", "twilio_recording_preserved", "recording_saved_to_airtable_twilio"]
        {
            assert_eq!(types.iter().filter(|found| **found == expected).count(), 1, "{expected}: {types:?}");
        }
        let rest = format!(
            "| Event: Recording pending upload | Source: IVR | URL: {} | Play: {}",
            stage.world.provider_url(&recording),
            stage.link(&recording)
        );
        assert!(stage.lines(1).len() == 1 && stage.lines(1)[0].ends_with(&rest), "{:?}", stage.lines(1));
        let retry: TransferRequest = serde_json::from_str(&stage.world.bodies(QueueName::Retry)[0]).unwrap();
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((retry.attempt, retry.not_before), (1, entry.next_attempt_at));
        assert_eq!(entry.provider_url, Some(stage.world.provider_url(&recording)));
        assert!(stage.world.provider_has(&recording));
        assert_eq!((stage.metrics.of("fell_back"), stage.metrics.of("retry_needed")), (1.0, 1.0));

        stage.world.set_plan(Plan::none());
        assert!(stage.becomes_quiet_within(Duration::from_secs(1_800)));
        assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new());
        assert_eq!(stage.lines(1).len(), 2, "first pending, then the recording");
        let states: Vec<_> =
            stage.world.entry(&recording).unwrap().states().iter().map(|reached| reached.state).collect();
        assert_eq!(states, [State::Received, State::Fallback, State::Stored, State::Settled]);
        assert!(
            stage.metrics.of("fallback_ms") >= 300_000.0,
            "five minutes at the least: that is when it is tried again"
        );
        assert_eq!(stage.metrics.of("succeeded"), 1.0);
    }
}

#[test]
fn nothing_is_deleted_at_the_provider_while_the_bucket_fails() {
    let stage = Stage::new(World::new(1));
    stage.world.set_plan(Plan::none().always(audio(), DOWN));
    stage.report(&recorded(&stage.world, &sample::recording(1), 1));
    stage.live_for(3 * A_DAY);
    assert_eq!(stage.state(&sample::recording(1)), State::Failed);
    assert_eq!(stage.called("ProviderCopies", "delete"), 0);
}

#[test]
fn with_the_bucket_wholly_down_the_messages_carry_everything() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.set_plan(Plan::none().always(Where::s3(), DOWN));
    assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
    assert!(stage.transfer());
    let pointer: HistoryRequest = serde_json::from_str(&stage.world.bodies(QueueName::History)[0]).unwrap();
    assert_eq!(pointer.lines.len(), 1);
    stage.deliver();
    assert_eq!(stage.lines(1), [pointer.lines[0].text.clone()], "told although there is no ledger");

    stage.live_for(A_DAY);
    assert_eq!((stage.lines(1).len(), stage.world.queued(QueueName::Retry)), (1, 1));
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    assert_eq!(dead_letters(&stage), Vec::<String>::new(), "a day without the bucket kills no message");
    assert_eq!(stage.lines(1).len(), 2);
}

/// What the link of a line names.
fn target(stage: &Stage, line: &str) -> LinkTarget {
    let (_, token) = line.split_once(&format!("Play: {BASE_URL}/r/")).unwrap();
    stage.world.secrets().link_keys.open(token).unwrap()
}

#[test]
fn a_link_that_is_made_without_a_ledger_is_good_for_a_while_without_one() {
    for (down, stands_in) in [(Where::s3(), true), (audio(), false)] {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        stage.world.set_plan(Plan::none().always(down, DOWN));
        stage.report(&recorded(&stage.world, &recording, 1));
        let target = target(&stage, &stage.lines(1)[0]);
        assert_eq!((&target.recording, target.generation), (&recording, 0));
        assert_eq!(target.stands_in(stage.world.time()), stands_in);
        assert!(!target.stands_in(stage.world.time() + STAND_IN_LIFE));
    }
}

#[test]
fn a_pending_line_that_was_told_without_a_ledger_is_not_told_again_with_one() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.set_plan(Plan::none().always(Where::s3(), DOWN));
    stage.report(&recorded(&stage.world, &recording, 1));
    let told = stage.lines(1);
    stage.world.set_plan(Plan::none().always(audio(), DOWN));
    stage.live_for(Duration::from_secs(900));
    assert_eq!(stage.state(&recording), State::Fallback);
    let entry = stage.world.entry(&recording).unwrap();
    assert_ne!(entry.lines[0].text, told[0], "its link is an ordinary one");
    assert!(entry.all_lines_confirmed());
    assert_eq!(stage.lines(1), told);
}

#[test]
fn five_recordings_of_one_batch_all_fall_back_although_the_bucket_hangs() {
    let stage = Stage::new(World::new(1));
    let recordings: Vec<_> = (1..=5).map(sample::recording).collect();
    stage.world.set_plan(Plan::none().always(audio(), Fault::Hang));
    for (job, recording) in (1..=5).zip(&recordings) {
        assert!(stage.webhook(&recorded(&stage.world, recording, job)));
    }
    let start = stage.world.time();
    assert!(stage.transfer());
    assert!(stage.world.time().duration_since(start).as_secs() < 120, "the invocation was not ended from outside");
    assert_eq!(recordings.iter().filter(|recording| stage.world.entry(recording).is_some()).count(), 2);
    assert_eq!(stage.world.queued(QueueName::Retry), 2, "what was begun has its retry");

    stage.live_for(Duration::from_secs(3_000));
    let lines: Vec<usize> = (1..=5).map(|job| stage.lines(job).len()).collect();
    assert!(lines.iter().all(|count| *count >= 1), "{lines:?}");
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
}

#[test]
fn a_lost_reply_is_not_taken_for_a_failure() {
    let writes = [
        ("LedgerWrite", "create", 1),
        ("LedgerWrite", "replace", 1),
        ("LedgerWrite", "replace", 2),
        ("AudioStore", "put", 1),
    ];
    for (port, operation, n) in writes {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        stage.world.set_plan(Plan::none().nth(n, Where::ports(&[port]).operation(operation), Fault::ReplyLost));
        stage.report(&recorded(&stage.world, &recording, 1));
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{port} {operation}");
        assert_eq!(stage.called("HistoryQueue", "send"), 1, "{port} {operation}: at once, without another message");
    }
}

#[test]
fn an_object_that_is_not_what_was_sent_is_never_settled() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
    while stage.transfer() {}
    let (key, mut object) = stage.world.objects().pop_first().unwrap();
    object.bytes = object.bytes.slice(1..);
    stage.world.put_object(&key, object);
    let records = logs::during(|| stage.live_for(Duration::from_secs(3_600)));
    assert_eq!(stage.state(&recording), State::Stored);
    assert!(stage.world.provider_has(&recording));
    assert!(logs::types(&records).contains(&"deletion_gate_shut"));
    assert!(stage.metrics.of("deletion_gate_shut") >= 1.0);
    let deleted = |entry: &recordings::fakes::Entry| matches!(entry.effect, Effect::ProviderCopyDeleted { .. });
    assert!(!stage.world.journal().iter().any(deleted));
}

//! What the provider can do wrong.

use std::time::Duration;

use recordings::fakes::{AtProvider, Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::ErrorKind;
use recordings::recording::{Outcome, Report};

use crate::invariants::broken;
use crate::logs;
use crate::stage::{Stage, audio_of, recorded, recorded_as};

const A_DAY: Duration = Duration::from_secs(86_400);

fn open() -> Where {
    Where::ports(&["AudioSource"])
}

#[test]
fn each_failure_is_told_apart_and_tried_again_in_five_minutes() {
    let throttled = ErrorKind::Throttled { retry_after: None };
    let table = [
        (ErrorKind::NotFound, "provider_not_ready", 1),
        (ErrorKind::Refused, "provider_refused", 1),
        (throttled, "provider_throttled", 1),
        (ErrorKind::Unavailable, "provider_unavailable", 3),
        (ErrorKind::Invalid, "provider_broken", 3),
    ];
    for (kind, code, tries) in table {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        stage.world.set_plan(Plan::none().always(open(), Fault::ErrorBefore(kind)));
        stage.report(&recorded(&stage.world, &recording, 1));

        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((entry.state(), entry.attempts), (State::Received, 1));
        assert_eq!(entry.last_error.unwrap().code, code);
        assert_eq!(stage.called("AudioSource", "open"), tries, "{code}");
        let waiting = stage.world.bodies(QueueName::Retry);
        let retry: TransferRequest = serde_json::from_str(&waiting[0]).unwrap();
        assert_eq!((waiting.len(), retry.attempt, retry.origin), (1, 1, Origin::Retry));
        assert_eq!(retry.not_before, entry.next_attempt_at);
        assert!(stage.lines(1).is_empty() && stage.world.provider_has(&recording));

        stage.world.set_plan(Plan::none());
        assert!(stage.becomes_quiet_within(Duration::from_secs(900)), "{code}");
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn a_provider_is_left_alone_for_as_long_as_it_asks_but_not_for_ever() {
    for (asked, minutes) in [(60, 5), (301, 5), (600, 10), (u64::from(u32::MAX), 40)] {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        let throttled = ErrorKind::Throttled { retry_after: Some(Duration::from_secs(asked)) };
        stage.world.set_plan(Plan::none().always(open(), Fault::ErrorBefore(throttled)));
        stage.report(&recorded(&stage.world, &recording, 1));
        let entry = stage.world.entry(&recording).unwrap();
        let failed_at = entry.last_error.unwrap().at;
        let wait = entry.next_attempt_at.unwrap().duration_since(failed_at).as_secs();
        assert_eq!(wait / 60, minutes, "{asked} s");
        stage.world.set_plan(Plan::none());
        assert!(stage.becomes_quiet_within(Duration::from_secs(3_600)), "{asked} s");
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{asked} s");
    }
}

#[test]
fn after_three_retries_the_history_says_failed_and_the_slow_lane_goes_on() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.world.set_plan(Plan::none().always(open(), Fault::ErrorBefore(ErrorKind::NotFound)));
    let records = logs::during(|| {
        stage.report(&recorded(&stage.world, &recording, 1));
        stage.live_for(Duration::from_secs(3600));
    });
    assert_eq!(stage.state(&recording), State::Failed);
    assert_eq!(stage.called("AudioSource", "open"), 4, "neither a sweep nor anything else comes in between");
    let reason = "the provider does not have the audio ready";
    let rest =
        format!("Event: Recording failed | Source: IVR | Reason: {reason} | Recording: {}", recording.recording_id);
    assert_eq!(stage.lines(1).len(), 1);
    assert!(stage.lines(1)[0].ends_with(&rest), "{:?}", stage.lines(1));
    assert_eq!(logs::types(&records).iter().filter(|kind| **kind == "recording_failed").count(), 1);
    assert_eq!((stage.metrics.of("failed"), stage.metrics.of("succeeded")), (1.0, 0.0));

    stage.live_for(A_DAY);
    let tries = stage.called("AudioSource", "open");
    assert!((8..=12).contains(&tries), "40, 80, 160, … minutes apart: {tries}");
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, std::slice::from_ref(&recording)), Vec::<String>::new());
    assert_eq!(stage.lines(1).len(), 2, "what failed stands above what came of it");
}

#[test]
fn the_slow_lane_does_not_need_the_marker_of_the_webhook() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let plan = Plan::none()
        .always(Where::ports(&["OpenMarkerWrite"]).process("webhook"), Fault::ErrorBefore(ErrorKind::Unavailable));
    stage.world.set_plan(plan.always(open(), Fault::ErrorBefore(ErrorKind::NotFound)));
    stage.report(&recorded(&stage.world, &recording, 1));
    assert!(stage.world.open_markers().is_empty());
    stage.live_for(A_DAY);
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn what_is_gone_is_said_to_be_unavailable() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let held = ProviderRecording { state: AtProvider::Deleted, ..ProviderRecording::completed(audio_of(&recording)) };
    stage.report(&recorded_as(&stage.world, &recording, 1, held));
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(stage.state(&recording), State::Absent);
    assert!(
        stage.lines(1)[0]
            .contains("| Event: Recording unavailable | Source: IVR | Reason: the provider no longer has the audio |")
    );
    assert_eq!(stage.metrics.of("gone_at_provider"), 1.0);
    assert_eq!(stage.metrics.of("retry_needed"), 0.0, "nobody tries again");
    assert!(stage.world.objects().is_empty());
}

#[test]
fn audio_that_turns_up_after_all_is_not_forgotten_because_the_first_word_comes_again() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let completed = recorded(&stage.world, &recording, 1);
    let outcome = Outcome::Absent { reason: "too short (16101)".to_owned() };
    let absent = TransferRequest { report: Report { outcome, ..completed.report.clone() }, ..completed.clone() };
    stage.report(&absent);
    // All quick tries fail, and Twilio's first word comes again behind them.
    let start = stage.world.time();
    let failing = Plan::none().between(start, start + A_DAY, open(), Fault::ErrorBefore(ErrorKind::NotFound));
    stage.world.set_plan(failing);
    stage.report(&completed);
    stage.live_for(Duration::from_secs(6 * 3_600));
    stage.report(&absent);
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn what_is_absent_is_explained_and_audio_that_turns_up_later_is_fetched_all_the_same() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    let completed = recorded(&stage.world, &recording, 1);
    let outcome = Outcome::Absent { reason: "too short (16101)".to_owned() };
    let absent = TransferRequest { report: Report { outcome, ..completed.report.clone() }, ..completed.clone() };
    for _ in 0..2 {
        stage.report(&absent);
        assert!(stage.becomes_quiet_within(A_DAY));
        assert_eq!(stage.state(&recording), State::Absent);
    }
    let line = format!(
        "---- | 2024-03-15 14:30:22 | Event: Recording unavailable | Source: IVR | Reason: too short (16101) | Recording: {}",
        recording.recording_id
    );
    assert_eq!(stage.lines(1), [line]);
    assert_eq!(stage.called("AudioSource", "open"), 0);

    stage.world.set_plan(Plan::none().nth(1, open(), Fault::ErrorBefore(ErrorKind::NotFound)));
    stage.report(&completed);
    stage.report(&absent);
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    assert_eq!(stage.lines(1).len(), 2);
}

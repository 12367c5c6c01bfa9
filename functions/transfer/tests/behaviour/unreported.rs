//! Calls that are over and whose recording nobody reported, until it is home or explained.

use std::time::Duration;

use recordings::fakes::{Plan, ProviderRecording, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::{CompletedCall, MESSAGE_VERSION};
use recordings::ports::CallNotes;
use recordings::recording::{CallRef, Parties, RecordingRef};

use crate::invariants::{broken, dead_letters};
use crate::stage::{Stage, recorded};

/// Longer than any chain of retries and sweeps that one fault can start.
const PATIENCE: Duration = Duration::from_secs(6 * 3_600);

/// The nth call is over, of this job.
fn over(stage: &Stage, n: u64, job: u64) -> CallRef {
    let RecordingRef { organisation, provider, call_id, .. } = sample::recording(n);
    let call = CallRef { organisation, provider, call_id };
    let job_number = Some(sample::job_number(job));
    let completed_at = stage.world.time();
    let note = CompletedCall {
        version: MESSAGE_VERSION,
        call: call.clone(),
        job_number,
        completed_at,
        parties: Parties::default(),
    };
    stage.world.run(CallNotes::put(&stage.world, &note)).unwrap();
    call
}

fn is_quiet(stage: &Stage) -> bool {
    stage.becomes_quiet_within(PATIENCE) && !stage.world.document_keys().iter().any(|key| key.starts_with("calls/"))
}

#[test]
fn a_recording_whose_callback_was_lost_is_home_within_minutes() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    recorded(&stage.world, &recording, 1);
    over(&stage, 1, 1);
    stage.live_for(Duration::from_secs(360));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
    assert_eq!(stage.metrics.of("repaired"), 1.0);
    assert!(is_quiet(&stage));
}

#[test]
fn calls_without_a_recording_are_explained_each_in_its_jobs_history() {
    let stage = Stage::new(World::new(1));
    stage.world.put_job(&sample::organisation(), sample::job(7, &[]));
    let calls = [over(&stage, 1, 7), over(&stage, 2, 7)];
    stage.live_for(Duration::from_secs(1_500));
    let lines = stage.lines(7);
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, call) in lines.iter().zip(&calls) {
        assert!(line.contains("| Event: Recording unavailable |"), "{line}");
        let reason = "Reason: the provider has no recording of the call";
        assert!(line.ends_with(&format!("| {reason} | Call: {}", call.call_id)), "{line}");
        let missing = RecordingRef::missing_of(call);
        assert_eq!(stage.state(&missing), State::Absent);
        assert!(stage.world.entry(&missing).unwrap().is_finished());
    }
    assert!(is_quiet(&stage));
    assert_eq!(stage.called("AudioSource", "open"), 0, "nobody asks for audio that nobody has");
    assert_eq!(stage.metrics.of("call_without_recording"), 2.0);
}

#[test]
fn a_recording_that_turns_up_after_its_call_was_explained_comes_home_all_the_same() {
    let stage = Stage::new(World::new(1));
    stage.world.put_job(&sample::organisation(), sample::job(1, &[]));
    let call = over(&stage, 1, 1);
    stage.live_for(Duration::from_secs(1_500));
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    assert_eq!((stage.state(&recording), stage.lines(1).len()), (State::Settled, 2));
    assert_eq!(stage.state(&RecordingRef::missing_of(&call)), State::Absent);
}

#[test]
fn whatever_fails_a_call_ends_with_its_recording_or_its_reason_told_once() {
    let prepare = || {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        let held = ProviderRecording {
            ready_at: stage.world.time(),
            ..ProviderRecording::completed(crate::stage::audio_of(&recording))
        };
        crate::stage::recorded_as(&stage.world, &recording, 1, held);
        stage.world.put_job(&sample::organisation(), sample::job(2, &[]));
        over(&stage, 1, 1);
        let silent = over(&stage, 2, 2);
        (stage, recording, RecordingRef::missing_of(&silent))
    };
    let (calm, ..) = prepare();
    let before = calm.world.calls().len();
    calm.live_for(Duration::from_secs(1_500));
    let plans: Vec<Plan> = Plan::each_single(&calm.world.calls()[before..]).collect();
    assert!(plans.len() > 300, "{} faults are not all", plans.len());
    for plan in plans {
        let (stage, recording, missing) = prepare();
        stage.world.set_plan(plan);
        stage.live_for(Duration::from_secs(3_600));
        assert!(is_quiet(&stage), "{}", stage.world.replay());
        let mut broken = broken(&stage, std::slice::from_ref(&recording));
        broken.retain(|what| !what.starts_with("nobody asked for") && what != "an upload is left");
        assert_eq!(broken, Vec::<String>::new(), "{}", stage.world.replay());
        assert_eq!(dead_letters(&stage), Vec::<String>::new(), "{}", stage.world.replay());
        assert_eq!(stage.state(&missing), State::Absent, "{}", stage.world.replay());
        assert_eq!(stage.lines(2).len(), 1, "{}", stage.world.replay());
    }
}

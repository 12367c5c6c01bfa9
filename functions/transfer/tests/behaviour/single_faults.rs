//! Every call of a scenario, with every fault that it can meet: whatever breaks once, the end is the same.

use std::time::Duration;

use recordings::fakes::{Call, Plan, ProviderRecording, Settings, World, sample};
use recordings::recording::RecordingRef;

use crate::invariants::{broken, dead_letters};
use crate::stage::{Stage, audio_of, recorded, recorded_as};

/// Longer than any chain of retries and sweeps that one fault can start.
const PATIENCE: Duration = Duration::from_secs(6 * 60 * 60);

/// Plays a scenario once to learn its calls, and then once for each fault of each call.
fn survives_each_single_fault(play: impl Fn(&Stage) -> Vec<RecordingRef>) {
    survives_each_single_fault_of(&Settings::default(), play);
}

/// The same, in a world of its own.
pub(crate) fn survives_each_single_fault_of(settings: &Settings, play: impl Fn(&Stage) -> Vec<RecordingRef>) {
    let calm = Stage::new(World::with(settings.clone()));
    assert_eq!(end_of(&calm, &play), Vec::<String>::new(), "without any fault");
    let plans: Vec<Plan> = Plan::each_single(&calm.world.calls()).collect();
    assert!(plans.len() > 100, "{} faults are not all", plans.len());
    let failures: Vec<String> = plans
        .into_iter()
        .filter_map(|plan| {
            let stage = Stage::new(World::with(settings.clone()));
            stage.world.set_plan(plan);
            let broken = end_of(&stage, &play);
            (!broken.is_empty()).then(|| format!("{}: {}", named(&stage.world), broken.join("; ")))
        })
        .collect();
    assert!(failures.is_empty(), "{} runs fail:\n{}", failures.len(), failures.join("\n"));
}

fn end_of(stage: &Stage, play: &impl Fn(&Stage) -> Vec<RecordingRef>) -> Vec<String> {
    let recordings = play(stage);
    let quiet = stage.becomes_quiet_within(PATIENCE);
    let mut broken = broken(stage, &recordings);
    if nobody_knows_the_upload(&stage.world) {
        broken.retain(|what| what != "an upload is left");
    }
    broken.extend(dead_letters(stage));
    if !quiet {
        broken.push("it never becomes quiet".to_owned());
    }
    broken
}

/// Whose worker died, or never learned its name, is left to the bucket's rule for stale uploads.
fn nobody_knows_the_upload(world: &World) -> bool {
    use recordings::fakes::Fault::{Crash, CrashApplied};
    let is_one = |call: &Call| (call.port, call.operation) == ("AudioStore", "begin") && call.fault.is_some();
    world.calls().iter().any(|call| is_one(call) || matches!(call.fault, Some(Crash | CrashApplied)))
}

/// The line that plays it again, and the call that met the fault.
fn named(world: &World) -> String {
    let faulty: Vec<String> =
        world.calls().iter().filter(|call| call.fault.is_some()).map(ToString::to_string).collect();
    format!("{} ({})", world.replay(), faulty.join(", "))
}

#[test]
fn one_recording() {
    survives_each_single_fault(|stage| {
        let recording = sample::recording(1);
        assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
        vec![recording]
    });
}

#[test]
fn two_recordings_of_one_call_at_once_and_a_duplicate() {
    survives_each_single_fault(|stage| {
        let recordings = [sample::recording_of("default", 1, 1), sample::recording_of("default", 1, 2)];
        for recording in [&recordings[0], &recordings[1], &recordings[0]] {
            assert!(stage.webhook(&recorded(&stage.world, recording, 1)));
        }
        recordings.into()
    });
}

#[test]
fn one_recording_of_a_job_that_is_found_by_the_call() {
    survives_each_single_fault(|stage| {
        let recording = sample::recording(1);
        let known = recorded(&stage.world, &recording, 1);
        stage.world.put_job(&sample::organisation(), sample::job(1, &[&recording]));
        assert!(stage.webhook(&recordings::messages::TransferRequest { job_number: None, ..known }));
        vec![recording]
    });
}

#[test]
fn one_recording_that_is_not_ready_at_first() {
    survives_each_single_fault(|stage| {
        let recording = sample::recording(1);
        let ready_at = stage.world.time() + Duration::from_secs(60);
        let held = ProviderRecording { ready_at, ..ProviderRecording::completed(audio_of(&recording)) };
        assert!(stage.webhook(&recorded_as(&stage.world, &recording, 1, held)));
        vec![recording]
    });
}

#[test]
fn one_recording_during_an_outage_of_the_bucket() {
    use recordings::fakes::{Fault, Where};
    use recordings::ports::ErrorKind;
    // The first two quarters of an hour of the world, with every S3 request denied, after the webhook.
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
    let (from, until) = (stage.world.time(), stage.world.time() + Duration::from_secs(1_800));
    stage.world.set_plan(Plan::none().between(from, until, Where::s3(), Fault::ErrorBefore(ErrorKind::Unavailable)));
    assert!(stage.becomes_quiet_within(PATIENCE));
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

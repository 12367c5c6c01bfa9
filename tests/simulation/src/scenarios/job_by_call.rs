use crate::script::{End, Script};

/// The webhook names no job; the job names the call.
pub(super) fn play(script: &mut Script) {
    let recording = script.recorded(1, 1);
    let job = script.job(1, &[&recording]);
    script.world.put_job(&recording.organisation, job);
    script.webhook(0, script.completed(&recording, None));
    script.expect(&recording, End::Home);
}

use crate::script::{End, Script};

/// Two recordings of one call and job, whose plain keys are the same, and a third of the same job.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for (call, recording) in [(1, 1), (1, 2), (2, 3)] {
        let recording = script.recorded(call, recording);
        script.webhook(0, script.completed(&recording, Some(1)));
        script.expect(&recording, End::Home);
    }
}

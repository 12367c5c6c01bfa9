use crate::script::{End, Script};

/// The webhook comes five hours after the call. Until then nobody knows its job.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(5 * 3_600, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
    script.healthy = false;
}

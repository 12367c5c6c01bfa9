use crate::script::{End, Script};

/// A call of a known job.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
}

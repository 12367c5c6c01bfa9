use crate::script::{End, Script};

/// Nobody knows the call's job until somebody assigns it, a day after it was given up.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.completed(&recording, None));
    script.assign(100_000, &recording, 1);
    script.expect(&recording, End::Home);
    script.healthy = false;
}

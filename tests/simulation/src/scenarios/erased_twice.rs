use crate::script::{End, Script};

/// Two people have a call erased, and the second one does so again when all is over.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.completed(&recording, Some(1)));
    for seconds in [600, 601, 9_000] {
        script.erase(seconds, &recording);
    }
    script.expect(&recording, End::Erased);
}

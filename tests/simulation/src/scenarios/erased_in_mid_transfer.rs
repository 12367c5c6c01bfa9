use crate::script::{End, Script};

/// A call is erased while its recordings are on their way, each as far as it came within a second.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for (call, at) in [(1, 0), (2, 1), (3, 30)] {
        let recording = script.recorded(call, call);
        script.webhook(0, script.completed(&recording, Some(1)));
        script.erase(at, &recording);
        script.expect(&recording, End::Erased);
    }
}

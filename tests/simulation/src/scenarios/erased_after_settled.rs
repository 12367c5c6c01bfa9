use crate::script::{End, Script};

/// A call of two recordings is erased once both are at home, and another one of the job stays.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for (call, n, end) in [(1, 1, End::Erased), (1, 2, End::Erased), (2, 3, End::Home)] {
        let recording = script.recorded(call, n);
        script.webhook(0, script.completed(&recording, Some(1)));
        script.expect(&recording, end);
        if n == 1 {
            script.erase(1_800, &recording);
        }
    }
}

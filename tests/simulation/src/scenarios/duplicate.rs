use crate::script::{End, Script};

/// The same webhook three times: at once, a little later, and when all is over.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    for seconds in [0, 0, 600] {
        script.webhook(seconds, script.completed(&recording, Some(1)));
    }
    script.expect(&recording, End::Home);
}

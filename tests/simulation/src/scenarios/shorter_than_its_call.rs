use crate::script::{End, Script};

/// A voice agent's provider reports a call of a minute, of which a second was recorded.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.report(&recording, Some(1), "completed", 60));
    script.expect(&recording, End::Home);
}

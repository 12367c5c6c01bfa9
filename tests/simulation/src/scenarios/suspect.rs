use crate::script::{End, Script};

/// Twilio reports a minute, and its audio plays for a second.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.report(&recording, Some(1), "completed", 60));
    script.expect(&recording, End::Suspect);
}

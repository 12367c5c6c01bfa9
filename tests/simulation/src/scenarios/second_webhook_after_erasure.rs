use crate::script::{End, Script};

/// Long after a call was erased, Twilio says again what it said before, and tells of a recording that nobody knew.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let (known, unknown) = (script.recorded(1, 1), script.recorded(1, 2));
    script.webhook(0, script.completed(&known, Some(1)));
    script.erase(300, &known);
    for recording in [&known, &unknown] {
        script.webhook(9_000, script.completed(recording, Some(1)));
        script.expect(recording, End::Erased);
    }
}

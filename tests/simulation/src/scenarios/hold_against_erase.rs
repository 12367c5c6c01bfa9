use crate::script::{End, Script};

/// Of a hold and an erasure, the one that comes first wins, and the other is refused.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let (held, erased) = (script.recorded(1, 1), script.recorded(2, 2));
    script.decide(0, &held, |control, _| control.held().ok());
    script.erase(0, &held);
    for recording in [&held, &erased] {
        script.webhook(1, script.completed(recording, Some(1)));
    }
    script.erase(120, &held);
    script.erase(120, &erased);
    script.decide(121, &erased, |control, _| control.held().ok());
    script.expect(&held, End::Held);
    script.expect(&erased, End::Erased);
}

use recordings::fakes::{Fault, Where};
use recordings::ports::ErrorKind;

use crate::script::{End, Script};

/// Only audio is denied for a while: the ledger tells of the fallback.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.completed(&recording, Some(1)));
    script.outage(0..1_200, Where::ports(&["AudioStore"]), Fault::ErrorBefore(ErrorKind::Unavailable));
    script.expect(&recording, End::Home);
}

use recordings::fakes::{Fault, Where};
use recordings::ports::ErrorKind;

use crate::script::{End, Script};

/// Airtable is down for a day, and calls come in meanwhile.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for n in [1, 2] {
        let recording = script.recorded(n, n);
        script.webhook(6 * 3_600 * (n - 1), script.completed(&recording, Some(1)));
        script.expect(&recording, End::Home);
    }
    script.outage(0..86_400, Where::airtable(), Fault::ErrorBefore(ErrorKind::Unavailable));
}

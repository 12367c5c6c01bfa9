use std::time::Duration;

use recordings::fakes::{Fault, Where};
use recordings::recording::Provider;

use crate::script::{End, Script};

/// Two calls of a job, the second one Vapi's, and the first PATCH takes effect three minutes after its worker gave it up.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for (n, provider) in [(1, Provider::Twilio), (2, Provider::Vapi)] {
        script.calls_are_at(provider);
        let recording = script.recorded(n, n);
        script.webhook(10 * (n - 1), script.completed(&recording, Some(1)));
        script.expect(&recording, End::Home);
    }
    let late = Fault::LandsLate(Duration::from_secs(140));
    script.plan = std::mem::take(&mut script.plan).nth(1, Where::airtable().operation("update"), late);
    script.healthy = false;
}

use recordings::fakes::{Fault, Where};
use recordings::ports::ErrorKind;
use recordings::recording::Provider;

use crate::script::{End, Script};

/// Airtable is down for a day, and calls come in meanwhile, of a person's and of a voice agent's.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for (n, provider) in [(1, Provider::Twilio), (2, Provider::ElevenLabs)] {
        script.calls_are_at(provider);
        let recording = script.recorded(n, n);
        script.webhook(6 * 3_600 * (n - 1), script.completed(&recording, Some(1)));
        script.expect(&recording, End::Home);
    }
    script.outage(0..86_400, Where::airtable(), Fault::ErrorBefore(ErrorKind::Unavailable));
}

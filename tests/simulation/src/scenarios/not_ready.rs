use std::time::Duration;

use recordings::fakes::{ProviderRecording, sample};

use crate::script::SECONDS;
use crate::script::{End, Script};

/// Twilio says 404 for seven minutes after it said that the recording is complete.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let ready_at = script.begins() + Duration::from_secs(420);
    let audio = sample::wav(SECONDS, script.number(1));
    script
        .world
        .put_provider_recording(&recording, ProviderRecording { ready_at, ..ProviderRecording::completed(audio) });
    script.webhook(0, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
    script.healthy = false;
}

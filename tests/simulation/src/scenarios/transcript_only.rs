use std::time::Duration;

use recordings::fakes::{AtProvider, ProviderRecording, sample};

use crate::script::{End, Script};

/// A call of which there is no audio, and whose transcript is ready only when it has been explained for long.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let held = ProviderRecording { state: AtProvider::Absent, ..ProviderRecording::completed("") };
    script.world.put_provider_recording(&recording, held);
    let ready_at = script.begins() + Duration::from_secs(1_200);
    script.world.put_provider_transcript(&recording.call(), sample::transcript(), ready_at);
    script.webhook(0, script.report(&recording, Some(1), "absent", 0));
    script.expect(&recording, End::Absent);
}

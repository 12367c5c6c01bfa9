use recordings::fakes::{AtProvider, ProviderRecording};

use crate::script::{End, Script};

/// Somebody deleted the audio before we came.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let held = ProviderRecording { state: AtProvider::Deleted, ..ProviderRecording::completed("") };
    script.world.put_provider_recording(&recording, held);
    script.webhook(0, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Absent);
}

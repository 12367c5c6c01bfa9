use recordings::fakes::{AtProvider, ProviderRecording};

use crate::script::{End, Script};

/// One recording was never made, and one failed.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    for (n, status) in [(1, "absent"), (2, "failed")] {
        let recording = script.recorded(n, n);
        let held = ProviderRecording { state: AtProvider::Absent, ..ProviderRecording::completed("") };
        script.world.put_provider_recording(&recording, held);
        script.webhook(0, script.report(&recording, Some(1), status, 0));
        script.expect(&recording, End::Absent);
    }
}

use std::time::Duration;

use recordings::fakes::{ProviderRecording, sample};

use crate::script::{End, Script};

/// A little over five megabytes, at 64 kB a second.
const SECONDS: u32 = 680;
const PIECE: usize = 1024 * 1024;
const PACE: Duration = Duration::from_millis(16_384);

/// A recording that comes too slowly for one invocation, in two parts.
pub(super) fn play(script: &mut Script) {
    script.world.adjust(|settings| settings.chunk_bytes = PIECE);
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let held = ProviderRecording::completed(sample::wav(SECONDS, 1));
    script.world.put_provider_recording(&recording, ProviderRecording { pace: PACE, ..held });
    script.webhook(0, script.report(&recording, Some(1), "completed", SECONDS));
    script.expect(&recording, End::Home);
}

use recordings::fakes::{ProviderRecording, sample};

use crate::script::SECONDS;
use crate::script::{End, Script};

/// Twilio serves an error page with a 200 for a quarter of an hour, and then the audio.
pub(super) fn play(script: &mut Script) {
    const PAGE: &str = "<?xml version='1.0' encoding='UTF-8'?><TwilioResponse><RestException><Code>20404</Code>";
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.world.put_provider_recording(&recording, ProviderRecording::completed(PAGE));
    let (audio, of) = (sample::wav(SECONDS, script.number(1)), recording.clone());
    script.change(900, move |world| world.put_provider_recording(&of, ProviderRecording::completed(audio)));
    script.webhook(0, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
    script.healthy = false;
}

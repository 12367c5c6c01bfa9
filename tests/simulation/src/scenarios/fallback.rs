use recordings::fakes::{Fault, Where};
use recordings::ports::ErrorKind;

use crate::script::{End, Script};

/// The bucket is denied for twelve minutes, from just after the webhook was taken.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(0, script.completed(&recording, Some(1)));
    script.outage(0..720, Where::s3(), Fault::ErrorBefore(ErrorKind::Refused));
    script.expect(&recording, End::Home);
}

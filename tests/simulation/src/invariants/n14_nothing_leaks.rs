use recordings::fakes::{Call, Fault};

use super::anybody_died;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// Nothing leaks: no multipart upload and no marker is left. An upload whose worker died, or never learned its name, is
/// left to the bucket's rule for stale uploads. So is the
/// list of those who listen, in which nobody is told anything once their time is over.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    let mut broken = Vec::new();
    if played.quiet && !world.open_markers().is_empty() {
        broken.push("a marker is left".to_owned());
    }
    let uploads = world.open_uploads().len();
    if uploads > 0 && !anybody_died(played) && !world.read_calls(|calls| calls.iter().any(is_about_an_upload)) {
        broken.push(format!("{uploads} uploads are left"));
    }
    broken
}

fn is_about_an_upload(call: &Call) -> bool {
    let faulty = matches!(call.fault, Some(fault) if fault != Fault::Crash);
    faulty && call.port == "AudioStore" && matches!(call.operation, "begin" | "abort" | "complete")
}

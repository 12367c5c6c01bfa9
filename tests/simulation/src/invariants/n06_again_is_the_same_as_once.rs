use recordings::ledger_entry::State;
use recordings::recording::Provider;

use super::heard_of;
use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::{End, SECONDS};

/// Any message delivered n times, in any order, with any crash ends in the same state as once: whatever met a recording on
/// its way, it ends as its scenario says. (The runs that watch for it deliver every message once more at the end, and
/// compare: nothing may come of it.)
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    let mut broken = Vec::new();
    for (expected, entry) in heard_of(played).into_iter().filter_map(|(expected, entry)| Some((expected, entry?))) {
        let at_provider = world.provider_has(&expected.recording);
        let kept = entry.provider_kept_because.as_deref();
        let as_it_should = match (expected.end, entry.state()) {
            (End::Home, State::Settled) if entry.recording.provider == Provider::Twilio => {
                !at_provider && entry.provider_deleted_at.is_some()
            }
            // Of voice agents' calls, copies are deleted only where somebody asks for it.
            (End::Home, State::Settled) => at_provider && kept == Some("deletion_disabled"),
            (End::Held, State::Settled) => at_provider && kept == Some("hold"),
            (End::Imported, State::Settled) => entry.came_from_legacy() && kept == Some("legacy"),
            (End::Unassigned, State::Settled) => at_provider && kept == Some("no_job"),
            (End::Suspect, State::Suspect) => at_provider,
            (End::Erased, State::Erased) => !at_provider && entry.is_forgotten(),
            // The provider's list was first, and says how long it really plays.
            (End::Suspect, State::Settled) => entry.duration_reported_seconds == Some(SECONDS),
            (End::Unassigned, State::Suspect) => at_provider && entry.duration_reported_seconds != Some(SECONDS),
            (End::Absent | End::AbsentUnassigned, State::Absent) => true,
            _ => false,
        };
        if !as_it_should {
            let (end, state) = (expected.end, entry.state());
            broken.push(format!("{} should be {end:?} and is {state:?}, kept: {kept:?}", expected.recording));
        }
    }
    broken
}

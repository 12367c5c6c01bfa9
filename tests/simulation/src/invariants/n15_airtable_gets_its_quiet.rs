use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::installation::wiring::Wiring;
use crate::play::Played;

/// An Airtable 429 brings its base thirty quiet seconds: the worker that met it asks it nothing meanwhile, unless it died and another
/// took its place. That no update is lost, and no audio, is what the other invariants say.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    const QUIET: SignedDuration = SignedDuration::from_secs(30);
    if super::anybody_died(played) {
        return Vec::new();
    }
    let mut quiet_until = BTreeMap::new();
    let mut broken = Vec::new();
    for request in played.installation.traffic.requests() {
        let place = (request.process, request.base);
        if quiet_until.get(&place).is_some_and(|until| request.sent_at < *until) {
            broken.push(format!("{} asked {} at {} in its quiet time", place.0, place.1, request.sent_at));
        }
        if request.throttled {
            quiet_until.insert(place, request.answered_at + QUIET);
        }
    }
    broken
}

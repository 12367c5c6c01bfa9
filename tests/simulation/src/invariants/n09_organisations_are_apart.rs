use recordings::recording::Provider;

use super::jobs;
use crate::installation::pages;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// One organisation's identifiers never appear in another's keys, entries, messages, rows or news. (Answers name nobody, and logs name the
/// organisation beside its identifiers.)
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    // What every call has at a provider, such as ElevenLabs' `audio`, identifies nobody.
    let of = |recording: &recordings::recording::RecordingRef| {
        let (call, own) = (recording.call_id.to_string(), recording.recording_id.to_string());
        let ids = if recording.provider == Provider::Twilio { vec![call, own] } else { vec![call] };
        ids.into_iter().map(|id| (recording.organisation.clone(), id)).collect::<Vec<_>>()
    };
    let ids: Vec<_> = played.script.expected.iter().flat_map(|expected| of(&expected.recording)).collect();
    if ids.iter().all(|(organisation, _)| organisation.as_str() == "default") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    // How far a sweep of everything came is nobody's.
    for key in world.document_keys().into_iter().filter(|key| !key.starts_with("cursors/")) {
        let text = world.document(&key).unwrap_or_default();
        let mentioned = ids.iter().filter(|(_, id)| key.contains(id.as_str()) || text.contains(id.as_str()));
        let foreign = mentioned.filter(|(organisation, _)| !key.split('/').any(|part| part == organisation.as_str()));
        broken.extend(foreign.map(|(organisation, id)| format!("{key} names {id} of {organisation}")));
    }
    for (message, (_, body)) in &played.installation.bodies {
        let mentioned = ids.iter().filter(|(_, id)| body.contains(id.as_str()));
        let foreign = mentioned.filter(|(organisation, _)| !body.contains(&format!("\"{organisation}\"")));
        broken.extend(foreign.map(|(organisation, id)| format!("{message} names {id} of {organisation}")));
    }
    for (key, object) in world.objects() {
        let prefixed = key.as_str().starts_with("recordings/acme/");
        let is_theirs = object.recording.is_some_and(|recording| recording.organisation.as_str() == "acme");
        if prefixed != is_theirs {
            broken.push(format!("{key} is another organisation's"));
        }
    }
    for organisation in pages::ORGANISATIONS {
        let news = world.heard_at(&pages::page_of(organisation)).concat();
        let foreign = ids.iter().filter(|(owner, id)| owner.as_str() != organisation && news.contains(id.as_str()));
        broken.extend(foreign.map(|(owner, id)| format!("a page of {organisation} heard of {id} of {owner}")));
    }
    for (organisation, jobs) in jobs(played) {
        for (owner, id) in ids.iter().filter(|(owner, _)| *owner != organisation) {
            if jobs.iter().any(|job| job.history.contains(id.as_str())) {
                broken.push(format!("a job of {organisation} names {id} of {owner}"));
            }
        }
    }
    broken
}

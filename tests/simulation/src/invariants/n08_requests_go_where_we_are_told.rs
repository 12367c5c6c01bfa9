use super::jobs;
use crate::installation::BASE_URL;
use crate::installation::twilio::FOREIGN_URL;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// Where a history's URLs may lead: to us, to the provider's own copy, or, of what was erased, nowhere.
const OURS: [&str; 5] =
    [BASE_URL, "https://api.twilio.com/", "https://api.vapi.ai/", "https://api.elevenlabs.io/", "erased"];

/// Outside requests go only to the configured hosts. The ports take ids and no URLs, so what is left to check here is that
/// the URL which a webhook names reaches nobody, and that every URL of ours is built from ids. (Redirects and credentials
/// are the adapters', and are tested on the wire.)
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    let foreign = FOREIGN_URL.trim_start_matches("https://");
    let mut broken = Vec::new();
    for key in world.document_keys() {
        if world.document(&key).is_some_and(|text| text.contains(foreign)) {
            broken.push(format!("{key} holds the URL of a webhook"));
        }
    }
    let bodies = played.installation.bodies.values().filter(|(_, body)| body.contains(foreign));
    broken.extend(bodies.map(|(queue, _)| format!("a message of {queue:?} holds the URL of a webhook")));
    for job in jobs(played).values().flatten() {
        let urls =
            job.history.split(" | ").filter_map(|field| field.split_once("URL: ").or(field.split_once("Play: ")));
        let strange = urls.filter(|(_, url)| !OURS.iter().any(|ours| url.starts_with(ours)));
        broken.extend(strange.map(|(_, url)| format!("a history names {url}")));
    }
    broken
}

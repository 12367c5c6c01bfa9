use recordings::audio::Container;
use recordings::fakes::Effect;
use sha2::{Digest, Sha256};

use crate::installation::wiring::Wiring;
use crate::play::Played;

/// No stored audio is shorter or longer than its entry says, and its bytes are those that were verified; nothing that is
/// stored is XML, HTML, JSON or empty, not even for a moment.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    let objects = world.objects();
    let mut broken: Vec<String> = world.read_journal(|journal| {
        let empty = journal.iter().filter_map(|entry| match &entry.effect {
            Effect::ObjectCreated { key, object } if object.bytes == 0 => Some(format!("{key} was empty")),
            _ => None,
        });
        empty.collect()
    });
    broken.extend(
        objects
            .iter()
            .filter(|(_, object)| Container::sniff(&object.bytes).is_none())
            .map(|(key, _)| format!("{key} is not audio")),
    );
    for entry in world.entries() {
        let Some(audio) = entry.audio.as_ref().filter(|_| entry.state().has_audio()) else { continue };
        let object = entry.recording_storage_path.as_ref().and_then(|key| objects.get(key));
        let agrees = object.is_some_and(|object| {
            audio.bytes == object.bytes.len() as u64
                && Some(&audio.crc64nvme) == object.look().crc64nvme.as_ref()
                && object.recording.as_ref() == Some(&entry.recording)
                && audio.sha256 == hex::encode(Sha256::digest(&object.bytes))
        });
        if !agrees {
            broken.push(format!("{} is not stored as its entry says", entry.recording));
        }
    }
    broken
}

use recordings::fakes::Effect;

use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::End;

/// Held audio is never deleted; erased audio does not come back, whatever is said of it later. (Erasure itself, with its
/// derived files and its receipt, is to come; this holds what the ledger's tombstone promises to everybody else.)
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let of = |end: End| played.script.expected.iter().filter(move |expected| expected.end == end);
    played.installation.world.read_journal(|journal| {
        let wrong = journal.iter().filter_map(|entry| {
            let (end, recording, what) = match &entry.effect {
                Effect::ObjectCreated { object, .. } => (End::Erased, object.recording.as_ref(), "brought back"),
                Effect::LedgerWritten { entry, .. } => {
                    (End::Erased, Some(&entry.recording), "wrote over the tombstone of")
                }
                Effect::AudioRemoved { object, .. } => {
                    (End::Held, object.recording.as_ref(), "removed the held audio of")
                }
                _ => return None,
            };
            let recording = recording.filter(|recording| of(end).any(|expected| expected.recording == **recording))?;
            Some(format!("{} {what} {recording}", entry.process))
        });
        wrong.collect()
    })
}

use recordings::fakes::Effect;

use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::End;

/// Held audio is never deleted; erased audio does not come back, whatever is said of it later. (Erasure itself, with its
/// derived files and its receipt, is to come; this holds what the ledger's tombstone promises to everybody else.)
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let of = |end: End| played.script.expected.iter().filter(move |expected| expected.end == end);
    played.installation.world.read_journal(|journal| {
        let mut broken = Vec::new();
        for entry in journal {
            match &entry.effect {
                Effect::ObjectCreated { object, .. } => {
                    if of(End::Erased).any(|erased| object.recording.as_ref() == Some(&erased.recording)) {
                        broken.push(format!("{} brought back what was erased", entry.process));
                    }
                }
                Effect::LedgerWritten { entry: written, .. } => {
                    if of(End::Erased).any(|erased| written.recording == erased.recording) {
                        broken.push(format!("{} wrote over a tombstone", entry.process));
                    }
                }
                Effect::AudioRemoved { object, .. } => {
                    if of(End::Held).any(|held| object.recording.as_ref() == Some(&held.recording)) {
                        broken.push(format!("{} removed what is held", entry.process));
                    }
                }
                _ => {}
            }
        }
        broken
    })
}

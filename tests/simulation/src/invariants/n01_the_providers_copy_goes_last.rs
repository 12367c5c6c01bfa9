use recordings::fakes::{Effect, Entry};
use recordings::ledger_entry::{LedgerEntry, State, StoredObject};
use recordings::recording::RecordingRef;

use crate::installation::wiring::Wiring;
use crate::play::Played;

/// The provider's copy is deleted only if the entry is verified, what is stored agrees with it at that moment, the history
/// line was in fact written by then, and no hold is on. (That deletion can be switched off is the functions' own test.)
///
/// A PATCH of a dead worker may have taken the line away again since it was seen. That undoes no verification, and the
/// line is written once more.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    played.installation.world.read_journal(|journal| {
        let deletions = journal.iter().enumerate().filter_map(|(at, entry)| match &entry.effect {
            Effect::ProviderCopyDeleted { recording, entry, stored, .. } => {
                Some(of_one(recording, entry.as_deref(), stored.as_ref(), &journal[..at]))
            }
            _ => None,
        });
        deletions.flatten().collect()
    })
}

/// At that moment the ledger does not say yet that the lines were seen: that, and the deletion, are one write behind it.
fn of_one(
    recording: &RecordingRef,
    entry: Option<&LedgerEntry>,
    stored: Option<&StoredObject>,
    until_then: &[Entry],
) -> Vec<String> {
    let Some(entry) = entry else { return vec![format!("{recording} was deleted without an entry")] };
    if entry.state() == State::Erased {
        // Who had it erased had that asked for.
        return Vec::new();
    }
    let mut broken = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            broken.push(format!("{recording} was deleted at the provider, and {what}"));
        }
    };
    check(matches!(entry.state(), State::Stored | State::Settled), "was not stored");
    check(!entry.hold, "a hold is on");
    let agrees = entry.audio.as_ref().zip(stored).is_some_and(|(audio, stored)| {
        stored.bytes == audio.bytes
            && stored.crc64nvme.as_ref() == Some(&audio.crc64nvme)
            && stored.recording.as_ref() == Some(recording)
    });
    check(agrees, "what is stored is not what was verified");
    let was_written = |line: &str| {
        until_then.iter().any(|entry| match &entry.effect {
            Effect::HistoryWritten { after, .. } => after.lines().any(|written| written == line),
            _ => false,
        })
    };
    check(entry.lines.last().is_some_and(|line| was_written(&line.text)), "its line was never written");
    broken
}

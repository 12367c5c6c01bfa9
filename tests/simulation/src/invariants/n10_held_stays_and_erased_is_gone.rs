use std::collections::BTreeSet;

use recordings::fakes::Effect;
use recordings::ledger_entry::State;
use recordings::link::LinkTarget;
use recordings::object_key::TraceKind;
use recordings::recording::RecordingRef;

use super::jobs;
use crate::installation::twilio::PHONE;
use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::End;

/// Held audio is never deleted. Erased audio is gone in every version and derived file, no history leads to it, a receipt
/// says so, and it does not come back, whatever is said of it later.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let of = |end: End| played.script.expected.iter().filter(move |expected| expected.end == end);
    let erased: Vec<&RecordingRef> = of(End::Erased).map(|expected| &expected.recording).collect();
    let held: Vec<&RecordingRef> = of(End::Held).map(|expected| &expected.recording).collect();
    let mut broken = deletions_of_what_is_held(played, &held);
    broken.extend(written_over(played, &erased));
    if played.quiet {
        broken.extend(erased.into_iter().flat_map(|recording| left_of(played, recording)));
    }
    broken
}

fn deletions_of_what_is_held<W: Wiring>(played: &Played<W>, held: &[&RecordingRef]) -> Vec<String> {
    played.installation.world.read_journal(|journal| {
        let removed = journal.iter().filter_map(|entry| {
            let recording = match &entry.effect {
                Effect::AudioRemoved { object, .. } => {
                    held.iter().find(|held| object.recording.as_ref() == Some(**held))
                }
                Effect::TraceRemoved(trace) if trace.kind == TraceKind::Audio => {
                    held.iter().find(|held| trace.key.contains(held.call_id.as_str()))
                }
                _ => None,
            }?;
            Some(format!("{} removed the held audio of {recording}", entry.process))
        });
        removed.collect()
    })
}

fn written_over<W: Wiring>(played: &Played<W>, erased: &[&RecordingRef]) -> Vec<String> {
    played.installation.world.read_journal(|journal| {
        let (mut gone, mut broken) = (BTreeSet::new(), Vec::new());
        for written in journal {
            let Effect::LedgerWritten { entry, .. } = &written.effect else { continue };
            match entry.state() {
                State::Erased => drop(gone.insert(&entry.recording)),
                _ if gone.contains(&entry.recording) && erased.contains(&&entry.recording) => {
                    broken.push(format!("{} wrote over the tombstone of {}", written.process, entry.recording));
                }
                _ => {}
            }
        }
        broken
    })
}

/// What is left when nothing is left to do.
fn left_of<W: Wiring>(played: &Played<W>, recording: &RecordingRef) -> Vec<String> {
    let world = &played.installation.world;
    let call = recording.call_id.as_str();
    let mut broken: Vec<String> =
        world.audio_left(call).into_iter().map(|key| format!("{key} is left of an erased call")).collect();
    let link = world.secrets().link_keys.seal(&LinkTarget::new(recording.clone(), 0));
    for word in [&PHONE[1..], link.as_str()] {
        let holds = world.everything_that_holds(word).into_iter().filter(|key| key.contains(call));
        broken.extend(holds.map(|key| format!("{word} of an erased call is in {key}")));
    }
    for job in jobs(played).into_values().flatten() {
        let leads =
            job.history.contains(&link) || job.history.contains(&format!("/Recordings/{}", recording.recording_id));
        if leads {
            broken.push(format!("the history of {} leads to {recording}, which was erased", job.id));
        }
    }
    let is_told = world.read_journal(|journal| {
        journal.iter().any(|entry| match &entry.effect {
            Effect::ErasureReceiptWritten(receipt) => receipt.call == recording.call() && receipt.is_over,
            _ => false,
        })
    });
    if !is_told {
        broken.push(format!("no receipt says that {recording} is erased"));
    }
    broken
}

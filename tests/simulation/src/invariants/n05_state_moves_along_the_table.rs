use std::collections::BTreeMap;

use recordings::fakes::Effect;
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::recording::RecordingRef;

use crate::installation::wiring::Wiring;
use crate::play::Played;

/// State only moves along the table, and every change is made to the entry as it was: nothing that an entry once held is
/// lost, whoever writes when, and whatever his clock says.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let mut broken = Vec::new();
    played.installation.world.read_journal(|journal| {
        let mut known: BTreeMap<&RecordingRef, &LedgerEntry> = BTreeMap::new();
        for written in journal {
            let Effect::LedgerWritten { entry, replaced } = &written.effect else { continue };
            let before = known.insert(&entry.recording, entry);
            if before.is_some() && replaced.is_none() {
                broken.push(format!("{} created {} a second time", written.process, entry.recording));
            }
            if let Some(before) = before {
                let lost = lost(before, entry).into_iter();
                broken.extend(lost.map(|what| format!("{} of {} {what}", written.process, entry.recording)));
            }
        }
    });
    broken
}

fn lost(before: &LedgerEntry, after: &LedgerEntry) -> Vec<&'static str> {
    if after.state() == State::Erased {
        return lost_by_erasure(before, after);
    }
    let lines = |entry: &LedgerEntry| entry.lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    // One that is gone from its history is asked for once more.
    let is_repaired = |was: &PinnedLine, is: &PinnedLine| was.repaired_at.is_none() && is.repaired_at.is_some();
    let mut lines_of_both = before.lines.iter().zip(&after.lines);
    let is_corrected = before.job_number.is_some() && before.job_number != after.job_number;
    let unconfirmed = !is_corrected
        && lines_of_both.any(|(was, is)| was.is_confirmed() && !is.is_confirmed() && !is_repaired(was, is));
    let audio_changed = before.audio.is_some() && before.audio != after.audio && before.state() != State::Suspect;
    let moved = match (&before.recording_storage_path, &after.recording_storage_path) {
        (None, _) => false,
        (Some(was), Some(is)) => is != was && *is != was.naming(&before.recording),
        (Some(_), None) => true,
    };
    [
        (!after.states().starts_with(before.states()), "forgot a state"),
        (!moves_along_the_table(before, after), "left the table"),
        (!lines(after).starts_with(&lines(before)), "forgot a line"),
        (unconfirmed, "forgot that a line was seen"),
        (audio_changed, "replaced what was verified"),
        (moved, "moved the audio"),
        (before.hold && !after.hold, "dropped a hold"),
        (before.provider_deleted_at.is_some() && after.provider_deleted_at.is_none(), "lost a receipt"),
        (before.received_at != after.received_at || before.started_at != after.started_at, "changed a time"),
    ]
    .into_iter()
    .filter_map(|(is_so, what)| is_so.then_some(what))
    .collect()
}

/// What is erased keeps its way and the receipt of the provider's copy, and comes to hold nothing new.
fn lost_by_erasure(before: &LedgerEntry, after: &LedgerEntry) -> Vec<&'static str> {
    let way =
        |entry: &LedgerEntry| entry.states().iter().map(|reached| (reached.state, reached.at)).collect::<Vec<_>>();
    [
        (!way(after).starts_with(&way(before)), "forgot a state"),
        (!moves_along_the_table(before, after), "left the table"),
        (before.provider_deleted_at.is_some() && after.provider_deleted_at.is_none(), "lost a receipt"),
        (after.audio.is_some() || after.from.is_some() || after.to.is_some(), "kept what was to be erased"),
        (after.lines.iter().any(|line| !before.lines.contains(line)), "asked for another line"),
    ]
    .into_iter()
    .filter_map(|(is_so, what)| is_so.then_some(what))
    .collect()
}

fn moves_along_the_table(before: &LedgerEntry, after: &LedgerEntry) -> bool {
    let reached: Vec<State> =
        after.states().iter().skip(before.states().len().saturating_sub(1)).map(|reached| reached.state).collect();
    reached.windows(2).all(|two| may_follow(two[0]).contains(&two[1])) && reached.last() == Some(&after.state())
}

/// The table of docs/architecture.md, written down a second time on purpose.
fn may_follow(state: State) -> &'static [State] {
    use State::*;
    match state {
        Received => &[Fallback, Stored, Suspect, Failed, Absent, Erased],
        Fallback => &[Stored, Suspect, Failed, Absent, Erased],
        Stored => &[Settled, Expired, Erased],
        Suspect => &[Stored, Expired, Erased],
        Settled => &[Expired, Erased],
        Failed => &[Stored, Suspect, Absent, Erased],
        Absent => &[Stored, Suspect, Erased],
        Expired => &[Erased],
        Erased => &[],
    }
}

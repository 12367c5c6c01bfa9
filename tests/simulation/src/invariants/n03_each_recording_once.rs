use std::collections::{BTreeMap, BTreeSet};

use recordings::fakes::Effect;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::JobRecord;
use recordings::recording::{JobRecordId, Organisation};

use super::{heard_of, jobs};
use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::End;

/// When nothing is left to do, each recording has one audio object, one ledger entry, and the right history lines, once
/// each and in order; and no history ever lost what was in it.
///
/// Airtable has no conditional write: a PATCH that takes effect minutes after its worker gave it up undoes what was
/// written meanwhile. Lines that such a PATCH took away are left out of account until a job reads histories back.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let undone = undone(played);
    let mut broken = lost_text(played);
    let jobs = jobs(played);
    for (expected, entry) in heard_of(played) {
        let Some(entry) = entry else {
            broken.push(format!("{} has no entry", expected.recording));
            continue;
        };
        broken.extend(objects(played, &entry, expected.end));
        broken.extend(lines(&entry, &jobs[&entry.recording.organisation], expected.end, &undone));
    }
    broken.extend(uncalled_for(played, &jobs));
    broken
}

fn objects<W: Wiring>(played: &Played<W>, entry: &LedgerEntry, end: End) -> Option<String> {
    let objects = played.installation.world.objects();
    let ours = objects.iter().filter(|(_, object)| object.recording.as_ref() == Some(&entry.recording));
    let keys: Vec<_> = ours.map(|(key, _)| key).collect();
    let right = match end {
        End::Absent | End::AbsentUnassigned | End::Erased | End::Unheard => keys.is_empty(),
        _ => keys.len() == 1 && entry.recording_storage_path.as_ref() == Some(keys[0]),
    };
    let named = &entry.recording_storage_path;
    (!right).then(|| format!("{} is under {keys:?}, and its entry names {named:?}", entry.recording))
}

fn lines(entry: &LedgerEntry, jobs: &[JobRecord], end: End, undone: &BTreeSet<JobRecordId>) -> Vec<String> {
    let (recording, mut broken) = (&entry.recording, Vec::new());
    let has_a_job = matches!(end, End::Home | End::Held | End::Imported | End::Suspect | End::Absent);
    if has_a_job && (entry.lines.is_empty() || !entry.all_lines_confirmed()) {
        broken.push(format!("{recording} has a line that is not confirmed"));
    }
    let histories: Vec<(&JobRecordId, &str)> =
        jobs.iter().flat_map(|job| job.history.lines().map(|line| (&job.id, line))).collect();
    let may_lack = !has_a_job || entry.job_record_id.as_ref().is_some_and(|job| undone.contains(job));
    let mut places = Vec::new();
    for line in &entry.lines {
        let is_it = |at: &usize| untimed(histories[*at].1) == untimed(&line.text);
        let at: Vec<_> = (0..histories.len()).filter(is_it).collect();
        if at.len() > 1 || at.is_empty() && !may_lack {
            broken.push(format!("{} times in the histories: {}", at.len(), line.text));
        }
        places.extend(at);
    }
    if !places.is_sorted() && !may_lack {
        broken.push(format!("{recording}'s lines are out of order"));
    }
    broken
}

/// What a line says, whenever and through whatever link: one that was told while there was no ledger is older than the
/// entry's own, and is played by a link that needs no ledger.
fn untimed(line: &str) -> &str {
    let said = line.splitn(3, '|').last().unwrap_or(line);
    said.split(" | Play: ").next().unwrap_or(said)
}

/// A pending line may stand there that was told while there was no ledger to ask for it; and, of a recording that was erased
/// and forgotten since, a line that never led anywhere.
fn uncalled_for<W: Wiring>(played: &Played<W>, jobs: &BTreeMap<Organisation, Vec<JobRecord>>) -> Vec<String> {
    let entries = played.installation.world.entries();
    let asked_for: BTreeSet<&str> =
        entries.iter().flat_map(|e| e.lines.iter().map(|line| untimed(&line.text))).collect();
    let once_asked_for = of_what_is_forgotten(played);
    let mut pending = BTreeSet::new();
    let mut broken = Vec::new();
    for line in jobs.values().flatten().flat_map(|job| job.history.lines()) {
        let is_pending = line.contains("| Event: Recording pending upload |");
        let is_erased = line.ends_with("| URL: erased") || line.contains("| URL: erased | Play: erased");
        if is_erased || once_asked_for.contains(untimed(line)) {
            continue;
        }
        if !(asked_for.contains(untimed(line)) || is_pending && pending.insert(untimed(line))) {
            broken.push(format!("nobody asked for {line}"));
        }
    }
    broken
}

/// The lines without a link that forgotten entries asked for in their time.
fn of_what_is_forgotten<W: Wiring>(played: &Played<W>) -> BTreeSet<String> {
    let entries = played.installation.world.entries();
    let forgotten: BTreeSet<_> = entries.iter().filter(|e| e.is_forgotten()).map(|e| &e.recording).collect();
    played.installation.world.read_journal(|journal| {
        let written = journal.iter().filter_map(|happened| match &happened.effect {
            Effect::LedgerWritten { entry, .. } if forgotten.contains(&entry.recording) => Some(&entry.lines),
            _ => None,
        });
        let led_nowhere = written.flatten().filter(|line| !line.text.contains("| URL: "));
        led_nowhere.map(|line| untimed(&line.text).to_owned()).collect()
    })
}

/// Histories in which a PATCH that nobody waited for any more met another: it made the text shorter, or came between a find
/// and the PATCH behind it, which then did.
fn undone<W: Wiring>(played: &Played<W>) -> BTreeSet<JobRecordId> {
    writes_that_lost_text(played).into_iter().filter_map(|(job, _, was_late)| was_late.then_some(job)).collect()
}

fn lost_text<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let lost = writes_that_lost_text(played).into_iter().filter(|(_, _, was_late)| !was_late);
    lost.map(|(job, process, _)| format!("{process} took text away from the history of {job}")).collect()
}

/// Whose history it was, who did it, and whether it or the write before it came late.
fn writes_that_lost_text<W: Wiring>(played: &Played<W>) -> Vec<(JobRecordId, String, bool)> {
    played.installation.world.read_journal(|journal| {
        let (mut last_was_late, mut lost) = (BTreeMap::new(), Vec::new());
        for entry in journal {
            let Effect::HistoryWritten { job, .. } = &entry.effect else { continue };
            let before = last_was_late.insert(job, entry.late).unwrap_or(false);
            if entry.effect.lost_text() {
                lost.push((job.clone(), entry.process.clone(), entry.late || before));
            }
        }
        lost
    })
}

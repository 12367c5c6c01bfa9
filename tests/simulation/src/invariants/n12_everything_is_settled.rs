use recordings::ledger_entry::{LedgerEntry, State, TranscriptState};
use recordings::object_key::ObjectKey;

use super::heard_of;
use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::End;

/// Once what we depend on is healthy, every recording that a provider lists is finished within the sweep and its retries,
/// without anyone acting, whether or not its webhook ever came.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let mut broken: Vec<String> = heard_of(played)
        .into_iter()
        // Where no job is known, nothing is left to wait for but a job.
        .filter(|(expected, entry)| {
            let is_finished = entry.as_ref().is_some_and(LedgerEntry::is_finished);
            !is_finished && (entry.is_none() || expected.end != End::AbsentUnassigned)
        })
        .map(|(expected, entry)| format!("{} is {:?}", expected.recording, entry.map(|entry| entry.state())))
        .collect();
    broken.extend(transcripts(played));
    if !played.quiet {
        broken.push("it never becomes quiet".to_owned());
    }
    broken
}

/// The transcript of every call that is finished is in the bucket, if its provider has one and does not hold it back for a
/// day; and a call without audio says that this is all there is. Nothing is left of what was said on a call that is erased.
fn transcripts<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let told = |entry: &LedgerEntry| {
        let key = ObjectKey::Transcript(&entry.recording.call()).to_string();
        let is_there = played.installation.world.document(&key).is_some();
        let as_it_should = match &entry.transcript {
            _ if entry.state() == State::Erased => !is_there,
            TranscriptState::Kept { .. } => {
                is_there && entry.transcript_only_fallback == (entry.state() == State::Absent)
            }
            TranscriptState::Missing { why, .. } => why == "given_up",
            TranscriptState::Unfetched => false,
        };
        (!as_it_should).then(|| format!("the transcript of {} is {:?}", entry.recording, entry.transcript))
    };
    let entries = heard_of(played).into_iter().filter_map(|(_, entry)| entry);
    let finished = entries.filter(|entry| entry.recording.provider.writes_transcripts() && entry.is_finished());
    finished.filter_map(|entry| told(&entry)).collect()
}

use recordings::ledger_entry::LedgerEntry;

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
    if !played.quiet {
        broken.push("it never becomes quiet".to_owned());
    }
    broken
}

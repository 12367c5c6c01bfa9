use recordings::ledger_entry::LedgerEntry;

use super::heard_of;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// Once what we depend on is healthy, every recording that we heard of is finished within the sweep and its retries,
/// without anyone acting. (Until there is a job that asks Twilio for its own list, a recording whose webhook nobody took is
/// not heard of.)
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let mut broken: Vec<String> = heard_of(played)
        .into_iter()
        .filter(|(_, entry)| !entry.as_ref().is_some_and(LedgerEntry::is_finished))
        .map(|(expected, entry)| format!("{} is {:?}", expected.recording, entry.map(|entry| entry.state())))
        .collect();
    if !played.quiet {
        broken.push("it never becomes quiet".to_owned());
    }
    broken
}

use recordings::fakes::sample;
use recordings::ledger_entry::{Change, LedgerEntry};

use crate::script::SECONDS;
use crate::script::{End, Script};

/// A legal hold is on before the webhook comes.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let (report, job) = (sample::report(SECONDS, script.begins()), sample::job_number(script.number(1)));
    let entry = LedgerEntry::received(recording.clone(), Some(job), &report, script.begins());
    script.world.put_entry(&entry.apply(Change::HoldPlaced, script.begins()).expect("what was received can be held"));
    script.webhook(0, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Held);
}

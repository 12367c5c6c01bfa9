use recordings::fakes::sample;
use recordings::ledger_entry::{Change, LedgerEntry};

use crate::script::SECONDS;
use crate::script::{End, Script};

/// The recording was erased; its webhook comes twice behind that.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let report = sample::report(SECONDS, script.begins());
    let entry = LedgerEntry::received(recording.clone(), None, &report, script.begins());
    script.world.put_entry(&entry.apply(Change::Erased, script.begins()).expect("what was received can be erased"));
    for seconds in [0, 600] {
        script.webhook(seconds, script.completed(&recording, Some(1)));
    }
    script.expect(&recording, End::Erased);
}

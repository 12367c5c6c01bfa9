use recordings::fakes::sample;
use recordings::ledger_entry::{Change, LedgerEntry};

use crate::script::SECONDS;
use crate::script::{End, Script};

/// The recording was erased before; its webhook comes twice behind that.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let report = sample::report(SECONDS, script.begins());
    let entry = LedgerEntry::received(recording.clone(), None, &report, script.begins());
    script.world.put_entry(&entry.apply(Change::Erased, script.begins()).expect("what was received can be erased"));
    let control = script.world.control(&recording.call());
    script.world.put_control(&control.erased(script.begins(), "user-7").expect("nothing is held"));
    for seconds in [0, 600] {
        script.webhook(seconds, script.completed(&recording, Some(1)));
    }
    script.expect(&recording, End::Erased);
}

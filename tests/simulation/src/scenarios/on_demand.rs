use recordings::fakes::{QueueName, World, sample};
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::TransferRequest;

use crate::script::SECONDS;
use crate::script::{End, Script};

/// Somebody imported a recording that its provider still has. Two ask for it at once, and one long after.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    let report = sample::report(SECONDS, script.begins());
    let job = Some(sample::job_number(script.number(1)));
    let entry = LedgerEntry::imported(recording.clone(), job, &report, None, script.begins());
    script.world.put_entry(&entry);
    ask(script, &entry, &[60, 60, 4_000]);
    script.expect(&recording, End::Home);
}

/// What the API sends for somebody who waits.
pub(super) fn ask(script: &mut Script, entry: &LedgerEntry, seconds: &[u64]) {
    let body = serde_json::to_string(&TransferRequest::on_demand(entry)).expect("a request is JSON");
    for at in seconds {
        let body = body.clone();
        script.change(*at, move |world: &World| world.send_raw(QueueName::Transfer, &body));
    }
}

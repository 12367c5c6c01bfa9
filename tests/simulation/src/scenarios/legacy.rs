use recordings::fakes::{ProviderRecording, sample};
use recordings::ledger_entry::LedgerEntry;

use super::on_demand::ask;
use crate::script::SECONDS;
use crate::script::{End, Script};

/// Somebody imported a recording that its provider has no longer, and asks for it. Its legacy URL has the audio.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let (call, number) = (script.number(1), script.number(2));
    let recording = sample::recording_of("default", call, number);
    let url = sample::legacy_url("default", number);
    script.world.put_legacy_audio(&url, ProviderRecording::completed(sample::wav(SECONDS, number)));
    let (report, job) = (sample::report(SECONDS, script.begins()), sample::job_number(script.number(1)));
    let entry = LedgerEntry::imported(recording.clone(), Some(job), &report, Some(url), script.begins());
    script.world.put_entry(&entry);
    ask(script, &entry, &[60, 61]);
    script.expect(&recording, End::Imported);
}

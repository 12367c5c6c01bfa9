//! One recording on its way from the webhook to the settled entry, when nothing goes wrong.

use recordings::fakes::{Effect, World, sample};
use recordings::ledger_entry::State;

use crate::invariants::broken;
use crate::logs;
use crate::stage::{Stage, recorded};

#[test]
fn a_recording_comes_home_is_linked_and_its_copy_goes() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));

    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.state(), State::Settled);
    let key = format!("recordings/2024/03/15/{}-JOB1.wav", recording.call_id);
    assert_eq!(entry.recording_storage_path.as_ref().unwrap().as_str(), key);
    assert_eq!(entry.audio.as_ref().unwrap().duration_measured_ms, Some(12_000));
    let line = format!("---- | 2024-03-15 14:30:22 | Event: Recording | Source: IVR | URL: {}", stage.link(&recording));
    assert_eq!(stage.lines(1), [line]);
    assert_eq!(broken(&stage, &[recording]), Vec::<String>::new());
}

#[test]
fn it_costs_six_puts_five_reads_and_two_requests_to_airtable() {
    let stage = Stage::new(World::new(1));
    stage.report(&recorded(&stage.world, &sample::recording(1), 1));

    let count = |operations: &[(&str, &str)]| -> usize {
        operations.iter().map(|(port, operation)| stage.called(port, operation)).sum()
    };
    let puts = [
        ("OpenMarkerWrite", "put"),
        ("DayIndex", "add"),
        ("LedgerWrite", "create"),
        ("AudioStore", "put"),
        ("LedgerWrite", "replace"),
    ];
    assert_eq!(count(&puts), 6, "open, day, received, audio, stored, settled");
    let reads = [("LedgerRead", "get"), ("CallControlRead", "get"), ("AudioLook", "look")];
    assert_eq!(count(&reads), 5, "an entry before each of three steps, what was decided about the call, the audio");
    assert_eq!(count(&[("Jobs", "find"), ("Jobs", "update")]), 2);
    assert_eq!(count(&[("AudioSource", "open"), ("ProviderCopies", "delete")]), 2);
    assert_eq!(count(&[("HistoryQueue", "send"), ("RetryQueue", "send")]), 1);
}

#[test]
fn each_step_waits_for_the_one_before() {
    let stage = Stage::new(World::new(1));
    stage.report(&recorded(&stage.world, &sample::recording(1), 1));

    let journal = stage.world.journal();
    let place = |is: &dyn Fn(&Effect) -> bool| journal.iter().position(|entry| is(&entry.effect)).unwrap();
    let entry_in =
        |state| move |effect: &Effect| matches!(effect, Effect::LedgerWritten { entry, .. } if entry.state() == state);
    let steps = [
        place(&|effect| matches!(effect, Effect::DayAdded(_))),
        place(&entry_in(State::Received)),
        place(&|effect| matches!(effect, Effect::ObjectCreated { .. })),
        place(&entry_in(State::Stored)),
        place(&|effect| matches!(effect, Effect::HistoryWritten { .. })),
        place(&|effect| matches!(effect, Effect::ProviderCopyDeleted { .. })),
        place(&entry_in(State::Settled)),
        place(&|effect| matches!(effect, Effect::MarkerRemoved(_))),
    ];
    assert!(steps.is_sorted(), "{steps:?}");
}

#[test]
fn a_healthy_run_says_so_and_raises_nothing() {
    let stage = Stage::new(World::new(1));
    let records = logs::during(|| stage.report(&recorded(&stage.world, &sample::recording(1), 1)));
    assert_eq!(
        logs::types(&records),
        ["recording_s3_upload_success", "recording_saved_to_airtable_s3", "twilio_deletion_scheduled"]
    );
    let call_id = sample::recording(1).call_id.to_string();
    assert!(records.iter().all(|record| record["call_id"] == call_id && record["organisation"] == "default"));
    assert_eq!((stage.metrics.of("stored"), stage.metrics.of("history_written")), (1.0, 1.0));
    assert_eq!(stage.metrics.of("succeeded"), 1.0);
    for alarmed in
        ["upload_failed", "fetch_failed", "fell_back", "retry_needed", "airtable_update_error", "failed", "suspect"]
    {
        assert_eq!(stage.metrics.of(alarmed), 0.0, "{alarmed}");
    }
}

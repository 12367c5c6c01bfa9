//! Organisations with Airtable bases of their own: what one base wants, or does not answer, is nothing to the others.

use std::time::Duration;

use jiff::Timestamp;
use recordings::fakes::{Effect, Fault, Plan, QueueName, Settings, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::ports::ErrorKind;
use recordings::recording::RecordingRef;
use transfer::{Batch, Incoming};

use crate::invariants::{broken, dead_letters};
use crate::stage::{Stage, recorded};

const AN_HOUR: Duration = Duration::from_secs(3_600);
const THEIRS: Option<&str> = Some(sample::AIRTABLE_BASE_OF_ACME);

/// A recording each of three organisations, in the bucket, whose lines are not written yet: `acme` and `bolt` share a
/// base, `default` has the installation's. Their jobs have the same number.
fn stored() -> (Stage, [RecordingRef; 3]) {
    let stage = Stage::new(World::with(Settings { airtable_limit: true, ..Settings::default() }));
    stage.world.set_secrets(sample::secrets_of(&[("acme", THEIRS), ("bolt", THEIRS), ("default", None)]));
    let recordings = [("acme", 1), ("bolt", 2), ("default", 3)].map(|(name, n)| sample::recording_of(name, n, n));
    for recording in &recordings {
        assert!(stage.webhook(&recorded(&stage.world, recording, 1)));
    }
    while stage.transfer() {}
    (stage, recordings)
}

/// One batch of all that waits in HistoryQueue.
fn waiting(stage: &Stage) -> Batch {
    let bodies = stage.world.bodies(QueueName::History).into_iter().zip(1..);
    Batch::Histories(
        bodies.map(|(body, id)| Incoming { id: format!("{id}"), body, receives: 1, group: None }).collect(),
    )
}

/// How many seconds after a time a recording's copy was deleted at the provider.
fn gone_after(stage: &Stage, recording: &RecordingRef, start: Timestamp) -> Option<i64> {
    let is_it =
        |effect: &Effect| matches!(effect, Effect::ProviderCopyDeleted { recording: of, .. } if of == recording);
    let journal = stage.world.journal();
    let entry = journal.iter().find(|entry| is_it(&entry.effect))?;
    Some(entry.at.duration_since(start).as_secs())
}

#[test]
fn a_base_that_refuses_or_hangs_delays_no_other_bases_lines() {
    let throttled = Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None });
    for fault in [throttled, Fault::ErrorBefore(ErrorKind::QuotaExhausted), Fault::Hang] {
        let (stage, recordings) = stored();
        let [acme, _, ours] = &recordings;
        let start = stage.world.time();
        stage.world.set_plan(Plan::none().between(start, start + AN_HOUR, Where::airtable().key("acme"), fault));
        assert_eq!(stage.handle(&waiting(&stage)), Some(Vec::new()), "{fault:?}");
        assert_eq!(gone_after(&stage, ours, start), Some(0), "{fault:?}: settled while the other base is still asked");
        assert_eq!((stage.state(acme), stage.state(ours)), (State::Stored, State::Settled), "{fault:?}");
        let waited = stage.world.time().duration_since(start).as_secs();
        assert!(waited <= if fault == Fault::Hang { 40 } else { 5 }, "{fault:?}: {waited} s");
        stage.live_for(2 * AN_HOUR);
        assert!(stage.becomes_quiet_within(AN_HOUR), "{fault:?}");
        assert_eq!(broken(&stage, &recordings), Vec::<String>::new(), "{fault:?}");
        assert_eq!(dead_letters(&stage), Vec::<String>::new());
    }
}

#[test]
fn organisations_that_share_a_base_share_its_allowance_and_the_others_do_not_wait_for_it() {
    let (stage, recordings) = stored();
    let start = stage.world.time();
    assert_eq!(stage.handle(&waiting(&stage)), Some(Vec::new()));
    let asked: Vec<_> = stage.world.calls().into_iter().filter(|call| call.port == "Jobs").collect();
    let found_after = |organisation: &str| {
        let found = asked.iter().find(|call| (call.operation, call.key.as_str()) == ("find", organisation)).unwrap();
        found.at.duration_since(start).as_millis()
    };
    assert_eq!((found_after("acme"), found_after("default")), (0, 0));
    assert!((1_300..1_400).contains(&found_after("bolt")), "{}", found_after("bolt"));
    assert!(recordings.iter().all(|recording| stage.state(recording) == State::Settled));
    assert!(stage.becomes_quiet_within(AN_HOUR));
    assert_eq!(broken(&stage, &recordings), Vec::<String>::new());
}

#[test]
fn a_message_that_fails_takes_none_of_another_organisations_job_of_the_same_number_with_it() {
    let (stage, recordings) = stored();
    let unreadable = Where::ports(&["LedgerRead"]).key("acme");
    stage.world.set_plan(Plan::none().nth(1, unreadable, Fault::ErrorBefore(ErrorKind::Unavailable)));
    assert_eq!(stage.handle(&waiting(&stage)), Some(vec!["1".to_owned()]));
    let settled = recordings.map(|recording| stage.state(&recording) == State::Settled);
    assert_eq!(settled, [false, true, true]);
}

#[test]
fn what_is_in_one_group_of_the_queue_comes_again_together() {
    let (stage, recordings) = stored();
    let unreadable = Where::ports(&["LedgerRead"]).key("acme");
    stage.world.set_plan(Plan::none().nth(1, unreadable, Fault::ErrorBefore(ErrorKind::Unavailable)));
    let deliveries = stage.world.receive_history(10);
    let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.message_id.clone()).collect();
    assert_eq!(deliveries[0].group, deliveries[1].group, "one base, one number: it is one job");
    let again = stage.handle(&Batch::Histories(crate::stage::incoming(&deliveries)));
    assert_eq!(again.as_deref(), Some(&ids[..2]));
    assert_eq!(stage.state(&recordings[2]), State::Settled);
}

#[test]
fn an_organisation_without_airtable_waits_for_it_and_keeps_nobody_waiting() {
    let (stage, recordings) = stored();
    let batch = waiting(&stage);
    stage.world.set_secrets(sample::secrets_of(&[("bolt", THEIRS), ("default", None)]));
    assert_eq!(stage.handle(&batch), Some(Vec::new()));
    let settled = recordings.each_ref().map(|recording| stage.state(recording) == State::Settled);
    assert_eq!(settled, [false, true, true]);
    assert_eq!(stage.metrics.of("airtable_update_error"), 1.0);
}

//! When the provider's copy goes, and when it stays.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, Where, World, sample};
use recordings::ledger_entry::{Change, State};
use recordings::ports::ErrorKind;

use crate::invariants::broken;
use crate::logs;
use crate::stage::{Stage, recorded};

#[test]
fn with_deletion_switched_off_the_recording_is_settled_and_the_copy_stays() {
    let stage = Stage::configured(World::new(1), &[("PROVIDER_DELETE", "none")]);
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.state(), State::Settled);
    assert_eq!(entry.provider_kept_because.as_deref(), Some("deletion_disabled"));
    assert!(stage.world.provider_has(&recording) && stage.world.open_markers().is_empty());
    assert_eq!(stage.called("ProviderCopies", "delete"), 0);
}

#[test]
fn with_a_delay_the_recording_is_settled_and_says_when_the_copy_goes() {
    let stage = Stage::configured(World::new(1), &[("PROVIDER_DELETE_AFTER_HOURS", "24")]);
    let recording = sample::recording(1);
    let begun = stage.world.time();
    let records = logs::during(|| stage.report(&recorded(&stage.world, &recording, 1)));
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!(entry.state(), State::Settled);
    let due = begun + Duration::from_secs(86_400);
    assert_eq!((entry.provider_delete_due_at, entry.provider_deleted_at), (Some(due), None));
    assert!(stage.world.provider_has(&recording) && stage.world.open_markers().is_empty());
    assert!(logs::types(&records).contains(&"twilio_deletion_scheduled"));
}

#[test]
fn a_held_recording_keeps_its_copy() {
    let stage = Stage::new(World::new(1));
    let recording = sample::recording(1);
    assert!(stage.webhook(&recorded(&stage.world, &recording, 1)));
    while stage.transfer() {}
    let held = stage.world.entry(&recording).unwrap().apply(Change::HoldPlaced, stage.world.time()).unwrap();
    stage.world.put_entry(&held);
    stage.deliver();
    let entry = stage.world.entry(&recording).unwrap();
    assert_eq!((entry.state(), entry.provider_kept_because.as_deref()), (State::Settled, Some("hold")));
    assert!(entry.hold && stage.world.provider_has(&recording));
}

#[test]
fn a_deletion_that_is_refused_is_done_at_the_next_sweep() {
    let kinds =
        [ErrorKind::Refused, ErrorKind::Throttled { retry_after: None }, ErrorKind::Unavailable, ErrorKind::Invalid];
    for kind in kinds {
        let stage = Stage::new(World::new(1));
        let recording = sample::recording(1);
        stage.world.set_plan(Plan::none().nth(1, Where::ports(&["ProviderCopies"]), Fault::ErrorBefore(kind)));
        stage.report(&recorded(&stage.world, &recording, 1));
        let entry = stage.world.entry(&recording).unwrap();
        assert_eq!((entry.state(), entry.all_lines_confirmed()), (State::Stored, true));
        assert_eq!(stage.metrics.of("provider_deletion_failed"), 1.0);
        assert!(stage.becomes_quiet_within(Duration::from_secs(1_800)), "{kind}");
        assert_eq!(broken(&stage, &[recording]), Vec::<String>::new(), "{kind}");
        assert_eq!(stage.called("Jobs", "update"), 1, "the line is not written again");
    }
}

use super::*;
use crate::ledger_entry::LedgerEntry;
use crate::recording::{Outcome, Provider, RecordingRef, Report};

fn recording() -> RecordingRef {
    let (call, recording) = ("CA0123456789abcdef0123456789abcdef", "RE0123456789abcdef0123456789abcdef");
    RecordingRef::parse("acme", Provider::Twilio, call, recording).unwrap()
}

fn untouched() -> CallControl {
    CallControl::of(recording().call())
}

fn noon() -> Timestamp {
    "2024-03-15T12:00:00Z".parse().unwrap()
}

fn entry() -> LedgerEntry {
    LedgerEntry::received(recording(), None, &Report::of(Outcome::Completed), noon())
}

#[test]
fn a_hold_and_an_erasure_exclude_each_other() {
    let held = untouched().held().unwrap();
    assert_eq!(held.erased(noon(), "u1"), Err(OnHold));
    let erased = untouched().erased(noon(), "u1").unwrap();
    assert_eq!(erased.held(), Err(WasErased));
    assert!(held.released().erased(noon(), "u1").is_ok(), "what was released may be erased");
}

#[test]
fn a_tombstone_is_never_taken_back_nor_told_anew() {
    let erased = untouched().erased(noon(), "u1").unwrap();
    let later = noon() + jiff::SignedDuration::from_hours(1);
    assert_eq!(erased.erased(later, "u2").unwrap(), erased);
    assert_eq!(erased.released(), erased);
}

#[test]
fn the_same_decision_twice_is_the_same_decision() {
    let held = untouched().held().unwrap();
    assert_eq!(held.held().unwrap(), held);
    assert_eq!(held.released(), untouched());
    assert_eq!(untouched().released(), untouched());
}

#[test]
fn an_entry_is_asked_to_say_what_its_call_says_and_once() {
    let (held, erased) = (untouched().held().unwrap(), untouched().erased(noon(), "u1").unwrap());
    for control in [untouched(), held.clone(), erased.clone(), held.released()] {
        for before in [entry(), entry().apply(Change::HoldPlaced, noon()).unwrap()] {
            let after = control.asks_of(&before).into_iter().fold(before, |e, c| e.apply(c, noon()).unwrap());
            assert_eq!(after.hold, control.is_held());
            assert_eq!(after.state() == State::Erased, control.erasure().is_some());
            assert_eq!(control.asks_of(&after), []);
        }
    }
}

#[test]
fn nothing_is_held_that_is_gone() {
    let gone = entry().apply(Change::Erased, noon()).unwrap();
    assert_eq!(untouched().held().unwrap().asks_of(&gone), []);
}

#[test]
fn it_is_read_back_as_it_was_written_and_a_newer_one_is_not_read() {
    for control in [untouched(), untouched().held().unwrap(), untouched().erased(noon(), "u1").unwrap()] {
        let json = serde_json::to_string(&control).unwrap();
        assert_eq!(serde_json::from_str::<CallControl>(&json).unwrap(), control);
        let newer = json.replace("\"schema\":1", "\"schema\":2");
        assert!(serde_json::from_str::<CallControl>(&newer).is_err());
    }
}

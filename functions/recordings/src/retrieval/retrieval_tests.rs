use super::*;
use crate::ledger_entry::{Change, LastError};
use crate::recording::{Outcome, Provider, Report};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_710_513_022 + seconds).unwrap()
}

fn entry(n: u64) -> LedgerEntry {
    let (call, recording) = (format!("CA{n:032x}"), format!("RE{n:032x}"));
    let recording = RecordingRef::parse("default", Provider::Twilio, &call, &recording).unwrap();
    LedgerEntry::received(recording, None, &Report::of(Outcome::Completed), at(0))
}

fn failed(entry: &LedgerEntry, seconds: i64) -> LedgerEntry {
    let error = LastError { code: "provider_unavailable".into(), message: String::new(), at: at(seconds) };
    entry.apply(Change::AttemptFailed { error, next_attempt_at: None }, at(seconds)).unwrap()
}

fn retrieval(entries: &[LedgerEntry]) -> Retrieval {
    Retrieval::new(RetrievalId::of(7), Organisation::default_organisation(), entries, at(10))
}

#[test]
fn an_id_is_sixteen_hexadecimal_digits() {
    assert_eq!(RetrievalId::of(0xabc).as_str(), "0000000000000abc");
    assert_eq!("0000000000000abc".parse(), Ok(RetrievalId::of(0xabc)));
    for odd in ["", "last", "abc", "0000000000000ABC", "../../ledger/x.js", "00000000000000abc"] {
        assert!(odd.parse::<RetrievalId>().is_err(), "{odd}");
    }
}

#[test]
fn what_became_of_a_recording_is_told_by_its_entry() {
    let before = failed(&entry(1), 1);
    let job = retrieval(std::slice::from_ref(&before));
    let judged = |entry: &LedgerEntry| job.recordings[0].outcome_by(Some(entry));
    assert_eq!(judged(&before), None, "that failure is older than the job");
    assert_eq!(judged(&failed(&before, 20)), Some(RetrievalOutcome::Failed));
    let line = crate::history_line::PinnedLine::from_text("---- | t | Event: x".to_owned());
    let absent = before.apply(Change::FoundAbsent { reason: "gone".into(), line }, at(20)).unwrap();
    assert_eq!(judged(&absent), Some(RetrievalOutcome::Unavailable));
    assert_eq!(judged(&before.apply(Change::Erased, at(20)).unwrap()), Some(RetrievalOutcome::Unavailable));
    assert_eq!(job.recordings[0].outcome_by(None), Some(RetrievalOutcome::Unavailable));
}

#[test]
fn the_counts_are_exact_and_what_is_known_stays() {
    let mut job = retrieval(&[entry(1), entry(2), entry(3), entry(4)]);
    assert_eq!(job.counts(), RetrievalCounts { total: 4, ..RetrievalCounts::default() });
    job.learn([(0, RetrievalOutcome::Success), (1, RetrievalOutcome::Failed), (9, RetrievalOutcome::Failed)]);
    job.learn([(1, RetrievalOutcome::Success), (2, RetrievalOutcome::Unavailable)]);
    assert_eq!(job.counts(), RetrievalCounts { total: 4, success: 1, failed: 1, unavailable: 1 });
    assert_eq!(job.waiting().map(|(number, _)| number).collect::<Vec<_>>(), [3]);
    assert!(!job.is_over());
    job.learn([(3, RetrievalOutcome::Success)]);
    assert!(job.is_over());
    let json = serde_json::to_string(&job).unwrap();
    assert_eq!(serde_json::from_str::<Retrieval>(&json).unwrap(), job);
}

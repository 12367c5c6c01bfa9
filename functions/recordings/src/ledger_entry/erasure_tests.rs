//! What is left of an entry once its recording is erased, and until no history leads to it any more.

use super::*;

/// A settled entry of a job, of which everything is known that can be known of anybody.
fn talkative() -> LedgerEntry {
    let mut entry = in_state(State::Settled).apply(Change::JobAssigned(job("JOB1")), now()).unwrap();
    entry = entry.apply(confirm(&entry), now()).unwrap();
    (entry.from, entry.to) = ("+15551230001".parse().ok(), "+15551230002".parse().ok());
    (entry.last_error, entry.provider_url) = (Some(error()), Some("https://api.twilio.com/RE1".to_owned()));
    entry
}

#[test]
fn what_is_erased_keeps_only_what_finds_its_lines_and_then_not_even_that() {
    let erased = talkative().apply(Change::Erased, now()).unwrap();
    assert_eq!((&erased.from, &erased.to, &erased.audio, &erased.last_error), (&None, &None, &None, &None));
    assert!(erased.states().iter().all(|reached| reached.why.is_none()));
    assert_eq!(erased.provider_deleted_at, Some(now()), "the receipt of the copy's deletion stays");
    assert_eq!((erased.lines.len(), erased.erased_at()), (1, Some(now())));
    assert!(!erased.is_forgotten());

    let other = erased.apply(Change::HistoryScrubbed(Some(job("JOB2"))), now()).unwrap();
    assert_eq!(other, erased, "another job's history says nothing about this one");
    let foreign = erased.apply(Change::HistoryCleaned(job("JOB2")), now()).unwrap();
    assert_eq!(foreign, erased);
    let cleaned = erased.apply(Change::HistoryCleaned(job("JOB1")), now()).unwrap();
    assert_eq!(cleaned.clean_since, BTreeMap::from([(job("JOB1"), now())]));
    let forgotten = cleaned.apply(Change::HistoryScrubbed(Some(job("JOB1"))), now()).unwrap();
    assert!(forgotten.is_forgotten());
    let json = serde_json::to_string(&forgotten).unwrap();
    for word in ["JOB1", "555", "https", "x.example", "recordings/2024"] {
        assert!(!json.contains(word), "{word} is in {json}");
    }
}

#[test]
fn a_corrected_job_gets_the_lines_and_the_other_one_is_remembered() {
    let first = talkative();
    let second = first.apply(Change::JobAssigned(job("JOB2")), now()).unwrap();
    assert_eq!((second.former_jobs.as_slice(), second.unconfirmed_lines().count()), (&[job("JOB1")][..], 1));
    assert_eq!(second.apply(Change::JobAssigned(job("JOB2")), now()).unwrap(), second, "twice is once");

    let erased = second.apply(confirm(&second), now()).unwrap().apply(Change::Erased, now()).unwrap();
    let half = erased.apply(Change::HistoryScrubbed(Some(job("JOB2"))), now()).unwrap();
    assert!(!half.is_forgotten() && half.lines.len() == 1, "the first job's history holds the line too");
    assert!(half.apply(Change::HistoryScrubbed(Some(job("JOB1"))), now()).unwrap().is_forgotten());
}

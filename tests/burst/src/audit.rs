use std::collections::{BTreeMap, BTreeSet};

use field::Field;
use futures_util::{StreamExt, stream};
use runtime::Surroundings;
use serde_json::Value;
use standins::{Author, Revision};

use crate::load::{BY_A_PERSON, Load};
use crate::sending::Sent;

/// Objects that are read at the same time; more would only queue up before the emulator.
const AT_ONCE: usize = 8;
/// A few findings say what is wrong; thousands hide it.
const MOST: usize = 40;
const STORED: &str = " | Event: Recording | ";
const PENDING: &str = " | Event: Recording pending upload | ";

/// What was found.
pub(crate) struct Audit {
    /// Everything that is not as promised.
    pub(crate) findings: Vec<String>,
    /// The recordings whose jobs were told that our bucket could not take them yet. On a machine that has too much to do
    /// the bucket may be out of reach for a while; nothing is lost by it.
    pub(crate) stood_in_for: usize,
}

/// Looks at everything that is left.
pub(crate) async fn look(field: &Field, load: &Load, sent: &Sent) -> Audit {
    let entries = entries(field, load).await;
    let (mut findings, stood_in_for) = histories(field, load, &entries);
    let accepted: BTreeSet<usize> = sent.accepted().collect();
    let lost = accepted.iter().filter(|place| entries[**place].is_null());
    findings.extend(lost.map(|place| format!("lost: {}", load.recordings[*place].0.recording_sid)));
    findings.extend(settled_once(field, load, &entries));
    findings.extend(stored_once(field, &entries).await);
    findings.extend(nothing_is_left(field, entries.len()).await);
    let count = findings.len();
    findings.truncate(MOST);
    if count > MOST {
        findings.push(format!("and {} more", count - MOST));
    }
    Audit { findings, stood_in_for }
}

/// The ledger entry of each recording.
async fn entries(field: &Field, load: &Load) -> Vec<Value> {
    let aws = &field.surroundings().aws;
    let read = async |place: usize| {
        let recording = &load.recordings[place].0;
        let key = format!("ledger/default/twilio/{}/{}.json", recording.call_sid, recording.recording_sid);
        let entry = aws.object(Surroundings::BUCKET, &key).await;
        entry.map(|entry| serde_json::from_slice(&entry).unwrap_or_default()).unwrap_or_default()
    };
    stream::iter((0..load.recordings.len()).map(read)).buffered(AT_ONCE).collect().await
}

/// Each reached its end once, and its copy was deleted once, after that.
fn settled_once(field: &Field, load: &Load, entries: &[Value]) -> Vec<String> {
    let deleted = load.deleted_at_twilio(field.world());
    let mut wrong = Vec::new();
    for ((recording, _), entry) in load.recordings.iter().zip(entries) {
        let id = &recording.recording_sid;
        let reached = entry["states"].as_array().into_iter().flatten().map(|reached| &reached["state"]);
        let states: Vec<_> = reached.filter(|state| **state != "fallback").collect();
        if states != ["received", "stored", "settled"] || entry["state"] != "settled" {
            wrong.push(format!("{id} went through {states:?}"));
        }
        if deleted.get(id) != Some(&1) {
            wrong.push(format!("{id} was deleted at Twilio {:?} times", deleted.get(id)));
        }
    }
    wrong
}

/// The bucket holds the audio of each entry, and nothing else.
async fn stored_once(field: &Field, entries: &[Value]) -> Vec<String> {
    let stored = field.surroundings().aws.keys(Surroundings::BUCKET, "recordings/").await;
    let stored: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
    let named: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["recording_storage_path"].as_str()).collect();
    let mut wrong = Vec::new();
    if named.len() != entries.len() {
        wrong.push(format!("{} keys for {} recordings", named.len(), entries.len()));
    }
    wrong.extend(
        named.symmetric_difference(&stored).map(|key| format!("{key} is in the bucket or in the ledger, not in both")),
    );
    wrong
}

/// Each history is what the person wrote, and then the line of each recording, once; no edit of ours lost anything. Gives
/// the number of lines that stand in for a recording until it is stored, too.
fn histories(field: &Field, load: &Load, entries: &[Value]) -> (Vec<String>, usize) {
    let mut expected: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for ((_, job), entry) in load.recordings.iter().zip(entries) {
        let texts = entry["lines"].as_array().into_iter().flatten().filter_map(|line| line["text"].as_str());
        expected.entry(*job).or_default().extend(texts.filter(|text| text.contains(STORED)));
    }
    let (mut wrong, mut stood_in_for) = (Vec::new(), 0);
    for (job, (number, record)) in load.jobs.iter().enumerate() {
        let revisions = field.world().job_revisions(record.clone()).unwrap_or_default();
        let is_lost = |edit: &[Revision]| edit[1].by == Author::Api && !edit[1].history.starts_with(&edit[0].history);
        if revisions.windows(2).any(is_lost) {
            wrong.push(format!("an edit of ours overwrote a part of {number}"));
        }
        let history = revisions.last().map(|last| last.history.as_str()).unwrap_or_default();
        let (first, ours) = history.split_once('\n').unwrap_or((history, ""));
        if first != BY_A_PERSON {
            wrong.push(format!("what the person wrote in {number} is gone"));
        }
        let (mut pending, mut stored): (Vec<_>, Vec<_>) = ours.lines().partition(|line| line.contains(PENDING));
        stood_in_for += pending.len();
        // Whatever link plays it, it is the same line.
        let whose = |line: &&str| line.split(" | Play: ").next().map(str::to_owned);
        pending.sort_unstable();
        if pending.windows(2).any(|two| whose(&two[0]) == whose(&two[1])) {
            wrong.push(format!("{number} has a line twice"));
        }
        let mut expected = expected.remove(&job).unwrap_or_default();
        stored.sort_unstable();
        expected.sort_unstable();
        if stored != expected {
            let odd = stored.iter().chain(&expected).find(|line| stored.contains(line) != expected.contains(line));
            wrong.push(format!("{number} has {} lines instead of {}: {odd:?}", stored.len(), expected.len()));
        }
    }
    (wrong, stood_in_for)
}

/// No message, marker or upload stays behind, the ledger has no other entry, and nobody broke Airtable's or Twilio's rules.
async fn nothing_is_left(field: &Field, entries: usize) -> Vec<String> {
    let (aws, queues) = (&field.surroundings().aws, &field.surroundings().queues);
    let mut wrong = Vec::new();
    for queue in [&queues.transfer, &queues.history, &queues.retry, &queues.dead_transfers, &queues.dead_histories] {
        match aws.queued(queue).await {
            0 => {}
            left => wrong.push(format!("{left} messages are left on {queue}")),
        }
    }
    for (prefix, expected) in [("ledger/", entries), ("open/", 0), ("days/", entries)] {
        let keys = aws.keys(Surroundings::BUCKET, prefix).await.len();
        if keys != expected {
            wrong.push(format!("{keys} objects instead of {expected} under {prefix}"));
        }
    }
    wrong.extend(
        aws.uploads(Surroundings::BUCKET).await.into_iter().map(|(key, _)| format!("an upload of {key} is left")),
    );
    wrong.extend(field.world().violations().into_iter().map(|violation| format!("{violation:?}")));
    let throttled = field.world().airtable_counters().rate_limited;
    if throttled > 0 {
        wrong.push(format!("Airtable answered 429 {throttled} times"));
    }
    wrong
}

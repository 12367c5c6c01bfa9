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

/// Everything that is not as promised.
pub(crate) async fn findings(field: &Field, load: &Load, sent: &Sent) -> Vec<String> {
    let entries = entries(field, load).await;
    let mut wrong: Vec<String> = Vec::new();
    let accepted: BTreeSet<usize> = sent.accepted().collect();
    let lost = accepted.iter().filter(|place| entries[**place].is_null());
    wrong.extend(lost.map(|place| format!("lost: {}", load.recordings[*place].0.recording_sid)));
    wrong.extend(settled_once(field, load, &entries));
    wrong.extend(stored_once(field, &entries).await);
    wrong.extend(histories(field, load, &entries));
    wrong.extend(nothing_is_left(field, entries.len()).await);
    let count = wrong.len();
    wrong.truncate(MOST);
    if count > MOST {
        wrong.push(format!("and {} more", count - MOST));
    }
    wrong
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
        let states: Vec<_> =
            entry["states"].as_array().into_iter().flatten().map(|reached| &reached["state"]).collect();
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

/// Each history is what the person wrote, and then the line of each recording, once; no edit of ours lost anything.
fn histories(field: &Field, load: &Load, entries: &[Value]) -> Vec<String> {
    let mut expected: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for ((_, job), entry) in load.recordings.iter().zip(entries) {
        expected.entry(*job).or_default().extend(entry["lines"][0]["text"].as_str());
    }
    let mut wrong = Vec::new();
    for (job, (number, record)) in load.jobs.iter().enumerate() {
        let revisions = field.world().job_revisions(record.clone()).unwrap_or_default();
        let is_lost = |edit: &[Revision]| edit[1].by == Author::Api && !edit[1].history.starts_with(&edit[0].history);
        if revisions.windows(2).any(is_lost) {
            wrong.push(format!("an edit of ours overwrote a part of {number}"));
        }
        let history = revisions.last().map(|last| last.history.as_str()).unwrap_or_default();
        let mut lines: Vec<&str> = history.lines().collect();
        if lines.first() == Some(&BY_A_PERSON) {
            lines.remove(0);
        } else {
            wrong.push(format!("what the person wrote in {number} is gone"));
        }
        let mut expected = expected.remove(&job).unwrap_or_default();
        lines.sort_unstable();
        expected.sort_unstable();
        if lines != expected {
            wrong.push(format!("{number} has {} lines instead of {}: {history}", lines.len(), expected.len()));
        }
    }
    wrong
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

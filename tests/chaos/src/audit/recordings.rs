use std::collections::BTreeSet;

use field::Field;
use futures_util::{StreamExt, stream};
use runtime::Surroundings;
use serde_json::Value;

use super::Finding;
use crate::flood::Made;

/// Objects that are read at a time.
const AT_ONCE: usize = 8;

/// The recordings' ledger entries, in order; null where there is none.
pub(super) async fn entries(field: &Field, made: &[Made]) -> Vec<Value> {
    let entry = async |recording: &Made| {
        let key = ledger_key(recording);
        let object = field.surroundings().aws.object(Surroundings::BUCKET, &key).await;
        object.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or(Value::Null)
    };
    stream::iter(made.iter().map(entry)).buffered(AT_ONCE).collect().await
}

/// Each recording is settled, its audio is Twilio's to the byte, and there is nothing else in the bucket.
pub(super) async fn findings(field: &Field, made: &[Made], entries: &[Value]) -> Vec<Finding> {
    let each = made.iter().zip(entries).map(|(recording, entry)| one(field, recording, entry));
    let mut findings: Vec<Finding> = stream::iter(each).buffered(AT_ONCE).concat().await;
    let expected = entries.iter().filter_map(|entry| entry["recording_storage_path"].as_str().map(str::to_owned));
    findings.extend(more_or_less(field, "recordings/", expected.collect()).await);
    findings.extend(more_or_less(field, "ledger/", made.iter().map(ledger_key).collect()).await);
    let days = field.surroundings().aws.keys(Surroundings::BUCKET, "days/").await;
    for recording in made {
        let times = days.iter().filter(|key| key.ends_with(&recording.placed.recording_sid)).count();
        if times != 1 {
            findings.push(Finding::of(recording, format!("it is {times} times in the index by day")));
        }
    }
    findings
}

async fn one(field: &Field, recording: &Made, entry: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |what: String| findings.push(Finding::of(recording, what));
    if entry["state"] != "settled" {
        find(format!("its state is {}", entry["state"]));
    }
    let deleted = field.world().recording(recording.placed.recording_sid.clone());
    if deleted.is_ok_and(|recording| recording.deleted_at.is_none()) || entry["provider_deleted_at"].is_null() {
        find(format!(
            "its copy is not deleted at Twilio, or the entry does not say so: {}",
            entry["provider_deleted_at"]
        ));
    }
    let key = entry["recording_storage_path"].as_str().unwrap_or_default();
    match field.surroundings().aws.object(Surroundings::BUCKET, key).await {
        Some(stored) if stored == recording.track.read_all() => {}
        Some(stored) => {
            find(format!(
                "WRONG BYTES: {} bytes are stored, and Twilio has {}",
                stored.len(),
                recording.track.length()
            ));
        }
        None => find(format!("LOST: there is no audio under {key:?}")),
    }
    findings
}

async fn more_or_less(field: &Field, prefix: &str, expected: BTreeSet<String>) -> Vec<Finding> {
    let there: BTreeSet<String> =
        field.surroundings().aws.keys(Surroundings::BUCKET, prefix).await.into_iter().collect();
    let more = there.difference(&expected).map(|key| format!("{key} is nobody's"));
    let less = expected.difference(&there).map(|key| format!("{key} is not there"));
    more.chain(less).map(Finding::of_all).collect()
}

fn ledger_key(recording: &Made) -> String {
    let placed = &recording.placed;
    format!("ledger/default/twilio/{}/{}.json", placed.call_sid, placed.recording_sid)
}

use std::collections::BTreeMap;

use demo::{Job, Scene, SceneError};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use standins::{Author, JournalQuery, PlacedRecording, Revision, Service};

use crate::flood::{AT_ONCE, Flood};

const BY_A_PERSON: &str = "2024-03-01 a person wrote this";

/// Everything that is not as promised.
pub(crate) async fn of(scene: &Scene, flood: &Flood) -> Result<Vec<String>, SceneError> {
    let entry = async |(recording, job): &(PlacedRecording, usize)| {
        let entry = scene.entry(recording).await?.unwrap_or(Value::Null);
        Ok::<_, SceneError>((recording.recording_sid.clone(), *job, entry))
    };
    let entries: Vec<_> = stream::iter(flood.recordings.iter().map(entry)).buffered(AT_ONCE).try_collect().await?;
    let deletions = deletions(scene).await?;
    let mut wrong = Vec::new();
    for (place, job) in flood.jobs.iter().enumerate() {
        let revisions = scene.standins().job_revisions(job.record_id.clone()).await?;
        let mine: Vec<_> = entries.iter().filter(|(_, of, _)| *of == place).collect();
        wrong.extend(only_appended(job, &revisions));
        wrong.extend(each_line_once(job, &revisions, &mine));
        wrong.extend(mine.iter().filter_map(|(id, _, entry)| settled_last(id, entry, &revisions, &deletions)));
    }
    Ok(wrong)
}

/// When Twilio was asked to delete each recording.
async fn deletions(scene: &Scene) -> Result<BTreeMap<String, Vec<Timestamp>>, SceneError> {
    let mut deletions: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for entry in scene.standins().journal(JournalQuery::of(Service::Twilio).method("DELETE")).await? {
        let id = entry.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json").to_owned();
        deletions.entry(id).or_default().push(entry.at);
    }
    Ok(deletions)
}

/// No edit of ours changed what stood there before.
fn only_appended(job: &Job, revisions: &[Revision]) -> Vec<String> {
    let edits = revisions.windows(2).filter(|edit| edit[1].by == Author::Api);
    let overwritten = edits.filter(|edit| !edit[1].history.starts_with(&format!("{}\n", edit[0].history)));
    overwritten.map(|edit| format!("{}: {:?} became {:?}", job.number, edit[0].history, edit[1].history)).collect()
}

/// The history is the person's text and then each recording's line, once.
fn each_line_once(job: &Job, revisions: &[Revision], entries: &[&(String, usize, Value)]) -> Vec<String> {
    let history = revisions.last().map(|last| last.history.as_str()).unwrap_or_default();
    let mut lines: Vec<&str> = history.lines().collect();
    let mut wrong = Vec::new();
    if lines.first() != Some(&BY_A_PERSON) {
        wrong.push(format!("{}: the person's text is gone: {history}", job.number));
    }
    let mut expected: Vec<&str> =
        entries.iter().filter_map(|(_, _, entry)| entry["lines"][0]["text"].as_str()).collect();
    expected.push(BY_A_PERSON);
    lines.sort_unstable();
    expected.sort_unstable();
    if lines != expected {
        wrong.push(format!("{}: {lines:#?} instead of {expected:#?}", job.number));
    }
    wrong
}

/// The recording is settled, and was deleted at Twilio once, after its line was written.
fn settled_last(
    id: &str,
    entry: &Value,
    revisions: &[Revision],
    deletions: &BTreeMap<String, Vec<Timestamp>>,
) -> Option<String> {
    let line = entry["lines"][0]["text"].as_str().unwrap_or("no line");
    let written = revisions.iter().find(|revision| revision.history.lines().any(|there| there == line));
    let deleted = deletions.get(id).map(Vec::as_slice).unwrap_or_default();
    match (entry["state"].as_str(), written, deleted) {
        (Some("settled"), Some(written), [deleted]) if *deleted > written.at => None,
        (state, written, _) => {
            let written = written.map(|revision| revision.at);
            Some(format!("{id} is {state:?}, written {written:?}, deleted {deleted:?}"))
        }
    }
}

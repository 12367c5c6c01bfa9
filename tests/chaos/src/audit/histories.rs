use std::collections::{BTreeMap, HashMap};

use field::Field;
use jiff::Timestamp;
use serde_json::Value;
use standins::{Author, Revision};

use super::Finding;
use crate::flood::{BY_A_PERSON, Job, Made};

/// Each job's history is what a person wrote and then each line that its recordings' entries ask for, once, and those of a
/// recording in their order; no edit of ours changed what stood there; and Twilio's copy was deleted after the lines.
pub(super) fn findings(
    field: &Field,
    made: &[Made],
    jobs: &[Job],
    entries: &[Value],
    deletions: &HashMap<String, Timestamp>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, job) in jobs.iter().enumerate() {
        let revisions = field.world().job_revisions(job.record_id.clone()).unwrap_or_default();
        let mine: Vec<_> = made.iter().zip(entries).filter(|(recording, _)| recording.job == place).collect();
        findings.extend(overwritten(job, &revisions));
        findings.extend(lines_of_job(job, &revisions, &mine));
        for (recording, entry) in mine {
            let deleted = deletions.get(&recording.placed.recording_sid);
            findings.extend(lines_of_recording(&revisions, entry, deleted).map(|what| Finding::of(recording, what)));
        }
    }
    findings
}

fn overwritten(job: &Job, revisions: &[Revision]) -> Vec<Finding> {
    let edits = revisions.windows(2).filter(|edit| edit[1].by == Author::Api);
    let overwritten = edits.filter(|edit| !edit[1].history.starts_with(&format!("{}\n", edit[0].history)));
    overwritten
        .map(|edit| Finding::of_all(format!("{}: {:?} became {:?}", job.number, edit[0].history, edit[1].history)))
        .collect()
}

/// There is no other line in the history, and none twice.
fn lines_of_job(job: &Job, revisions: &[Revision], mine: &[(&Made, &Value)]) -> Vec<Finding> {
    let history = revisions.last().map(|last| last.history.as_str()).unwrap_or_default();
    let mut times: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    history.lines().for_each(|line| times.entry(line).or_default().0 += 1);
    times.entry(BY_A_PERSON).or_default().1 = 1;
    for (recording, entry) in mine {
        lines_of(entry).into_iter().for_each(|line| times.entry(line).or_default().1 += 1);
        if let Some(line) = line_without_a_ledger(history, recording, entry) {
            times.entry(line).or_default().1 += 1;
        }
    }
    let wrong = times.into_iter().filter(|(_, (there, wanted))| there != wanted);
    wrong
        .map(|(line, (there, wanted))| {
            let of =
                mine.iter().find(|(recording, entry)| lines_of(entry).contains(&line) || is_about(line, recording));
            let what = format!("{}: a line is there {there} times and not {wanted}: {line}", job.number);
            Finding { recording: of.map(|(recording, _)| recording.number), what }
        })
        .collect()
}

/// Where the ledger could not be read, the word that Twilio's copy stands in travels in a message, and the entry knows nothing
/// of it. One such line is right, if the entry asks for none like it, and before the line about the audio.
fn line_without_a_ledger<'a>(history: &'a str, recording: &Made, entry: &Value) -> Option<&'a str> {
    if lines_of(entry).iter().any(|line| is_pending(line)) {
        return None;
    }
    let stored =
        history.lines().position(|line| lines_of(entry).contains(&line) && line.contains("| Event: Recording |"));
    let before = history.lines().take(stored.unwrap_or_default());
    before.into_iter().find(|line| is_pending(line) && is_about(line, recording))
}

fn is_pending(line: &str) -> bool {
    line.contains("| Event: Recording pending upload |")
}

fn is_about(line: &str, recording: &Made) -> bool {
    line.contains(&recording.placed.recording_sid)
}

fn lines_of_recording(revisions: &[Revision], entry: &Value, deleted: Option<&Timestamp>) -> Option<String> {
    let history = revisions.last().map(|last| last.history.as_str()).unwrap_or_default();
    let places: Vec<_> = lines_of(entry).iter().map(|line| history.lines().position(|there| there == *line)).collect();
    if !places.is_sorted() {
        return Some(format!("its lines are not in order: {places:?}"));
    }
    let has_all =
        |revision: &&Revision| lines_of(entry).iter().all(|line| revision.history.lines().any(|there| there == *line));
    let written = revisions.iter().find(has_all).map(|revision| revision.at);
    match (written, deleted) {
        (Some(written), Some(deleted)) if *deleted >= written => None,
        (written, deleted) => {
            Some(format!("its lines were written at {written:?}, and its copy deleted at {deleted:?}"))
        }
    }
}

fn lines_of(entry: &Value) -> Vec<&str> {
    entry["lines"].as_array().into_iter().flatten().filter_map(|line| line["text"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn revision(second: i64, history: &str) -> Revision {
        let at = Timestamp::from_second(second).unwrap();
        Revision { at, by: Author::Api, history: history.to_owned() }
    }

    fn job() -> Job {
        Job { number: "JOB1".to_owned(), record_id: "rec1".to_owned() }
    }

    #[test]
    fn what_stood_there_must_stand_there() {
        let kept = [revision(1, "a"), revision(2, "a\nb")];
        assert!(overwritten(&job(), &kept).is_empty());
        let lost = [revision(1, "a\nb"), revision(2, "a\nc")];
        assert_eq!(overwritten(&job(), &lost).len(), 1);
    }

    #[test]
    fn lines_too_many_are_found() {
        let right = [revision(1, BY_A_PERSON)];
        assert!(lines_of_job(&job(), &right, &[]).is_empty());
        let twice = [revision(1, &format!("{BY_A_PERSON}\nx\nx"))];
        assert!(lines_of_job(&job(), &twice, &[])[0].what.contains("2 times and not 0: x"));
    }

    #[test]
    fn lines_come_in_order_and_before_the_deletion() {
        let entry = json!({ "lines": [{ "text": "failed" }, { "text": "stored" }] });
        let at = |second| Timestamp::from_second(second).unwrap();
        let revisions = [revision(1, "failed"), revision(2, "failed\nstored")];
        assert_eq!(lines_of_recording(&revisions, &entry, Some(&at(3))), None);
        assert!(lines_of_recording(&revisions, &entry, Some(&at(1))).is_some(), "deleted too early");
        assert!(lines_of_recording(&revisions, &entry, None).is_some(), "not deleted");
        let disorder = [revision(1, "stored\nfailed")];
        assert!(lines_of_recording(&disorder, &entry, Some(&at(3))).unwrap().contains("not in order"));
        let lacking = [revision(1, "failed")];
        assert!(lines_of_recording(&lacking, &entry, Some(&at(3))).is_some());
    }
}

//! Whatever Airtable, or somebody in between, answers to a find and to an update.

use recordings::adapters::airtable::{Airtable, AirtableSettings, JobFields};
use recordings::fakes::sample;
use recordings::ports::{ErrorKind, HistoryUpdate, JobFind, JobKey, Jobs, PortError};
use recordings::recording::{JobRecordId, Organisation};
use serde_json::{Value, json};

use crate::canary::{CANARIES, assert_silent_error};
use crate::input::{END, Input};
use crate::provider::{Answer, Outside, Script, answer};
use crate::targets::{Target, Verdict};

/// A listing has a page for each hundred records that it may hold, and four for pages that are not full.
const MOST_REQUESTS: usize = 5;

pub(crate) const TARGET: Target = Target { name: "airtable_answers", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    if input.byte() & 1 == 0 { found(Script::of(input)) } else { updated(Script::of(input)) }
}

fn found(script: Script) -> Verdict {
    let answers: Vec<Answer> = script.answers().cloned().collect();
    let keys = [JobKey::Number(sample::job_number(1)), JobKey::Call(sample::recording(2).call_id)];
    let (found, script) = Outside::answering(script, async |outside| {
        airtable(outside).find(&Organisation::default_organisation(), &keys).await
    });
    asked_of_the_base(&script, "POST /v0/appA1b2C3d4E5f6G7/Jobs%20%2F%20all/listRecords ");
    let jobs = match found {
        Err(error) => return refused(&error),
        Ok(jobs) => jobs,
    };
    for job in &jobs {
        let call = sample::recording(2).call_id;
        assert!(job.number == Some(sample::job_number(1)) || job.call_ids.contains(call.as_str()), "{job:?}");
        assert_held(&answers, &job.id, &job.history);
    }
    Verdict::taken_if(!jobs.is_empty())
}

fn updated(script: Script) -> Verdict {
    let answers: Vec<Answer> = script.answers().cloned().collect();
    let updates = [1, 2].map(|n| HistoryUpdate { id: sample::job_record_id(n), history: format!("line {n}") });
    let (updated, script) = Outside::answering(script, async |outside| {
        airtable(outside).update(&Organisation::default_organisation(), &updates).await
    });
    asked_of_the_base(&script, "PATCH /v0/appA1b2C3d4E5f6G7/Jobs%20%2F%20all ");
    // What has an effect is asked once: to ask again is for who knows what it was.
    assert_eq!(script.seen.len(), 1);
    match updated {
        Err(error) => refused(&error),
        Ok(histories) => {
            assert_eq!(answers[0].status, 200);
            histories.iter().for_each(|update| assert_held(&answers, &update.id, &update.history));
            Verdict::taken_if(!histories.is_empty())
        }
    }
}

fn airtable(outside: &Outside) -> Airtable<crate::provider::Fixed> {
    let fields = JobFields { number: "Number".into(), call_ids: Some("Calls".into()), history: "job_history".into() };
    let settings = AirtableSettings {
        base_url: outside.base.clone(),
        base_id: "appA1b2C3d4E5f6G7".parse().unwrap(),
        table: "Jobs / all".to_owned(),
        fields,
    };
    Airtable::new(outside.client.clone(), outside.secrets.clone(), settings)
}

/// Nothing that is answered makes us ask anybody else, or for ever.
fn asked_of_the_base(script: &Script, line: &str) {
    assert!((1..=MOST_REQUESTS).contains(&script.seen.len()), "{} requests", script.seen.len());
    assert!(script.seen.iter().all(|head| head.starts_with(line)), "{:?}", script.seen);
}

/// A failure says what to do, and of the answer nothing but its status and Airtable's word.
fn refused(error: &PortError) -> Verdict {
    assert_silent_error(error);
    if let Some(said) = error.detail.strip_prefix("HTTP ").filter(|_| !error.detail.contains(',')) {
        let (status, word) = said.split_at(3);
        assert!(status.parse::<u16>().is_ok(), "{said}");
        assert!(
            word.len() <= 65 && word.bytes().all(|b| b.is_ascii_uppercase() || b" _0123456789".contains(&b)),
            "{said}"
        );
    }
    if let ErrorKind::Throttled { retry_after } = error.kind {
        assert!(retry_after.is_some_and(|wait| wait.as_secs() >= 30), "{retry_after:?}");
    }
    Verdict::Refused
}

/// A history that is believed is one that an answer holds for that record, letter by letter: what is made up would be
/// written back over what people wrote.
fn assert_held(answers: &[Answer], id: &JobRecordId, history: &str) {
    // What nobody reads of a body need not be text.
    let texts = answers.iter().map(|answer| String::from_utf8_lossy(&answer.body));
    let records = texts.filter_map(|text| serde_json::from_str::<Value>(&text).ok());
    let mut records = records.flat_map(|page| page["records"].as_array().cloned().unwrap_or_default());
    let is_held = records.any(|record| {
        record["id"] == id.as_str() && record["fields"]["job_history"].as_str().unwrap_or_default() == history
    });
    assert!(is_held, "no answer holds {history:?} for {id}");
}

fn seeds() -> Vec<Vec<u8>> {
    let [phone, name] = CANARIES;
    let (id, other) = (sample::job_record_id(1), sample::job_record_id(2));
    let call = sample::recording(2).call_id;
    let page = |fields: Value, offset: Option<&str>| {
        let mut page = json!({"records": [{"id": id, "createdTime": "2024-03-15T14:30:22.000Z", "fields": fields}]});
        offset.into_iter().for_each(|offset| page["offset"] = offset.into());
        answer(0, 0, 0, 0, page.to_string().as_bytes())
    };
    let job = json!({"Number": "JOB1", "job_history": format!("called back {name}, +{phone}\n"), "Calls": call});
    let both = json!({"records": [
        {"id": id, "fields": {"job_history": "line 1"}}, {"id": other, "fields": {"Number": 7, "job_history": "line 2"}},
    ]});
    let script = |kind: u8, answers: &[Vec<u8>]| [&[kind][..], &answers.join(&END)].concat();
    let expired = json!({"error": {"type": "LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "message": phone}}).to_string();
    vec![
        script(0, &[page(job.clone(), None)]),
        script(0, &[page(job.clone(), Some("itr1/rec2")), page(json!({"Number": ["JOB", 1], "Calls": call}), None)]),
        script(0, &[page(job.clone(), Some("itr1")), answer(7, 0, 0, 0, expired.as_bytes()), page(job, None)]),
        script(1, &[answer(0, 0, 0, 0, both.to_string().as_bytes())]),
    ]
}

//! The sweeper's jobs by its own program: what an entry takes, and what many take of memory.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use standins::Account;

use crate::Fallible;
use crate::function::Place;
use crate::report::{Report, say};

/// A job, and when a run of it has dealt with how much.
struct Task {
    job: &'static str,
    what: &'static str,
    put: fn(&Place, u64),
    dealt_with: fn(&Value) -> u64,
    largest: u64,
}

const TASKS: [Task; 4] = [
    Task {
        job: "retry",
        what: "sweep of open/",
        put: markers,
        dealt_with: |outcome| outcome["sent_again"].as_u64().unwrap_or_default(),
        largest: 100_000,
    },
    Task {
        job: "orphans",
        what: "sweep of orphans",
        put: orphans,
        dealt_with: |outcome| outcome["orphans_adopted"].as_u64().unwrap_or_default(),
        largest: 10_000,
    },
    Task {
        job: "reconcile",
        what: "sweep of reconcile, nobody told us of them",
        put: lost,
        dealt_with: |outcome| outcome["repaired"].as_u64().unwrap_or_default(),
        largest: 10_000,
    },
    Task {
        job: "reconcile",
        what: "sweep of reconcile, all known",
        put: known,
        dealt_with: |outcome| outcome["loss_meter"]["in_ledger"].as_u64().unwrap_or_default(),
        largest: 100_000,
    },
];

pub(crate) async fn measure(place: &Place, large: bool, report: &mut Report) -> Fallible<()> {
    place.source.serve_nothing();
    for task in TASKS {
        for entries in [1_000, 10_000, 100_000] {
            if entries <= 10_000 || large && entries <= task.largest {
                sweep(place, &task, entries, report).await?;
            }
        }
    }
    place.sink.clear();
    place.source.list(Vec::new());
    Ok(())
}

/// Runs the job until it has dealt with all.
async fn sweep(place: &Place, task: &Task, entries: u64, report: &mut Report) -> Fallible<()> {
    let what = format!("{}, {entries} entries", task.what);
    say(&what);
    place.sink.clear();
    place.source.list(Vec::new());
    (task.put)(place, entries);
    let variables = [
        ("ORPHAN_AFTER_DAYS", "0.000001".to_owned()),
        ("OPEN_RETRY_MINUTES", "0.00001".to_owned()),
        ("RECONCILE_SINCE", "2024-03-15".to_owned()),
    ];
    // A marker that is old enough by the template's own setting is one here too.
    let variables = if task.job == "retry" { &[][..] } else { &variables };
    let mut sweeper = place.start_in("sweeper", variables).await?;
    let (idle, cpu) = (sweeper.memory()?.peak, sweeper.cpu()?);
    let _before = place.sink.take_counts();
    let (mut done, mut time, mut runs) = (0, Duration::ZERO, 0);
    while done < entries {
        let (taken, outcome) = sweeper.handle(&json!({ "job": task.job })).await?;
        let dealt_with = (task.dealt_with)(&outcome);
        if dealt_with == 0 {
            return Err(format!("{what}: it stops at {done}: {outcome}").into());
        }
        (done, time, runs) = (done + dealt_with, time + taken, runs + 1);
    }
    let counts = place.sink.take_counts();
    let an_entry = |whole: f64| whole / entries as f64;
    report.add(&what, "sweeper", "us an entry", &[an_entry(time.as_secs_f64() * 1e6)]);
    report.add(&what, "sweeper", "us of processor an entry", &[an_entry((sweeper.cpu()? - cpu).as_secs_f64() * 1e6)]);
    report.add(&what, "sweeper", "MB above idle", &[(sweeper.memory()?.peak - idle) as f64 / 1e6]);
    report.add(&what, "sweeper", "invocations", &[f64::from(runs)]);
    let requests = counts.s3_writes + counts.s3_reads + counts.s3_deletions + counts.sqs;
    report.add(&what, "sweeper", "requests to AWS an entry", &[an_entry(requests.into())]);
    sweeper.end()?;
    Ok(())
}

fn markers(place: &Place, entries: u64) {
    for number in 0..entries {
        let (key, marker) = marker(number);
        place.sink.put(&key, marker.to_string().into());
    }
}

/// Audio of yesterday that says whose it is, and that no index knows.
fn orphans(place: &Place, entries: u64) {
    let day = (Timestamp::now() - SignedDuration::from_hours(24)).strftime("%Y/%m/%d").to_string();
    for number in 0..entries {
        let (call, recording) = ids(number);
        let described = [
            ("x-amz-meta-organisation", "default"),
            ("x-amz-meta-provider", "twilio"),
            ("x-amz-meta-call-id", &call),
            ("x-amz-meta-recording-id", &recording),
            ("content-type", "audio/mpeg"),
        ];
        let described = described.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let key = format!("recordings/{day}/{call}-JOB7.mp3");
        place.sink.put_described(&key, bytes::Bytes::from_static(b"ID3"), described);
    }
}

/// Recordings that are at Twilio, of which no webhook came.
fn lost(place: &Place, entries: u64) {
    let now = Timestamp::now();
    let made_at = |number| now - SignedDuration::from_secs(3_600 + number);
    place.source.list((0..entries).map(|number| listed(number, made_at(number as i64), "completed")).collect());
}

/// Recordings of the last day that were brought home, and deleted at Twilio, which still lists them.
fn known(place: &Place, entries: u64) {
    const SPAN: u64 = 19 * 3_600;
    let now = Timestamp::now();
    let mut all = Vec::new();
    for number in 0..entries {
        let made_at = now - SignedDuration::from_secs(4 * 3_600 + (number * SPAN / entries) as i64);
        all.push(listed(number, made_at, "deleted"));
        let (call, recording) = ids(number);
        let (day, start) = (made_at.strftime("%Y-%m-%d"), made_at.strftime("%Y%m%dT%H%M%SZ"));
        place.sink.put(&format!("days/default/{day}/{start}-twilio-{call}-{recording}"), bytes::Bytes::new());
        let folder = made_at.strftime("recordings/%Y/%m/%d");
        place.sink.put(&format!("{folder}/{call}-JOB7.mp3"), bytes::Bytes::from_static(b"ID3"));
    }
    place.source.list(all);
}

fn ids(number: u64) -> (String, String) {
    (format!("CA{number:032x}"), format!("RE{number:032x}"))
}

/// As Twilio lists it. Source: <https://www.twilio.com/docs/voice/api/recording>
fn listed(number: u64, made_at: Timestamp, status: &str) -> String {
    let (call, recording) = ids(number);
    let account = Account::default().sid;
    let made_at = made_at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let uri = format!("/2010-04-01/Accounts/{account}/Recordings/{recording}");
    json!({
        "account_sid": account, "api_version": "2010-04-01", "call_sid": call, "conference_sid": null,
        "date_created": made_at, "date_updated": made_at, "start_time": made_at, "duration": "62", "sid": recording,
        "price": null, "price_unit": "USD", "status": status, "channels": 1, "source": "RecordVerb", "error_code": null,
        "uri": format!("{uri}.json"), "encryption_details": null,
        "subresource_uris": { "add_on_results": format!("{uri}/AddOnResults.json") },
        "media_url": format!("https://api.twilio.com{uri}"),
    })
    .to_string()
}

/// The marker of a recording that nobody brought home yet, as the webhook writes it.
fn marker(number: u64) -> (String, Value) {
    let event = runtime::event("transfer-queue-one");
    let body = event["Records"][0]["body"].as_str().unwrap_or_default();
    let mut marker: Value = serde_json::from_str(body).unwrap_or_default();
    let (call, recording) = ids(number);
    marker["call_id"] = json!(call);
    marker["recording_id"] = json!(recording);
    (format!("open/default/twilio/{call}/{recording}"), marker)
}

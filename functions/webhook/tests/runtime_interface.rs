//! The program under Lambda's runtime interface emulator: the fixture events, and what stops it at its start.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;

use recordings::messages::TransferRequest;
use recordings::recording::Outcome;
use runtime::{Function, Rie, Stopped, Surroundings};
use serde_json::json;

const MARKER: &str = "open/default/twilio/CA5f1d2c3b4a59687766554433221100ff/RE00ff112233445566778695a4b3c2d1e0";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_webhook"))
}

/// The first status that the table in `events/README.md` gives for each file.
fn documented_statuses() -> BTreeMap<String, u64> {
    let rows = include_str!("../../../events/README.md").lines().filter(|line| line.starts_with("| `webhook-"));
    rows.flat_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let status = cells[2].trim()[..3].parse().unwrap();
        cells[0].split(',').map(move |file| (file.trim().trim_matches('`').replace(".json", ""), status))
    })
    .collect()
}

#[tokio::test]
async fn every_event_gets_its_documented_answer() {
    let surroundings = Surroundings::start().await;
    let function = Rie::start(program(), &surroundings.environment(Function::Webhook)).await;

    let mut answered = BTreeMap::new();
    for name in runtime::events("webhook") {
        let answer = function.invoke(&runtime::event(&name)).await;
        answered.insert(name, answer["statusCode"].as_u64().unwrap_or_else(|| panic!("{answer}")));
    }
    assert_eq!(answered, documented_statuses());

    let log = function.finish().join("\n");
    for expected in ["webhook_accepted", "webhook_refused"] {
        assert!(log.contains(expected), "{expected} is not in\n{log}");
    }
    let secret = Surroundings::secret();
    assert!(!log.contains(secret["organisations"]["default"]["twilio"]["auth_token"].as_str().unwrap()), "{log}");
}

#[tokio::test]
async fn a_completed_recording_is_marked_and_queued_and_a_forged_one_is_not() {
    let surroundings = Surroundings::start().await;
    let (aws, bucket) = (&surroundings.aws, Surroundings::BUCKET);
    let function = Rie::start(program(), &surroundings.environment(Function::Webhook)).await;

    function.invoke(&runtime::event("webhook-twilio-recording-forged")).await;
    assert_eq!(aws.keys(bucket, "").await, Vec::<String>::new());

    function.invoke(&runtime::event("webhook-twilio-recording-completed")).await;
    assert_eq!(aws.keys(bucket, "").await, [MARKER]);
    let marker: TransferRequest = serde_json::from_slice(&aws.object(bucket, MARKER).await.unwrap()).unwrap();
    assert_eq!(marker.report.outcome, Outcome::Completed);
    assert_eq!(marker.job_number.as_ref().unwrap().as_str(), "JOB456");
    let queued = aws.take_messages(&surroundings.queues.transfer).await;
    assert_eq!(queued, [serde_json::to_value(marker).unwrap()]);
}

#[tokio::test]
async fn what_is_missing_or_malformed_stops_the_start_and_is_named() {
    let surroundings = Surroundings::start().await;
    let environment = surroundings.environment(Function::Webhook);
    let mut secret = Surroundings::secret();
    secret["organisations"] = json!({});
    let nobodys = surroundings.aws.create_secret("nobodys", &secret).await;

    for (environment, reason) in [
        (environment.clone().without("S3_BUCKET"), "environment variable S3_BUCKET is missing"),
        (environment.clone().with("PUBLIC_BASE_URL", "calls"), "environment variable PUBLIC_BASE_URL is malformed"),
        (environment.with("SECRET_ID", &nobodys), "the secret's organisations are empty"),
    ] {
        let stopped = Stopped::run(program(), &environment).await;
        assert!(stopped.reason().contains(reason), "{reason}: {stopped:?}");
    }
}

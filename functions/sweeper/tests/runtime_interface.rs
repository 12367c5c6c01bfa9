//! The program under Lambda's runtime interface emulator: the fixture events, and what stops it at its start.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use runtime::{Function, Rie, Stopped, Surroundings};
use serde_json::{Value, json};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_sweeper"))
}

/// Transfer requests as the webhook sends them.
fn requests<const N: usize>() -> [Value; N] {
    let event = runtime::event("transfer-queue-ten");
    std::array::from_fn(|n| serde_json::from_str(event["Records"][n]["body"].as_str().unwrap()).unwrap())
}

fn open_marker(request: &Value) -> String {
    let [organisation, provider, call, recording] =
        ["organisation", "provider", "call_id", "recording_id"].map(|member| request[member].as_str().unwrap());
    format!("open/{organisation}/{provider}/{call}/{recording}")
}

#[tokio::test]
async fn a_sweep_sends_again_what_is_due() {
    assert_eq!(runtime::events("sweeper"), ["sweeper-retry"]);
    let surroundings = Surroundings::start().await;
    let (aws, queues) = (&surroundings.aws, &surroundings.queues);
    let [untouched, due, mut waiting] = requests();
    waiting["not_before"] = json!("2100-01-01T00:00:00Z");
    aws.put_object(Surroundings::BUCKET, &open_marker(&untouched), untouched.to_string()).await;
    aws.send_message(&queues.retry, &due).await;
    aws.send_message(&queues.retry, &waiting).await;

    // A marker that was written just now counts as one that nobody touched for long.
    let environment = surroundings.environment(Function::Sweeper).with("OPEN_RETRY_MINUTES", "0.00001");
    let function = Rie::start(program(), &environment).await;
    let outcome = function.invoke(&runtime::event("sweeper-retry")).await;

    let expected = json!({ "forwarded": 1, "waiting": 1, "unreadable": 0, "sent_again": 1, "looked_at": 1 });
    assert_eq!(outcome, expected, "{:#?}", function.finish());
    let mut sent = aws.take_messages(&queues.transfer).await;
    sent.sort_by_key(|message| message["recording_id"] == untouched["recording_id"]);
    let recordings: Vec<&Value> = sent.iter().map(|message| &message["recording_id"]).collect();
    assert_eq!(recordings, [&due["recording_id"], &untouched["recording_id"]]);
    assert_eq!(aws.keys(Surroundings::BUCKET, "open/").await, [open_marker(&untouched)]);
}

#[tokio::test]
async fn what_is_missing_or_malformed_stops_the_start_and_is_named() {
    let environment = Surroundings::start().await.environment(Function::Sweeper);
    for (environment, reason) in [
        (environment.clone().without("S3_BUCKET"), "environment variable S3_BUCKET is missing"),
        (environment.with("OPEN_RETRY_MINUTES", "soon"), "environment variable OPEN_RETRY_MINUTES is malformed"),
    ] {
        let stopped = Stopped::run(program(), &environment).await;
        assert!(stopped.reason().starts_with(reason), "{reason}: {stopped:?}");
    }
}

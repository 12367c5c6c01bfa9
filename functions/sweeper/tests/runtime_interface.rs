//! The program under Lambda's runtime interface emulator: the fixture events, and what stops it at its start.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use runtime::{Function, Rie, Stopped, Surroundings};
use serde_json::{Value, json};
use standins::PlaceRecording;

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

/// What a run did, without what it did not.
fn done(mut outcome: Value) -> Value {
    outcome.as_object_mut().unwrap().retain(|_, count| *count != 0);
    outcome
}

#[tokio::test]
async fn a_sweep_sends_again_what_is_due() {
    let events = ["sweeper-doctor", "sweeper-orphans", "sweeper-reconcile", "sweeper-redrive", "sweeper-retry"];
    assert_eq!(runtime::events("sweeper"), events);
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

    let expected = json!({ "forwarded": 1, "waiting": 1, "sent_again": 1, "looked_at": 1 });
    assert_eq!(done(outcome), expected, "{:#?}", function.finish());
    let mut sent = aws.take_messages(&queues.transfer).await;
    sent.sort_by_key(|message| message["recording_id"] == untouched["recording_id"]);
    let recordings: Vec<&Value> = sent.iter().map(|message| &message["recording_id"]).collect();
    assert_eq!(recordings, [&due["recording_id"], &untouched["recording_id"]]);
    assert_eq!(aws.keys(Surroundings::BUCKET, "open/").await, [open_marker(&untouched)]);
}

#[tokio::test]
async fn audio_that_nobody_knows_lies_aside_after_a_night() {
    let surroundings = Surroundings::start().await;
    let aws = &surroundings.aws;
    // Of yesterday, and old enough as soon as it is there.
    let yesterday = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date().yesterday().unwrap();
    let key = format!("recordings/{}/CA{:032x}-JOB7.mp3", yesterday.strftime("%Y/%m/%d"), 7);
    aws.put_object(Surroundings::BUCKET, &key, "nobody's").await;
    let environment = surroundings.environment(Function::Sweeper).with("ORPHAN_AFTER_DAYS", "0.000001");
    let function = Rie::start(program(), &environment).await;
    let outcome = function.invoke(&runtime::event("sweeper-orphans")).await;
    assert_eq!(done(outcome), json!({ "orphans_moved": 1 }), "{:#?}", function.finish());
    assert_eq!(aws.keys(Surroundings::BUCKET, "recordings/").await, Vec::<String>::new());
    let aside = aws.object(Surroundings::BUCKET, &format!("orphans/{key}")).await;
    assert_eq!(aside.as_deref(), Some(b"nobody's".as_slice()));
    let [receipt] = &aws.keys(Surroundings::BUCKET, "receipts/default/").await[..] else { panic!("one receipt") };
    let receipt = aws.object(Surroundings::BUCKET, receipt).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&receipt).unwrap()["why"], "orphaned");
}

#[tokio::test]
async fn what_the_queues_gave_up_goes_on_and_what_stays_is_sent_back_on_request() {
    let surroundings = Surroundings::start().await;
    let (aws, queues) = (&surroundings.aws, &surroundings.queues);
    let [dead] = requests();
    let histories = runtime::event("transfer-history-one");
    let mut pointer: Value = serde_json::from_str(histories["Records"][0]["body"].as_str().unwrap()).unwrap();
    aws.send_message(&queues.dead_transfers, &dead).await;
    aws.send_text(&queues.dead_transfers, None, "poison").await;
    aws.send_text(&queues.dead_histories, Some("job"), &pointer.to_string()).await;

    let function = Rie::start(program(), &surroundings.environment(Function::Sweeper)).await;
    let outcome = function.invoke(&runtime::event("sweeper-retry")).await;
    assert_eq!(done(outcome), json!({ "dead_letters": 2, "unreadable": 1 }), "{:#?}", function.finish());
    let word = aws.take_messages(&queues.transfer).await;
    assert_eq!((&word[0]["origin"], &word[0]["recording_id"]), (&json!("dead_letter"), &dead["recording_id"]));
    pointer["dead_letters"] = json!(1);
    let [(group, again)] = &aws.take_texts(&queues.history).await[..] else { panic!("one pointer") };
    assert_eq!((group.as_deref(), serde_json::from_str(again).ok()), (Some("job"), Some(pointer)));

    let function = Rie::start(program(), &surroundings.environment(Function::Sweeper)).await;
    let outcome = function.invoke(&runtime::event("sweeper-redrive")).await;
    assert_eq!(done(outcome), json!({ "redriven": 1 }), "{:#?}", function.finish());
    assert_eq!(aws.take_texts(&queues.transfer).await, [(None, "poison".to_owned())]);
    for empty in [&queues.dead_transfers, &queues.dead_histories] {
        assert_eq!(aws.take_texts(empty).await, []);
    }
}

#[tokio::test]
async fn what_twilio_has_and_nobody_told_us_of_is_brought_home() {
    let surroundings = Surroundings::start().await;
    let (aws, queues) = (&surroundings.aws, &surroundings.queues);
    let lost = surroundings.world().place_recording(PlaceRecording::default()).unwrap();
    let environment = surroundings.environment(Function::Sweeper).with("OPEN_RETRY_MINUTES", "0.00001");
    let function = Rie::start(program(), &environment.with("RECONCILE_SINCE", "2024-03-15")).await;
    let mut outcome = function.invoke(&runtime::event("sweeper-reconcile")).await;
    let meter = outcome.as_object_mut().unwrap().remove("loss_meter").unwrap();
    assert_eq!(done(outcome), json!({ "repaired": 1 }), "{:#?}", function.finish());
    assert_eq!((&meter["held"], &meter["in_ledger"]), (&json!(1), &json!(0)), "{meter}");
    let [request] = &aws.take_messages(&queues.transfer).await[..] else { panic!("one request") };
    assert_eq!((&request["recording_id"], &request["origin"]), (&json!(lost.recording_sid), &json!("reconcile")));
    let marker = format!("open/default/twilio/{}/{}", lost.call_sid, lost.recording_sid);
    assert_eq!(aws.keys(Surroundings::BUCKET, "open/").await, [marker]);

    // Without a scope of its own, the installation is as old as its secret, and the recording older.
    let environment = surroundings.environment(Function::Sweeper).with("OPEN_RETRY_MINUTES", "0.00001");
    let function = Rie::start(program(), &environment).await;
    let before =
        PlaceRecording { started_at: Some("2024-03-15T14:30:22Z".parse().unwrap()), ..PlaceRecording::default() };
    surroundings.world().place_recording(before).unwrap();
    let outcome = function.invoke(&runtime::event("sweeper-reconcile")).await;
    assert_eq!(outcome["repaired"], 0, "{:#?}", function.finish());
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

use serde_json::{Value, json};
use stack::Function;
use standins::PlaceRecording;

use crate::scene;

#[tokio::test]
async fn a_transfer_that_its_queue_gave_up_is_told_as_failed_and_heals_through_the_sweep() {
    let scene = scene().await;
    let (stack, outputs) = (scene.stack(), scene.stack().outputs());
    let job = scene.job("JOB").await.unwrap();
    let recording = scene.record(PlaceRecording::default()).await.unwrap();
    let (call, id) = (&recording.call_sid, &recording.recording_sid);
    let event = json!({
        "version": 1, "organisation": "default", "provider": "twilio", "call_id": call, "recording_id": id,
        "job_number": job.number,
        "report": { "outcome": { "kind": "completed" }, "duration_seconds": recording.reported_seconds },
        "received_at": recording.started_at, "origin": "webhook",
    });
    stack.send_message(&outputs.transfer_dead_letter_queue_url, None, &event.to_string()).await.unwrap();
    let retry = json!({ "job": "retry" });
    scene.sweep_until(&retry, "a sweep", |_| true).await.unwrap();
    let entry = scene.until(&recording, "failing", |entry| entry["state"] == "failed").await.unwrap();
    assert_eq!(entry["last_error"]["code"], "dead_lettered");
    assert!(scene.at_twilio(&recording).await.unwrap().is_some(), "Twilio's copy is kept");

    scene.sweep_until_settled(&recording).await.unwrap();
    let history = scene.history(&job).await.unwrap();
    let [failed, stored] = ["failed", ""].map(|how| {
        let event = format!("Event: Recording {how}").trim_end().to_owned() + " |";
        assert_eq!(history.matches(&event).count(), 1, "{history}");
        history.find(&event)
    });
    assert!(failed < stored, "{history}");

    // A pointer that was given up finds nothing left to do; the sweeper may send it, and nobody's history grows.
    let pointer = json!({
        "version": 1, "organisation": "default", "provider": "twilio", "call_id": call, "recording_id": id,
        "job_number": job.number, "received_at": recording.started_at, "entry_version": "dead",
    });
    let queue = &outputs.history_dead_letter_queue_url;
    stack.send_message(queue, Some(&job.number), &pointer.to_string()).await.unwrap();
    let mut sweeps = 0;
    while stack.queued(queue).await.unwrap() > 0 {
        // Another test's sweep may be about to delete it.
        scene.sweep_until(&retry, "a sweep", |_| true).await.unwrap();
        sweeps += 1;
        assert!(sweeps < 20, "the pointer stays");
    }
    assert_eq!(scene.history(&job).await.unwrap(), history);
}

#[tokio::test]
async fn what_nobody_can_read_stays_until_it_is_sent_back_on_request() {
    let scene = scene().await;
    let (stack, outputs) = (scene.stack(), scene.stack().outputs());
    let queue = &outputs.transfer_dead_letter_queue_url;
    stack.send_message(queue, None, "written by nobody that we know").await.unwrap();
    // Other tests sweep at the same time, and hide for a moment what they look at.
    let unreadable = |outcome: &Value| outcome["unreadable"] == 1;
    scene.sweep_until(&json!({ "job": "retry" }), "a sweep that meets it", unreadable).await.unwrap();
    assert!(stack.queued(queue).await.unwrap() >= 1, "it stays");

    let redrive = json!({ "job": "redrive", "queue": "transfer" });
    scene.sweep_until(&redrive, "its return", |outcome| outcome["redriven"] == 1).await.unwrap();
    let logs = stack.function_logs(Function::Sweeper).await.unwrap();
    assert!(logs.iter().any(|line| line.contains("dead_letter_redriven")));
}

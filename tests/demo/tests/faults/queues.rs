//! A queue takes nothing: what it should have carried is still in the bucket, or in the queue before it.

use demo::{Place, Queue, SceneError};
use serde_json::json;
use stack::Function;
use standins::Fault;

use crate::case::Case;

/// The marker alone carries the event.
pub(crate) async fn a_transfer_queue_that_refuses_the_webhook(case: &Case<'_>) -> Result<(), SceneError> {
    let broken =
        case.scene.breaks(Place::Sending(Queue::Transfer, &case.recording), Fault::aws_access_denied()).await?;
    case.report().await?;
    case.scene.until_logged(Function::Webhook, &case.recording, &["webhook_half_durable", "webhook_accepted"]).await?;
    let marker = format!("open/default/twilio/{}/{}", case.recording.call_sid, case.recording.recording_sid);
    case.expect(case.scene.object(&marker).await?.is_some(), || "nothing is durable".to_owned());
    case.expect(case.scene.entry(&case.recording).await?.is_none(), || "the queue carried it".to_owned());
    case.heals(broken, &["Recording"]).await
}

/// The recording is stored; its marker brings it back to the hand-over.
pub(crate) async fn a_history_queue_that_refuses_the_hand_over(case: &Case<'_>) -> Result<(), SceneError> {
    let broken = case.scene.breaks(Place::Sending(Queue::History, &case.recording), Fault::aws_access_denied()).await?;
    case.report().await?;
    case.logged(&["recording_s3_upload_success", "transfer_not_durable"]).await?;
    let entry = case.scene.entry(&case.recording).await?.unwrap_or_default();
    let unconfirmed = entry["lines"][0]["text"].is_string() && entry["lines"][0]["confirmed_at"].is_null();
    case.expect(entry["state"] == "stored" && unconfirmed, || format!("it is not stored without a line: {entry}"));
    case.heals(broken, &["Recording"]).await
}

/// The message of the failed try stays in TransferQueue. Its next delivery, twelve minutes later, is made by hand.
pub(crate) async fn a_retry_queue_that_refuses(case: &Case<'_>) -> Result<(), SceneError> {
    let no_audio = case.scene.breaks(Place::TwilioAudio(&case.recording), Fault::twilio_too_many_requests()).await?;
    let broken = case.scene.breaks(Place::Sending(Queue::Retry, &case.recording), Fault::aws_access_denied()).await?;
    case.report().await?;
    case.until_tried("received", &["provider_throttled"]).await?;
    case.logged(&["transfer_not_durable"]).await?;
    case.mended(no_audio).await?;
    case.mended(broken).await?;
    let answer = case.scene.stack().invoke(Function::Transfer, &delivered_again(case)).await?;
    case.expect(answer["batchItemFailures"] == json!([]), || format!("the message has to come again: {answer}"));
    case.is_home(&["Recording"]).await
}

fn delivered_again(case: &Case<'_>) -> serde_json::Value {
    let recording = &case.recording;
    let message = json!({
        "version": 1, "organisation": "default", "provider": "twilio",
        "call_id": recording.call_sid, "recording_id": recording.recording_sid, "job_number": case.job.number,
        "report": { "outcome": { "kind": "completed" }, "duration_seconds": recording.reported_seconds },
        "received_at": recording.started_at, "origin": "webhook",
    });
    json!({ "Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "body": message.to_string(),
        "attributes": { "ApproximateReceiveCount": "2" },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:tapeline-local-transfer",
    }] })
}

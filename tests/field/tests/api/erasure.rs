//! An erasure whose process is killed in the middle, of a call in a bucket that keeps every version.

use std::time::Duration;

use field::{Field, Kind, Settings};
use runtime::Surroundings;
use serde_json::Value;
use standins::{CreateJob, Fault, FaultRule, PlaceRecording, Service};

use crate::caller::ask;

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn an_erasure_that_is_killed_half_way_is_finished() {
    let mut field = Field::start(Settings::default()).await;
    field.surroundings().aws.keep_versions(Surroundings::BUCKET).await;
    field.world().create_job(CreateJob::numbered("JOB1")).unwrap();
    let placed = field.world().place_recording(PlaceRecording::default()).unwrap();
    field.report(&placed, Some("JOB1")).await;
    field.until("the end of the recording", PATIENCE, Field::is_quiet).await;
    let call = placed.call_sid.as_str();
    let before = versions(&field, call).await;

    // The erasure is held up at its third deletion, and dies there; two versions of what there was are gone.
    let hanging = FaultRule::new(Service::Aws, Fault::Hang).method("DELETE").regex(call).from_nth(3);
    let hanging = field.world().inject(hanging).unwrap();
    let erased = ask(&field, "DELETE", &format!("/api/recordings/{call}"), &Value::Null).await;
    assert_eq!(erased.0, 202, "{erased:?}");
    let is_held_up =
        async |field: &Field| field.world().faults().iter().any(|fault| fault.id == hanging && fault.struck > 0);
    field.until("an erasure that hangs", PATIENCE, is_held_up).await;
    for process in field.function(Kind::Transfer).processes() {
        if let Some(invocation) = process.invocation() {
            process.kill_during(invocation).await;
        }
    }
    assert!(field.function(Kind::Transfer).tally().ended >= 1, "it was killed");
    let left = versions(&field, call).await;
    assert!(!left.is_empty() && left != before, "half of it is left: {left:?} of {before:?}");

    field.world().clear_fault(hanging);
    let entry = format!("ledger/default/twilio/{call}/{}.json", placed.recording_sid);
    let is_erased = async |field: &Field| {
        let is_left = versions(field, call).await.iter().any(|key| key.starts_with("recordings/"));
        let entry = field.surroundings().aws.object(Surroundings::BUCKET, &entry).await.unwrap_or_default();
        let entry: Value = serde_json::from_slice(&entry).unwrap_or_default();
        !is_left && entry["state"] == "erased"
    };
    field.until("the end of the erasure", PATIENCE, is_erased).await;
    assert!(field.world().recording(placed.recording_sid.clone()).unwrap().deleted_at.is_some());
    assert_eq!(ask(&field, "GET", &format!("/api/recordings/{call}/audio"), &Value::Null).await.0, 410);
}

/// The keys of all versions of what is about a call.
async fn versions(field: &Field, call: &str) -> Vec<String> {
    let all = field.surroundings().aws.versions(Surroundings::BUCKET).await;
    all.into_iter().filter(|key| key.contains(call)).collect()
}

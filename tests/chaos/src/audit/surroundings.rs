use std::time::Duration;

use field::{Field, Kind};
use runtime::Surroundings;
use serde_json::json;

use super::Finding;
use crate::trap::Trap;

/// What is about no single recording: queues, markers, uploads, and what a correct client never does.
pub(super) async fn findings(field: &Field, trap: &Trap) -> Vec<Finding> {
    let (aws, queues) = (&field.surroundings().aws, &field.surroundings().queues);
    let mut findings = Vec::new();
    for (name, queue) in [
        ("TransferQueue", &queues.transfer),
        ("HistoryQueue", &queues.history),
        ("RetryQueue", &queues.retry),
        ("TransferQueue's dead letters", &queues.dead_transfers),
        ("HistoryQueue's dead letters", &queues.dead_histories),
    ] {
        let left = aws.queued(queue).await;
        if left > 0 {
            findings.push(Finding::of_all(format!("{left} messages are left in {name}")));
        }
    }
    for marker in aws.keys(Surroundings::BUCKET, "open/").await {
        findings.push(Finding::of_all(format!("{marker} is left")));
    }
    for (key, id) in aws.uploads(Surroundings::BUCKET).await {
        findings.push(Finding::of_all(format!("the upload {id} of {key} is left after the sweep")));
    }
    for violation in field.world().violations() {
        findings.push(Finding::of_all(format!("{violation:?}")));
    }
    if trap.given_away() > 0 {
        findings.push(Finding::of_all(format!("{} requests gave credentials to a foreign host", trap.given_away())));
    }
    findings
}

/// Has the sweeper's orphans job abort what a killed process began and nobody goes on with, and says how many uploads that
/// were.
///
/// # Panics
/// When the job does not do it.
pub(crate) async fn sweep_uploads(field: &mut Field) -> usize {
    const PATIENCE: Duration = Duration::from_secs(60);
    let left = field.surroundings().aws.uploads(Surroundings::BUCKET).await.len();
    field.until("the end of all uploads", PATIENCE, is_swept).await;
    left
}

/// What is too young for one run of the job is old enough for another.
async fn is_swept(field: &Field) -> bool {
    // A run that fails is followed by another.
    let _ = field.function(Kind::Sweeper).invoke(&json!({ "job": "orphans" })).await;
    field.surroundings().aws.uploads(Surroundings::BUCKET).await.is_empty()
}

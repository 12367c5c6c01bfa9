use field::Field;
use runtime::Surroundings;

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

/// Has what a killed process began and nobody goes on with given up, and says how many uploads that were. In production the
/// sweeper's orphans job does it, after a time that is not waited for here.
pub(crate) async fn sweep_uploads(field: &Field) -> usize {
    let aws = &field.surroundings().aws;
    let left = aws.uploads(Surroundings::BUCKET).await;
    for (key, id) in &left {
        aws.abort_upload(Surroundings::BUCKET, key, id).await;
    }
    left.len()
}

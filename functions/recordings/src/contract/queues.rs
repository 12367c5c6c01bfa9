use std::time::Duration;

use serde::de::DeserializeOwned;

use super::Names;
use super::outcome::done;
use crate::fakes::sample;
use crate::messages::{HistoryRequest, MESSAGE_VERSION, TransferRequest};
use crate::ports::{HistoryQueue, RetryQueue, RetryQueueConsume, TransferQueue, WaitingRetry};
use crate::recording::RecordingRef;

/// How often a queue is asked before what it should deliver counts as lost.
const ASKED: usize = 10;

/// What is sent is delivered as it was sent. `receive` gives the bodies of some messages and deletes them.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn transfer_queue(port: &impl TransferQueue, receive: impl AsyncFn() -> Vec<String>, names: &Names) {
    let requests = [names.request(), names.request()];
    for request in &requests {
        done("send", port.send(request).await);
    }
    let delivered: Vec<TransferRequest> = drain(&receive, requests.len(), |r| is_ours(names_of(&requests), r)).await;
    for request in requests {
        assert!(delivered.contains(&request), "{request:?} is delivered");
    }
}

/// Messages of a job are delivered in order, and the same one twice in a moment is delivered once.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn history_queue(port: &impl HistoryQueue, receive: impl AsyncFn() -> Vec<String>, names: &Names) {
    let first = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: names.recording(),
        job_number: None,
        received_at: Names::time(),
        entry_version: "1".to_owned(),
        lines: Vec::new(),
        dead_letters: 0,
    };
    let second = HistoryRequest { entry_version: "2".to_owned(), ..first.clone() };
    let third = HistoryRequest { entry_version: "3".to_owned(), ..first.clone() };
    for request in [&first, &second, &first, &third, &second] {
        done("send", port.send(request).await);
    }
    let ours = first.recording.clone();
    let delivered: Vec<HistoryRequest> = drain(&receive, 3, |r: &HistoryRequest| r.recording == ours).await;
    assert_eq!(delivered, [first.clone(), second, third], "each once, in the order in which they were first sent");

    // Once its job is known, the same state of the entry goes through the job's own group.
    let known = HistoryRequest { job_number: Some(sample::job_number(1)), ..first };
    done("send", port.send(&known).await);
    let delivered: Vec<HistoryRequest> = drain(&receive, 1, |r: &HistoryRequest| r.recording == ours).await;
    assert_eq!(delivered, [known], "another group is another queue to the deduplication");
}

/// What is sent without delay is delivered until it is deleted, and what is delayed is not, for now.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn retry_queue(port: &(impl RetryQueue + RetryQueueConsume), names: &Names) {
    let (now, soon, never) = (names.request(), names.request(), names.request());
    done("send", port.send(&soon, Duration::from_secs(900)).await);
    done("send with a longer delay than SQS knows", port.send(&never, Duration::from_secs(86_400)).await);
    done("send", port.send(&now, Duration::ZERO).await);

    let ours = [now.clone(), soon, never];
    let mut delivered = Vec::new();
    for _ in 0..ASKED {
        let received = done("receive", port.receive().await);
        assert!(received.len() <= 10, "at most ten at once");
        let is_one_of_ours =
            |waiting: &WaitingRetry| waiting.request.as_ref().is_some_and(|r| is_ours(names_of(&ours), r));
        delivered.extend(received.into_iter().filter(is_one_of_ours));
    }
    let requests: Vec<_> = delivered.iter().map(|waiting| waiting.request.clone()).collect();
    assert_eq!(requests, [Some(now)], "only what is not delayed is delivered, and once, for it is hidden then");
    for _ in 0..2 {
        done("delete", port.delete(&delivered[0]).await);
    }
}

fn names_of(requests: &[TransferRequest]) -> impl Iterator<Item = &RecordingRef> {
    requests.iter().map(|request| &request.recording)
}

fn is_ours<'a>(mut ours: impl Iterator<Item = &'a RecordingRef>, request: &TransferRequest) -> bool {
    ours.any(|recording| *recording == request.recording)
}

/// Receives until there are as many of ours as expected.
async fn drain<T: DeserializeOwned>(
    receive: &impl AsyncFn() -> Vec<String>,
    expected: usize,
    is_ours: impl Fn(&T) -> bool,
) -> Vec<T> {
    let mut ours = Vec::new();
    for _ in 0..ASKED {
        let read = receive().await.into_iter().filter_map(|body| serde_json::from_str(&body).ok());
        ours.extend(read.filter(&is_ours));
        if ours.len() >= expected {
            break;
        }
    }
    ours
}

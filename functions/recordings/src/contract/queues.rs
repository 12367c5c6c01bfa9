use std::time::Duration;

use serde::de::DeserializeOwned;

use super::Names;
use super::outcome::done;
use crate::fakes::sample;
use crate::messages::{HistoryRequest, MESSAGE_VERSION, TransferRequest};
use crate::ports::{
    Advice, DeadLetter, DeadLetters, HistoryQueue, Redrive, RetryQueue, RetryQueueConsume, TransferQueue, WaitingRetry,
};
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
        repair: false,
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
    done("delete", port.delete(&delivered[0]).await);
    if let Err(error) = port.delete(&delivered[0]).await {
        // SQS takes it for done; an emulator may say that there is nothing to delete.
        assert_eq!(error.advice(), Advice::GiveUp, "delete once more: {error}");
    }
}

/// What a queue gave up is delivered and hidden until it is released or deleted, and goes back in the group that it was
/// sent in; to a FIFO queue once in a moment. `bury` puts a body on the dead-letter queue, in a group where it is FIFO;
/// `receive` gives groups and bodies of some messages of the queue itself and deletes them.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn dead_letters(
    port: &(impl DeadLetters + Redrive),
    is_fifo: bool,
    bury: impl AsyncFn(Option<String>, String),
    receive: impl AsyncFn() -> Vec<(Option<String>, String)>,
    names: &Names,
) {
    let id = names.recording();
    let group = is_fifo.then(|| format!("group {id}"));
    let [stays, returns] = ["stays", "returns"].map(|what| format!("{what}: {id}"));
    for (number, body) in [&stays, &returns].into_iter().enumerate() {
        bury(group.as_ref().map(|group| format!("{group} {number}")), body.clone()).await;
    }
    let met = meet(port, [&stays, &returns]).await;
    let [Some(kept), Some(moved)] = met.each_ref() else { panic!("both are delivered: {met:?}") };
    assert_eq!(moved.group.is_some(), is_fifo, "with its group");
    assert_eq!(meet(port, [&stays, &returns]).await, [None, None], "what is delivered is hidden");
    done("release", port.release(kept).await);
    let [kept_again, _] = meet(port, [&stays, &returns]).await;
    assert_eq!(kept_again.as_ref().map(|letter| &letter.id), Some(&kept.id), "what is released is shown");

    for body in [&returns, &format!("{returns}, again")] {
        done("send again", port.send_again(moved, body).await);
    }
    let mut delivered = Vec::new();
    for _ in 0..ASKED {
        delivered.extend(receive().await.into_iter().filter(|(_, body)| body.starts_with(&returns)));
    }
    assert_eq!(delivered.len(), if is_fifo { 1 } else { 2 }, "{delivered:?}");
    assert!(delivered.contains(&(moved.group.clone(), returns.clone())), "{delivered:?}");
    for letter in [Some(moved), kept_again.as_ref()].into_iter().flatten() {
        done("delete", port.delete(letter).await);
    }
    assert_eq!(meet(port, [&stays, &returns]).await, [None, None], "what is deleted is gone");
}

/// Those of the bodies that are delivered now.
async fn meet(port: &impl DeadLetters, bodies: [&String; 2]) -> [Option<DeadLetter>; 2] {
    let mut met = [None, None];
    // Each time a queue is asked it waits a moment, so an empty answer is enough.
    loop {
        let received = done("receive", port.receive().await);
        if received.is_empty() {
            return met;
        }
        for letter in received {
            for (body, place) in bodies.into_iter().zip(&mut met) {
                if letter.body == *body {
                    *place = Some(letter.clone());
                }
            }
        }
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

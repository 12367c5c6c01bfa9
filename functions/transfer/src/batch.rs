//! A batch of queue messages, and which of them have to come again.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::stream;
use recordings::messages::{self, HistoryRequest, Origin, TransferRequest};
use recordings::ports::Clock;
use recordings::recording::{AirtableBaseId, Provider};
use recordings::telemetry::{Metric, Metrics, causes};
use serde::de::DeserializeOwned;

use crate::config::Settings;
use crate::{Deadline, Ports, history, news, open_marker, request};

/// Recordings of one batch that are copied at the same time; each holds its own memory.
const COPIES_AT_ONCE: usize = 2;

/// Messages of one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// From TransferQueue.
    Transfers(Vec<Incoming>),
    /// From HistoryQueue, in order within each group.
    Histories(Vec<Incoming>),
}

/// One message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The queue's id of the message.
    pub id: String,
    /// Its body.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// The group that the queue keeps in order, where it is told.
    pub group: Option<String>,
}

impl Incoming {
    /// Names those messages of a batch that have to keep their order.
    fn group_of(&self, request: &HistoryRequest, installations: &AirtableBaseId) -> String {
        let of_organisation = || format!("{} {}", request.recording.organisation, request.group(installations));
        self.group.clone().unwrap_or_else(of_organisation)
    }
}

/// Handles a batch and returns the ids of the messages that have to come again.
///
/// A message that cannot be read comes again until it is in the dead-letter queue, where somebody sees it; it holds up
/// no other.
pub async fn handle(ports: &impl Ports, settings: &Settings, batch: &Batch, deadline: Deadline) -> Vec<String> {
    match batch {
        Batch::Transfers(messages) => {
            let failed = transfers(ports, settings, messages, deadline).await;
            news::tell(ports, settings, deadline).await;
            failed
        }
        Batch::Histories(messages) => histories(ports, settings, messages, deadline).await,
    }
}

/// Word of a death costs little and goes first, so that what kills an invocation cannot kill the word of it.
async fn transfers(ports: &impl Ports, settings: &Settings, messages: &[Incoming], deadline: Deadline) -> Vec<String> {
    let (requests, mut failed) = requests::<TransferRequest>(ports, messages);
    let (words, copies): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|(_, request)| request.origin == Origin::DeadLetter);
    for (requests, at_once) in [(words, COPIES_AT_ONCE), in_turn(copies)] {
        let handled = requests.iter().map(|(message, request)| transfer(ports, settings, message, request, deadline));
        let results: Vec<Result<(), String>> = stream::iter(handled).buffer_unordered(at_once).collect().await;
        failed.extend(results.into_iter().filter_map(Result::err));
    }
    failed
}

/// What comes again may have been received together with a recording that ends each invocation which touches it. So they
/// are copied one by one, and each time another goes first; what is copied before the end comes stays copied.
fn in_turn<T>(mut copies: Vec<(&Incoming, T)>) -> (Vec<(&Incoming, T)>, usize) {
    let receives = copies.iter().map(|(message, _)| message.receives).max().unwrap_or_default();
    if receives <= 1 {
        return (copies, COPIES_AT_ONCE);
    }
    let first = receives as usize % copies.len();
    copies.rotate_left(first);
    (copies, 1)
}

/// A recording is not begun when it could only be cut off: a store that hangs must not take its neighbours with it.
async fn transfer(
    ports: &impl Ports,
    settings: &Settings,
    message: &Incoming,
    request: &TransferRequest,
    deadline: Deadline,
) -> Result<(), String> {
    if deadline.is_too_near_to_begin(ports.clock()) {
        tracing::warn!(
            log_type = "transfer_not_begun",
            message_id = message.id,
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            "the invocation is almost over",
        );
        count(ports, request.recording.provider, "transfer_not_begun");
        return Err(message.id.clone());
    }
    let comes_again = message.receives > 1;
    let was_tried = comes_again || request.attempt > 0;
    if was_tried && request.report.outcome.has_a_marker() {
        // It may come for the last time, or be the last that is sent. The marker outlives it.
        open_marker::remember(ports, request).await;
    }
    // What a transfer may come to is much, and would else be part of every future around it, on the stack.
    Box::pin(request::handle(ports, settings, request, comes_again, deadline)).await.map_err(|error| {
        tracing::error!(
            log_type = "transfer_not_durable",
            message_id = message.id,
            organisation = %request.recording.organisation,
            call_id = %request.recording.call_id,
            recording_id = %request.recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(&error),
            "the message has to come again",
        );
        count(ports, request.recording.provider, "transfer_not_durable");
        message.id.clone()
    })
}

/// The queue keeps the order of a job's messages only if those behind a failed one come again with it.
async fn histories(ports: &impl Ports, settings: &Settings, messages: &[Incoming], deadline: Deadline) -> Vec<String> {
    let (requests, mut failed) = requests::<HistoryRequest>(ports, messages);
    let mut blocked = HashSet::new();
    let received = requests.iter().map(|(message, request)| (request, message.receives)).collect();
    let results = history::write(ports, settings, received, deadline).await;
    for ((message, request), result) in requests.iter().zip(results) {
        let group = message.group_of(request, &settings.airtable_base);
        if let Err(error) = &result {
            tracing::error!(
                log_type = "history_not_done",
                message_id = message.id,
                organisation = %request.recording.organisation,
                call_id = %request.recording.call_id,
                recording_id = %request.recording.recording_id,
                error_code = error.kind.code(),
                error = %causes(error),
                "what a history message asks for is not done; it has to come again",
            );
            count(ports, request.recording.provider, "history_not_done");
        }
        if result.is_err() || blocked.contains(&group) {
            blocked.insert(group);
            failed.push(message.id.clone());
        }
    }
    failed
}

/// What the messages ask for, and the ids of those that nobody can read.
fn requests<'a, T: DeserializeOwned>(
    ports: &impl Ports,
    messages: &'a [Incoming],
) -> (Vec<(&'a Incoming, T)>, Vec<String>) {
    let (mut requests, mut unreadable) = (Vec::new(), Vec::new());
    for message in messages {
        match read(ports, message) {
            Ok(request) => requests.push((message, request)),
            Err(id) => unreadable.push(id),
        }
    }
    (requests, unreadable)
}

fn read<T: DeserializeOwned>(ports: &impl Ports, message: &Incoming) -> Result<T, String> {
    messages::read(&message.body).map_err(|error| {
        tracing::error!(
            log_type = "message_unreadable",
            message_id = message.id,
            line = error.line(),
            column = error.column(),
            "a message cannot be read and goes to the dead-letter queue",
        );
        ports.metrics().record_own(ports.clock().now(), &[Metric::one("message_unreadable")]);
        message.id.clone()
    })
}

fn count(ports: &impl Ports, provider: Provider, what: &'static str) {
    ports.metrics().record(ports.clock().now(), provider, &[Metric::one(what)]);
}

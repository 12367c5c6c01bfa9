//! What the queues gave up. A dead transfer goes back as word of its own death, which the ledger then tells; a dead
//! pointer to a history goes back as it is, a few times. A message is deleted only after what it led to is durable.

mod pass;

pub(crate) use pass::Pass;

use recordings::messages::{self, HistoryRequest, Origin, TransferRequest};
use recordings::ports::{Advice, Clock, DeadLetter, DeadLetters, ErrorKind, PortError, Redrive, TransferQueue};
use recordings::recording::Provider;
use recordings::telemetry::{Metric, Metrics, causes};

use crate::{Deadline, Outcome, Ports, Source, count};

/// So often a pointer is sent again. What is still not written then needs a person.
const MOST_RETURNS: u32 = 3;

/// Sends word of each dead transfer to TransferQueue, so that the one writer of ledger entries notes it.
pub(crate) async fn transfers(ports: &impl Ports, deadline: Deadline, outcome: &mut Outcome) -> Result<(), PortError> {
    let mut pass = Pass::through(ports.transfer_dead_letters());
    let result = every_transfer(ports, &mut pass, deadline, outcome).await;
    result.and(pass.end(ports.clock(), deadline).await)
}

async fn every_transfer(
    ports: &impl Ports,
    pass: &mut Pass<'_, impl DeadLetters>,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    while let Some(letter) = pass.next(ports.clock(), deadline).await? {
        match messages::read(&letter.body) {
            Ok(request) => {
                let result = transfer(ports, pass, &letter, request, outcome).await;
                hold_up_nothing(ports, Source::Transfer, &letter, result)?;
            }
            Err(_) => note_unreadable(ports, Source::Transfer, &letter, outcome),
        }
    }
    Ok(())
}

async fn transfer(
    ports: &impl Ports,
    pass: &mut Pass<'_, impl DeadLetters>,
    letter: &DeadLetter,
    request: TransferRequest,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let word = TransferRequest { origin: Origin::DeadLetter, ..request };
    ports.transfer_queue().send(&word).await?;
    outcome.dead_letters += 1;
    tracing::error!(
        log_type = "transfer_dead_lettered",
        message_id = letter.id,
        organisation = %word.recording.organisation,
        call_id = %word.recording.call_id,
        recording_id = %word.recording.recording_id,
        attempt = word.attempt,
        "a transfer was given up by its queue; its failure is being noted",
    );
    count_of(ports, word.recording.provider, "transfer_dead_lettered");
    pass.delete(letter).await
}

/// Sends each dead pointer to HistoryQueue again, in its own group.
pub(crate) async fn histories(ports: &impl Ports, deadline: Deadline, outcome: &mut Outcome) -> Result<(), PortError> {
    let mut pass = Pass::through(ports.history_dead_letters());
    let result = every_history(ports, &mut pass, deadline, outcome).await;
    result.and(pass.end(ports.clock(), deadline).await)
}

async fn every_history(
    ports: &impl Ports,
    pass: &mut Pass<'_, impl DeadLetters + Redrive>,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    while let Some(letter) = pass.next(ports.clock(), deadline).await? {
        match messages::read(&letter.body) {
            Ok(request) => {
                let result = history(ports, pass, &letter, request, outcome).await;
                hold_up_nothing(ports, Source::History, &letter, result)?;
            }
            Err(_) => note_unreadable(ports, Source::History, &letter, outcome),
        }
    }
    Ok(())
}

async fn history(
    ports: &impl Ports,
    pass: &mut Pass<'_, impl DeadLetters + Redrive>,
    letter: &DeadLetter,
    request: HistoryRequest,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let stays = request.dead_letters >= MOST_RETURNS;
    let (provider, returns) = (request.recording.provider, request.dead_letters);
    tracing::error!(
        log_type = "history_dead_lettered",
        message_id = letter.id,
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        returns,
        stays,
        "a pointer to a history was given up by its queue; it is sent again, or stays for an operator",
    );
    if stays {
        outcome.left_dead += 1;
        count_of(ports, provider, "history_left_dead");
        return Ok(());
    }
    let again = body(&HistoryRequest { dead_letters: returns + 1, ..request })?;
    pass.queue().send_again(letter, &again).await?;
    outcome.dead_letters += 1;
    count_of(ports, provider, "history_dead_lettered");
    pass.delete(letter).await
}

/// The JSON of a pointer.
pub(crate) fn body(request: &HistoryRequest) -> Result<String, PortError> {
    let unwritable = |error| PortError::new(ErrorKind::Invalid, "send a dead letter again", "").because(error);
    serde_json::to_string(request).map_err(unwritable)
}

/// One message that SQS will never take must not stand before all others for ever.
pub(crate) fn hold_up_nothing(
    ports: &impl Ports,
    source: Source,
    letter: &DeadLetter,
    result: Result<(), PortError>,
) -> Result<(), PortError> {
    let Err(error) = result else { return Ok(()) };
    if error.advice() != Advice::GiveUp {
        return Err(error);
    }
    tracing::error!(
        log_type = "dead_letter_stuck",
        queue = source.name(),
        message_id = letter.id,
        error_code = error.kind.code(),
        error = %causes(&error),
        "a dead letter cannot be moved; it stays in the dead-letter queue",
    );
    count(ports, "dead_letter_stuck");
    Ok(())
}

fn note_unreadable(ports: &impl Ports, source: Source, letter: &DeadLetter, outcome: &mut Outcome) {
    outcome.unreadable += 1;
    tracing::error!(
        log_type = "message_unreadable",
        queue = source.name(),
        message_id = letter.id,
        "a dead letter cannot be read; it stays in the dead-letter queue",
    );
    count(ports, "message_unreadable");
}

fn count_of(ports: &impl Ports, provider: Provider, what: &'static str) {
    ports.metrics().record(ports.clock().now(), provider, &[Metric::one(what)]);
}

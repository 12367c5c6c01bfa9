//! On request: everything that lies in the dead-letter queues goes back to its queue, as if it were new there.

use std::borrow::Cow;

use recordings::messages::{self, HistoryRequest};
use recordings::ports::{DeadLetter, DeadLetters, PortError, Redrive};

use crate::dead_letters::{Pass, body, hold_up_nothing};
use crate::{Deadline, Outcome, Ports, Source, first_failure};

/// Goes through one queue, or both.
pub(crate) async fn send_back(
    ports: &impl Ports,
    only: Option<Source>,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let is_wanted = |source| only.is_none_or(|only| only == source);
    let mut parts = [Ok(()), Ok(())];
    if is_wanted(Source::Transfer) {
        parts[0] = all(ports, Source::Transfer, ports.transfer_dead_letters(), deadline, outcome).await;
    }
    if is_wanted(Source::History) {
        parts[1] = all(ports, Source::History, ports.history_dead_letters(), deadline, outcome).await;
    }
    first_failure(ports, "redrive", parts)
}

async fn all(
    ports: &impl Ports,
    source: Source,
    queue: &(impl DeadLetters + Redrive),
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let mut pass = Pass::through(queue);
    let result = every_letter(ports, source, &mut pass, deadline, outcome).await;
    result.and(pass.end(ports.clock(), deadline).await)
}

async fn every_letter(
    ports: &impl Ports,
    source: Source,
    pass: &mut Pass<'_, impl DeadLetters + Redrive>,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    while let Some(letter) = pass.next(ports.clock(), deadline).await? {
        hold_up_nothing(ports, source, &letter, one(source, pass, &letter, outcome).await)?;
    }
    Ok(())
}

async fn one(
    source: Source,
    pass: &mut Pass<'_, impl DeadLetters + Redrive>,
    letter: &DeadLetter,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    pass.queue().send_again(letter, &as_new(source, letter)?).await?;
    outcome.redriven += 1;
    tracing::info!(
        log_type = "dead_letter_redriven",
        queue = source.name(),
        message_id = letter.id,
        "a dead letter is sent back to its queue",
    );
    pass.delete(letter).await
}

/// The same body; only a pointer's count starts anew.
fn as_new(source: Source, letter: &DeadLetter) -> Result<Cow<'_, str>, PortError> {
    match messages::read::<HistoryRequest>(&letter.body) {
        Ok(request) if source == Source::History && request.dead_letters > 0 => {
            body(&HistoryRequest { dead_letters: 0, ..request }).map(Cow::Owned)
        }
        _ => Ok(Cow::Borrowed(&letter.body)),
    }
}

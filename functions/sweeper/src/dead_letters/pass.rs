use std::collections::{BTreeMap, VecDeque};

use recordings::ports::{Advice, Clock, DeadLetter, DeadLetters, PortError};

use crate::Deadline;

/// One pass through a dead-letter queue. It meets each message once; what stays is shown again at its end, so that
/// neither an operator nor the queue's own figures miss it.
pub(crate) struct Pass<'a, Q> {
    queue: &'a Q,
    waiting: VecDeque<DeadLetter>,
    /// What was received and not deleted.
    held: BTreeMap<String, DeadLetter>,
}

impl<'a, Q: DeadLetters> Pass<'a, Q> {
    pub(crate) fn through(queue: &'a Q) -> Self {
        Self { queue, waiting: VecDeque::new(), held: BTreeMap::new() }
    }

    pub(crate) fn queue(&self) -> &'a Q {
        self.queue
    }

    /// The next message; none when all were met, or the time is up.
    pub(crate) async fn next(
        &mut self,
        clock: &impl Clock,
        deadline: Deadline,
    ) -> Result<Option<DeadLetter>, PortError> {
        if deadline.is_near(clock) {
            return Ok(None);
        }
        if self.waiting.is_empty() {
            for letter in self.queue.receive().await? {
                let is_new = self.held.insert(letter.id.clone(), letter.clone()).is_none();
                self.waiting.extend(is_new.then_some(letter));
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// Deletes a message, once what it led to is durable.
    pub(crate) async fn delete(&mut self, letter: &DeadLetter) -> Result<(), PortError> {
        self.queue.delete(letter).await?;
        self.held.remove(&letter.id);
        Ok(())
    }

    /// Shows what stays. What there is no time for shows by itself within minutes.
    pub(crate) async fn end(self, clock: &impl Clock, deadline: Deadline) -> Result<(), PortError> {
        for letter in self.held.values() {
            if deadline.is_near(clock) {
                break;
            }
            match self.queue.release(letter).await {
                // It is not hidden any more.
                Err(error) if error.advice() == Advice::GiveUp => {}
                result => result?,
            }
        }
        Ok(())
    }
}
